/* Notices: what was attempted, in words, and the answer. */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <linux/seccomp.h>
#include <poll.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "kernel.h"
#include "rules.h"
#include "view.h"

static const char *const operation_names[] = {
    [SANDBOX_OPERATION_READ] = "read",
    [SANDBOX_OPERATION_WRITE] = "write",
    [SANDBOX_OPERATION_TRUNCATE] = "write",
    [SANDBOX_OPERATION_REMOVE] = "remove",
    [SANDBOX_OPERATION_RENAME] = "rename",
    [SANDBOX_OPERATION_LINK] = "link",
    [SANDBOX_OPERATION_SYMLINK] = "make a symbolic link",
    [SANDBOX_OPERATION_DIRECTORY] = "make a directory",
    [SANDBOX_OPERATION_NODE] = "make a special file",
    [SANDBOX_OPERATION_MODE] = "change the mode",
    [SANDBOX_OPERATION_OWNER] = "change the owner",
    [SANDBOX_OPERATION_TIMES] = "change the times",
    [SANDBOX_OPERATION_ATTRIBUTE] = "change an attribute",
    [SANDBOX_OPERATION_PROGRAM] = "run a program",
    [SANDBOX_OPERATION_PROCESS] = "start a process",
    [SANDBOX_OPERATION_SOCKET] = "use a socket",
    [SANDBOX_OPERATION_SIGNAL] = "signal a process",
    [SANDBOX_OPERATION_INTRUDE] = "touch another process",
    [SANDBOX_OPERATION_SYSTEM] = "change the system",
};

const char *sandbox_operation_name(uint32_t operation) {
  const size_t count = sizeof operation_names / sizeof *operation_names;
  return operation < count && operation_names[operation] != NULL ? operation_names[operation] : "do something";
}

void sandbox_listener_prepare(int listener) {
  ioctl(listener, SECCOMP_IOCTL_NOTIF_SET_FLAGS, SECCOMP_USER_NOTIF_FD_SYNC_WAKE_UP);
}

/* ---------------------------------------------------------------- reading one */

/* Another spelling of a descriptor: /dev/stdout, /dev/fd/1, /proc/self/fd/1. -1 if it is none. */
static int32_t spelled_descriptor(const char *path) {
  static const char *const directories[] = {"/proc/self/fd/", "/proc/thread-self/fd/", "/dev/fd/"};
  static const char *const standard[] = {"/dev/stdin", "/dev/stdout", "/dev/stderr"};
  for (int32_t i = 0; i < 3; i++) {
    if (strcmp(path, standard[i]) == 0) return i;
    const size_t length = strlen(directories[i]);
    if (strncmp(path, directories[i], length) != 0 || path[length] < '0' || path[length] > '9') continue;
    char *end;
    const long descriptor = strtol(path + length, &end, 10);
    if (*end == 0 && descriptor <= INT32_MAX) return (int32_t)descriptor;
  }
  return -1;
}

/* What does not go into a path fails: cut, it would be another. */
static void keep_error(sandbox_notice *notice, int error) {
  if (error == ENAMETOOLONG) notice->error = error;
}

/* Appends a relative path to that of the directory where it begins. */
static void append(sandbox_notice *notice, char *path, const char *text) {
  const size_t length = strlen(path), room = SANDBOX_PATH_CAPACITY - length;
  const int added = snprintf(path + length, room, "%s%s", path[length - 1] == '/' ? "" : "/", text);
  if ((size_t)added < room) return;
  path[0] = 0;
  keep_error(notice, ENAMETOOLONG);
}

/* The path at a place of the arguments, absolute, and where it began. Places count from 1; 0 = none. Returns the descriptor
 * if it alone is meant, else -1. */
