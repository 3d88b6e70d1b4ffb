/* How the host looks at a process that waits for an answer. Nothing of it is a decision by the kernel: between the look
 * and the act the process can change everything. So it serves reports, answers where Landlock decides as well, and acts
 * upon the very descriptors that were looked at. */
#ifndef VIEW_H
#define VIEW_H

#include "sandbox.h"

struct view {
  int32_t thread;
  int root; /* its root directory, O_PATH */
};

/* 0, or -1 if it is gone or out of sight. */
int view_open(struct view *view, int32_t thread);
void view_close(struct view *view);

/* A text in its memory. 0, or an errno and an empty text: EFAULT if it cannot be read, ENAMETOOLONG if there is no room. */
int view_text(int32_t thread, uint64_t address, char *text, size_t capacity);
/* A field of its /proc status, such as "Tgid:"; the last number of the line, octal if it begins with 0. -1 if there is
 * none. */
int64_t view_status(int32_t thread, const char *field);
/* The absolute path of one of its descriptors, or of its working directory (AT_FDCWD). 0, or an errno and an empty path. */
int view_descriptor(int32_t thread, int descriptor, char *path, size_t capacity);
/* What the thread has open as `descriptor`, O_PATH, and whether it is open for writing. -1 if it has not. */
int view_opened(int32_t thread, int descriptor, int *writes);

/* Whether what the thread has open, or its working directory (AT_FDCWD), is what its path leads to there; without a name, whether
 * it is on the file system of `directory`. */
int view_is_there(const struct view *view, int descriptor, const char *directory);

/* What a system call must find at an absolute path. Where it finds something else it fails by itself, and that is no
 * violation: making a directory that exists, removing what is not there. */
enum finds { FINDS_EITHER, FINDS_SOMETHING, FINDS_NOTHING };
struct wish {
  const char *path;
  enum finds finds;
  int follows; /* a link at the end leads on */
  int opens;   /* a device that swallows everything is anybody's */
  int mends;   /* the target is wanted, to be changed in the process's place */
};

/* Where a wish leads in the process's own view. `directory`: the private one, absolute; NULL = none. Whoever opens or
 * mends it may mean the private directory itself. */
void view_find(const struct view *view, const struct wish *wish, const char *directory, sandbox_place *place);

#endif
