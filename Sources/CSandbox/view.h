/* How the host looks at a process that waits for an answer. Nothing of it is a decision by the kernel: between the look and
 * the act the process can change everything. So it serves reports, and answers where Landlock decides as well. */
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

/* A text in its memory. Empty if it cannot be read. */
void view_text(int32_t thread, uint64_t address, char *text, size_t capacity);
/* A field of its /proc status, such as "Tgid:"; the last number of the line. -1 if there is none. */
int64_t view_status(int32_t thread, const char *field);
/* The absolute path of one of its descriptors, or of its working directory (AT_FDCWD). Empty if there is none. */
void view_descriptor(int32_t thread, int descriptor, char *path, size_t capacity);

/* Whether `permission` gives `access` to what the absolute `path` names now. `creates`: it need not exist, the directory
 * must allow making it. `follows`: a link at the end leads on. */
struct wish {
  const char *path;
  uint32_t access;
  int creates, follows;
};
int view_is_covered(const struct view *view, const struct wish *wish, const sandbox_permission *permission);
/* The same, and the very thing that was looked at, O_PATH; -1 if it is not covered, or not there. */
int view_find(const struct view *view, const struct wish *wish, const sandbox_permission *permission);
/* What the thread has open as `descriptor`, O_PATH, and whether it is open for writing. -1 if it has not. */
int view_opened(int32_t thread, int descriptor, int *writes);

#endif
