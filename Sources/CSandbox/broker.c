/* Modes, owners and times, changed in a process's place. Between a look and an act a path can change its meaning: so what
 * is changed is the descriptor that was looked at, with arguments that were read once. */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <sys/uio.h>

#include "kernel.h"
#include "rules.h"
#include "view.h"

/* The new mode, or the new user; the group is behind it. */
static const uint64_t *values(const sandbox_notice *notice) {
  return notice->arguments + sandbox_attempt_of(notice->number)->value - 1;
}

static int set_mode(const char *path, const struct stat *status, const sandbox_notice *notice) {
  const mode_t mode = (mode_t)values(notice)[0] & 07777;
  if ((mode & S_ISUID) || ((mode & S_ISGID) && !S_ISDIR(status->st_mode))) return EPERM;
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
static int keep_owner(const struct stat *status, const sandbox_notice *notice) {
  const uid_t user = (uid_t)values(notice)[0];
  const gid_t group = (gid_t)values(notice)[1];
  return (user == (uid_t)-1 || user == status->st_uid) && (group == (gid_t)-1 || group == status->st_gid) ? 0 : EPERM;
}

int sandbox_notice_mend(const sandbox_notice *notice, int file) {
  struct stat status;
  char path[48];
  snprintf(path, sizeof path, "/proc/self/fd/%d", file);
  if (fstat(file, &status) != 0) return EOPNOTSUPP;
  const int is_link = S_ISLNK(status.st_mode); /* itself is meant */
  if (!S_ISREG(status.st_mode) && !S_ISDIR(status.st_mode) && !is_link) return EACCES; /* a device is everybody's */
  switch (notice->operation) {
    case SANDBOX_OPERATION_MODE: return is_link ? EOPNOTSUPP : set_mode(path, &status, notice);
    case SANDBOX_OPERATION_TIMES: return set_times(path, notice);
    case SANDBOX_OPERATION_OWNER: return keep_owner(&status, notice);
    default: return EOPNOTSUPP; /* attributes */
  }
}