static int32_t path_at(sandbox_notice *notice, uint8_t directory, uint8_t place, char *path, int32_t *begins) {
  const int base = directory != 0 ? (int)notice->arguments[directory - 1] : AT_FDCWD;
  const uint64_t address = place != 0 ? notice->arguments[place - 1] : 0;
  char text[SANDBOX_PATH_CAPACITY];
  text[0] = path[0] = 0;
  if (address != 0) keep_error(notice, view_text(notice->thread, address, text, sizeof text));
  if (address != 0 && text[0] == 0 && !(notice->flags & AT_EMPTY_PATH)) return -1; /* no path: that is an error */
  const int32_t spelled = spelled_descriptor(text);
  if (spelled >= 0) {
    *begins = spelled;
    view_descriptor(notice->thread, spelled, path, SANDBOX_PATH_CAPACITY);
    return spelled;
  }
  if (text[0] == '/') {
    memcpy(path, text, sizeof text);
    return -1;
  }
  *begins = base;
  const int error = view_descriptor(notice->thread, base, path, SANDBOX_PATH_CAPACITY);
  if (text[0] == 0 || path[0] == 0) {
    if (text[0] != 0) keep_error(notice, error);
    return base;
  }
  append(notice, path, text);
  return -1;
}

static const char *family_name(int family) {
  switch (family) {
    case AF_INET: return "IPv4";
    case AF_INET6: return "IPv6";
    case AF_NETLINK: return "netlink";
    case AF_PACKET: return "packet";
    default: return NULL;
  }
}

static void describe(sandbox_notice *notice, const struct attempt *attempt) {
  const int first = (int)notice->arguments[0];
  const char *family = attempt->number == SYS_socket ? family_name(first) : NULL;
  switch (notice->operation) {
    case SANDBOX_OPERATION_SOCKET:
      if (family != NULL) snprintf(notice->path, sizeof notice->path, "%s", family);
      else if (attempt->number == SYS_socket) snprintf(notice->path, sizeof notice->path, "family %d", first);
      else snprintf(notice->path, sizeof notice->path, "%s", attempt->name);
      return;
    case SANDBOX_OPERATION_SIGNAL:
    case SANDBOX_OPERATION_INTRUDE:
      snprintf(notice->path, sizeof notice->path, "%s %d", attempt->name,
               attempt->number == SYS_ptrace ? (int)notice->arguments[1] : first);
      return;
    case SANDBOX_OPERATION_PROCESS:
    case SANDBOX_OPERATION_SYSTEM: snprintf(notice->path, sizeof notice->path, "%s", attempt->name); return;
    default: break;
  }
  notice->descriptor = path_at(notice, attempt->directory, attempt->path, notice->path, &notice->base);
  if (attempt->other_directory != 0) path_at(notice, attempt->other_directory, attempt->other, notice->other, &notice->other_base);
  else if (attempt->other != 0 && notice->operation == SANDBOX_OPERATION_SYMLINK)
    keep_error(notice, view_text(notice->thread, notice->arguments[attempt->other - 1], notice->other, sizeof notice->other));
  else if (attempt->other != 0) path_at(notice, 0, attempt->other, notice->other, &notice->other_base);
}

/* Where it finds something else it fails by itself. */
static struct wish wish_of(const sandbox_notice *notice, int is_other) {
  const uint32_t flags = notice->flags;
  struct wish wish = {.path = is_other ? notice->other : notice->path, .finds = FINDS_NOTHING};
  switch (notice->operation) {
    case SANDBOX_OPERATION_READ:
    case SANDBOX_OPERATION_WRITE:
    case SANDBOX_OPERATION_TRUNCATE:
      wish.finds = !(flags & O_CREAT) ? FINDS_SOMETHING : flags & O_EXCL ? FINDS_NOTHING : FINDS_EITHER;
      wish.follows = !(flags & O_NOFOLLOW) && wish.finds != FINDS_NOTHING;
      wish.opens = 1;
      break;
    case SANDBOX_OPERATION_REMOVE: wish.finds = FINDS_SOMETHING; break;
    case SANDBOX_OPERATION_RENAME: wish.finds = is_other ? FINDS_EITHER : FINDS_SOMETHING; break;
    case SANDBOX_OPERATION_LINK:
      wish.finds = is_other ? FINDS_NOTHING : FINDS_SOMETHING;
      wish.follows = !is_other && (flags & AT_SYMLINK_FOLLOW) != 0;
      break;
    case SANDBOX_OPERATION_MODE:
    case SANDBOX_OPERATION_OWNER:
    case SANDBOX_OPERATION_TIMES:
    case SANDBOX_OPERATION_ATTRIBUTE:
      wish.finds = FINDS_SOMETHING;
      wish.follows = !(flags & AT_SYMLINK_NOFOLLOW);
      wish.mends = 1;
      break;
    case SANDBOX_OPERATION_PROGRAM: wish.finds = FINDS_SOMETHING, wish.follows = 1; break;
    default: break;
  }
  return wish;
}

