/* Between a look and an act a path can change its meaning. So all that is done here is done to the descriptor that was
 * looked at, with arguments that were read once. */
#define _GNU_SOURCE
#include "broker.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>

#include "kernel.h"
#include "view.h"

/* ---------------------------------------------------------------- which file */

static int is_one_file(int left, int right) {
  struct stat one, two;
  return fstat(left, &one) == 0 && fstat(right, &two) == 0 && one.st_dev == two.st_dev && one.st_ino == two.st_ino;
}

/* By descriptor: what can be written through it is covered, because Landlock let it be opened. Else by where it lies.
 * */
static int find_opened(const struct view *view, const sandbox_notice *notice, const struct wish *wish,
                       const sandbox_permission *permission, int *found) {
  int writes, by_path;
  *found = view_opened(notice->thread, notice->descriptor, &writes);
  if (*found < 0) return EBADF;
  if (writes) return 0;
  view_find(view, wish, permission, &by_path);
  const int is_same = by_path >= 0 && is_one_file(by_path, *found);
  if (by_path >= 0) close(by_path);
  if (is_same) return 0;
  close(*found);
  *found = -1;
  return BROKER_NOT_COVERED;
}

/* The last argument of fchmodat2, utimensat and fchownat is flags; of the others that take a directory there is none.
 * */
static int follows(const sandbox_notice *notice) {
  switch (notice->number) {
    case NUMBER_FCHMODAT2:
    case SYS_utimensat: return !(notice->arguments[3] & AT_SYMLINK_NOFOLLOW);
    case SYS_fchownat: return !(notice->arguments[4] & AT_SYMLINK_NOFOLLOW);
#if defined(SYS_lchown)
    case SYS_lchown: return 0;
#endif
    default: return 1;
  }
}

static int find(const sandbox_notice *notice, const sandbox_permission *permission, int *found) {
  struct view view;
  *found = -1;
  if (view_open(&view, notice->thread) != 0) return BROKER_NOT_COVERED;
  const struct wish wish = {notice->path, SANDBOX_OVERWRITE, FINDS_SOMETHING, follows(notice)};
  const int error = notice->descriptor >= 0 ? find_opened(&view, notice, &wish, permission, found)
                                            : view_find(&view, &wish, permission, found);
  view_close(&view);
  return error;
}

/* ---------------------------------------------------------------- what is done */

/* The place of the mode or of the owner among the arguments, after the path. */
static int value_place(const sandbox_notice *notice) {
  switch (notice->number) {
    case SYS_fchmodat:
    case NUMBER_FCHMODAT2:
    case SYS_fchownat: return 2;
    default: return 1;
  }
}

static int set_mode(const char *path, const sandbox_notice *notice) {
  const mode_t mode = (mode_t)notice->arguments[value_place(notice)] & 07777;
  struct stat status;
  if (stat(path, &status) != 0) return errno;
  if ((mode & S_ISUID) || ((mode & S_ISGID) && !S_ISDIR(status.st_mode))) return EPERM;
  return chmod(path, mode) == 0 ? 0 : errno;
}

static int set_times(const char *path, const sandbox_notice *notice) {
  struct timespec times[2];
  if (notice->number != SYS_utimensat) return ENOSYS; /* the older calls, which libc does not use */
  const uint64_t address = notice->arguments[2];
  if (address == 0) return utimensat(AT_FDCWD, path, NULL, 0) == 0 ? 0 : errno;
  const struct iovec to = {times, sizeof times}, from = {(void *)(uintptr_t)address, sizeof times};
  if (process_vm_readv(notice->thread, &to, 1, &from, 1, 0) != sizeof times) return EFAULT;
  return utimensat(AT_FDCWD, path, times, 0) == 0 ? 0 : errno;
}

/* To whom it belongs already. */
static int keep_owner(const char *path, const sandbox_notice *notice) {
  struct stat status;
  if (stat(path, &status) != 0) return errno;
  const int place = value_place(notice);
  const uid_t user = (uid_t)notice->arguments[place];
  const gid_t group = (gid_t)notice->arguments[place + 1];
  return (user == (uid_t)-1 || user == status.st_uid) && (group == (gid_t)-1 || group == status.st_gid) ? 0 : EPERM;
}

int broker_mend(const sandbox_notice *notice, const sandbox_permission *permission) {
  int file, error = find(notice, permission, &file);
  if (error != 0) return error;
  struct stat status;
  char path[48];
  snprintf(path, sizeof path, "/proc/self/fd/%d", file);
  error = EOPNOTSUPP; /* attributes, and whatever is done to a link itself */
  if (fstat(file, &status) == 0 && !S_ISLNK(status.st_mode)) {
    if (notice->operation == SANDBOX_OPERATION_MODE) error = set_mode(path, notice);
    if (notice->operation == SANDBOX_OPERATION_TIMES) error = set_times(path, notice);
    if (notice->operation == SANDBOX_OPERATION_OWNER) error = keep_owner(path, notice);
  }
  close(file);
  return error;
}
