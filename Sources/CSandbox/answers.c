/* Answers to notices: each gets one. */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <linux/seccomp.h>
#include <stdio.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "kernel.h"
#include "sandbox.h"

static int send_answer(int listener, uint64_t id, int error, int64_t value, uint32_t flags) {
  struct seccomp_notif_resp answer = {.id = id, .val = value, .error = -error, .flags = flags};
  int result;
  do result = ioctl(listener, SECCOMP_IOCTL_NOTIF_SEND, &answer);
  while (result != 0 && errno == EINTR);
  return result;
}

int sandbox_notice_answer(int listener, const sandbox_notice *notice, int error) {
  return send_answer(listener, notice->id, error, 0, 0);
}

int sandbox_notice_go_on(int listener, const sandbox_notice *notice) {
  return send_answer(listener, notice->id, 0, 0, SECCOMP_USER_NOTIF_FLAG_CONTINUE);
}

/* Empties what was opened; it may be open for reading only. */
static int cut(int descriptor) {
  char path[48];
  if (ftruncate(descriptor, 0) == 0) return 0;
  if (errno != EINVAL && errno != EBADF) return errno;
  snprintf(path, sizeof path, "/proc/self/fd/%d", descriptor);
  const int writing = open(path, O_WRONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
  const int error = writing < 0 || ftruncate(writing, 0) != 0 ? errno : 0;
  if (writing >= 0) close(writing);
  return error;
}

int sandbox_notice_give(int listener, const sandbox_notice *notice, int descriptor) {
  const int cuts = (notice->flags & O_TRUNC) != 0;
  struct seccomp_notif_addfd given = {
      .id = notice->id,
      .flags = cuts ? 0 : SECCOMP_ADDFD_FLAG_SEND,
      .srcfd = (uint32_t)descriptor,
      .newfd_flags = notice->flags & O_CLOEXEC,
  };
  int result;
  do result = ioctl(listener, SECCOMP_IOCTL_NOTIF_ADDFD, &given);
  while (result < 0 && errno == EINTR);
  /* Its own limit of open files, most likely. */
  if (result < 0) return errno == ENOENT ? -1 : sandbox_notice_answer(listener, notice, errno);
  if (!cuts) return 0;
  /* Only now: an opening that fails cuts nothing. If this fails the process keeps a descriptor that nobody told it of. */
  const int error = cut(descriptor);
  return send_answer(listener, notice->id, error, error == 0 ? result : 0, 0);
}