static uint64_t argument_at(const sandbox_notice *notice, uint8_t place) {
  return place != 0 ? notice->arguments[place - 1] : 0;
}

static void understand(sandbox_notice *notice, const struct attempt *attempt) {
  notice->operation = attempt->operation;
  if (sandbox_verdict_of(attempt, notice->arguments) == READING) notice->operation = SANDBOX_OPERATION_READ;
  notice->flags = (uint32_t)argument_at(notice, attempt->flags) | attempt->implied;
  notice->mode = (uint32_t)argument_at(notice, attempt->mode) & 07777;
  describe(notice, attempt);
  notice->follows = wish_of(notice, 0).follows;
}

int sandbox_notice_receive(int listener, sandbox_notice *notice) {
  union {
    struct seccomp_notif notif;
    char room[512]; /* a later kernel may write more */
  } received;
  /* Before Linux 6.11 receiving waits for ever once no process is left that could tell anything. */
  struct pollfd look = {listener, POLLIN, 0};
  if (poll(&look, 1, 0) >= 0 && (look.revents & POLLIN) == 0) {
    errno = look.revents & (POLLHUP | POLLERR) ? ENOTCONN : ENOENT;
    return -1;
  }
  int result;
  do {
    memset(&received, 0, sizeof received);
    result = ioctl(listener, SECCOMP_IOCTL_NOTIF_RECV, &received);
  } while (result != 0 && errno == EINTR);
  if (result != 0) return -1;

  notice->id = received.notif.id;
  notice->thread = (int32_t)received.notif.pid;
  notice->number = received.notif.data.nr;
  for (int i = 0; i < 6; i++) notice->arguments[i] = received.notif.data.args[i];
  notice->path[0] = notice->other[0] = 0;
  notice->descriptor = -1;
  notice->base = notice->other_base = SANDBOX_NO_BASE;
  notice->operation = notice->flags = notice->mode = notice->follows = 0;
  notice->error = 0;
  const struct attempt *attempt = sandbox_attempt_of(notice->number);
  if (attempt != NULL) understand(notice, attempt);
  return sandbox_notice_is_due(listener, notice) ? 0 : -1;
}

int sandbox_notice_is_due(int listener, const sandbox_notice *notice) {
  uint64_t id = notice->id;
  if (ioctl(listener, SECCOMP_IOCTL_NOTIF_ID_VALID, &id) == 0) return 1;
  errno = ENOENT;
  return 0;
}

/* ---------------------------------------------------------------- looking further */

/* Opened once more: a pipe, a socket, a terminal. Landlock decides about what has a name. */
static int is_no_file(const sandbox_notice *notice) {
  int writes;
  struct stat status = {.st_mode = S_IFREG};
  const int opened = notice->descriptor >= 0 ? view_opened(notice->thread, notice->descriptor, &writes) : -1;
  if (opened < 0) return 0;
  const int known = fstat(opened, &status) == 0;
  close(opened);
  return known && !S_ISREG(status.st_mode) && !S_ISDIR(status.st_mode);
}

int sandbox_notice_begins_there(const sandbox_notice *notice, int is_other, const char *directory) {
  struct view view;
  const int32_t base = is_other ? notice->other_base : notice->base;
  if (base == SANDBOX_NO_BASE) return 1;
  if (view_open(&view, notice->thread) != 0) return 0;
  const int begins = view_is_there(&view, base, directory);
  view_close(&view);
  return begins;
}

