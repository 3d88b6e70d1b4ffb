#define _GNU_SOURCE
#include "view.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/uio.h>
#include <unistd.h>

enum { PAGE = 4096 };

int view_open(struct view *view, int32_t thread) {
  char path[48];
  snprintf(path, sizeof path, "/proc/%d/root", thread);
  view->thread = thread;
  view->root = open(path, O_PATH | O_DIRECTORY | O_CLOEXEC);
  return view->root < 0 ? -1 : 0;
}

void view_close(struct view *view) {
  if (view->root >= 0) close(view->root);
}

/* Page by page: the text may end just before memory that is not there. */
int view_text(int32_t thread, uint64_t address, char *text, size_t capacity) {
  size_t length = 0;
  while (length < capacity) {
    size_t part = PAGE - (size_t)((address + length) & (PAGE - 1));
    if (part > capacity - length) part = capacity - length;
    const struct iovec to = {text + length, part}, from = {(void *)(uintptr_t)(address + length), part};
    if (process_vm_readv(thread, &to, 1, &from, 1, 0) != (ssize_t)part) break;
    if (memchr(text + length, 0, part) != NULL) return 0;
    length += part;
  }
  text[0] = 0;
  return length == capacity ? ENAMETOOLONG : EFAULT;
}

int64_t view_status(int32_t thread, const char *field) {
  char path[48], text[4096];
  snprintf(path, sizeof path, "/proc/%d/status", thread);
  const int file = open(path, O_RDONLY | O_CLOEXEC);
  if (file < 0) return -1;
  const ssize_t length = read(file, text, sizeof text - 1);
  close(file);
  text[length > 0 ? length : 0] = 0;
  for (char *line = text; line != NULL && *line != 0;) {
    char *end = strchr(line, '\n');
    if (end != NULL) *end = 0;
    if (strncmp(line, field, strlen(field)) == 0) {
      const char *last = strrchr(line, '\t');
      return last != NULL ? strtoll(last, NULL, 0) : -1;
    }
    line = end != NULL ? end + 1 : NULL;
  }
  return -1;
}

int view_descriptor(int32_t thread, int descriptor, char *path, size_t capacity) {
  char link[64];
  if (descriptor == AT_FDCWD) snprintf(link, sizeof link, "/proc/%d/cwd", thread);
  else snprintf(link, sizeof link, "/proc/%d/fd/%d", thread, descriptor);
  const ssize_t length = readlink(link, path, capacity);
  const int is_cut = length == (ssize_t)capacity; /* the kernel itself says ENAMETOOLONG, or cuts */
  const int error = length < 0 ? errno : is_cut ? ENAMETOOLONG : 0;
  path[error == 0 ? length : 0] = 0;
  return error;
}

/* What /proc says of a descriptor, in one reading. */
struct described {
  long flags;
  unsigned long long mount, inode;
};

static int describe(const char *process, int descriptor, struct described *described) {
  char path[64], text[512];
  snprintf(path, sizeof path, "/proc/%s/fdinfo/%d", process, descriptor);
  const int info = open(path, O_RDONLY | O_CLOEXEC);
  const ssize_t length = info >= 0 ? read(info, text, sizeof text - 1) : -1;
  if (info >= 0) close(info);
  text[length > 0 ? length : 0] = 0;
  const char *flags = strstr(text, "flags:\t"), *mount = strstr(text, "mnt_id:\t"), *inode = strstr(text, "ino:\t");
  if (flags == NULL || mount == NULL || inode == NULL) return 0; /* before Linux 5.14 */
  *described = (struct described){strtol(flags + 7, NULL, 8), strtoull(mount + 8, NULL, 10), strtoull(inode + 5, NULL, 10)};
  return 1;
}

/* The process can put another file there at any time: what is said of flags must be said of the file that was opened. */
int view_opened(int32_t thread, int descriptor, int *writes) {
  char path[64], process[16];
  struct described its, ours;
  snprintf(path, sizeof path, "/proc/%d/fd/%d", thread, descriptor);
  snprintf(process, sizeof process, "%d", thread);
  *writes = 0;
  const int opened = open(path, O_PATH | O_CLOEXEC);
  if (opened < 0 || !describe(process, descriptor, &its) || !describe("self", opened, &ours)) return opened;
  const int is_same = its.mount == ours.mount && its.inode == ours.inode;
  *writes = is_same && (its.flags & O_ACCMODE) != O_RDONLY && (its.flags & O_PATH) == 0;
  return opened;
}