void sandbox_notice_find(const sandbox_notice *notice, int is_other, const char *directory, sandbox_place *place) {
  struct view view;
  const struct wish wish = wish_of(notice, is_other);
  *place = (sandbox_place){.kind = SANDBOX_PLACE_OWN, .target = -1};
  if (wish.opens && !is_other && is_no_file(notice)) return;
  place->kind = SANDBOX_PLACE_ELSEWHERE;
  if (view_open(&view, notice->thread) != 0) return;
  view_find(&view, &wish, directory, place);
  view_close(&view);
}

int sandbox_notice_opened(const sandbox_notice *notice, int *writes) {
  *writes = 0;
  return notice->descriptor >= 0 ? view_opened(notice->thread, notice->descriptor, writes) : -1;
}

static uint8_t verdict_of(const sandbox_notice *notice) {
  const struct attempt *attempt = sandbox_attempt_of(notice->number);
  return attempt != NULL ? sandbox_verdict_of(attempt, notice->arguments) : NEVER;
}

int sandbox_notice_is_mediated(const sandbox_notice *notice, uint32_t held) {
  switch (verdict_of(notice)) {
    case READING:
    case WRITING:
    case RUNNING: return 1;
    case TRUNCATING: return (held & SANDBOX_HELD_TRUNCATE) != 0;
    default: return 0;
  }
}

uint32_t sandbox_notice_mode(const sandbox_notice *notice) {
  const int64_t mask = view_status(notice->thread, "Umask:");
  return notice->mode & ~(uint32_t)(mask < 0 ? 077 : mask);
}

uint64_t sandbox_notice_largest_file(const sandbox_notice *notice) {
  struct rlimit limit;
  return prlimit(notice->thread, RLIMIT_FSIZE, NULL, &limit) == 0 ? limit.rlim_cur : 0;
}

/* ---------------------------------------------------------------- what is no file */

/* kill() and its kin, and those that look into a process, name it first. */
static int is_to_itself(const sandbox_notice *notice) {
  return notice->number != SYS_pidfd_send_signal && (int32_t)notice->arguments[0] > 0 &&
         (int64_t)(int32_t)notice->arguments[0] == view_status(notice->thread, "NStgid:");
}

/* What is made for a call must share neither memory nor descriptors with whoever makes it: through them what the call
 * may touch would be touched after its end. */
static int shares(const sandbox_notice *notice) {
#if defined(SYS_fork)
  if (notice->number == SYS_fork) return 0;
#endif
  return notice->number != SYS_clone || (notice->arguments[0] & (CLONE_VM | CLONE_FILES | CLONE_FS)) != 0;
}

int sandbox_notice_is_permitted(const sandbox_notice *notice, const sandbox_permission *permission) {
  const int programs = (permission->grants & SANDBOX_GRANT_PROGRAMS) != 0;
  switch (verdict_of(notice)) {
    case STARTING: return programs;
    /* As the worker makes one for a call: a child of the guardian's, so that a call's process never has a child of before. */
    case BEARING: return programs || (permission->may_fork && !shares(notice));
    case RUNNING: return programs;
    case CONNECTING: return (permission->grants & SANDBOX_GRANT_NETWORK) != 0;
    case PAIRING: return permission->is_call != 0;
    case ITSELF: return is_to_itself(notice);
    case SIGNALLING:
    case SIGNALLING_A_THREAD:
      return is_to_itself(notice) ||
             (programs && signals_stay_inside(permission->held));
    default: return 0;
  }
}

int sandbox_notice_starts(const sandbox_notice *notice) {
  const uint8_t verdict = verdict_of(notice);
  return verdict == STARTING || verdict == BEARING;
}

int sandbox_notice_lends_identity(const sandbox_notice *notice) {
  return (notice->mode & (S_ISUID | S_ISGID)) != 0 && verdict_of(notice) == NEVER;
}
