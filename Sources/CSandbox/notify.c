/* Notices: what was attempted, in words, and the answer. */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <linux/seccomp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "kernel.h"
#include "layers.h"
#include "broker.h"
#include "rules.h"
#include "view.h"

enum { MAXIMUM_ANCESTORS = 1024 };

static const char *const operation_names[] = {
    [SANDBOX_OPERATION_READ] = "read",
    [SANDBOX_OPERATION_WRITE] = "write",
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

/* The path at a place of the arguments, absolute. Places count from 1; 0 = none. Returns the descriptor if it alone is
 * meant, else -1. */
static int32_t path_at(const sandbox_notice *notice, uint8_t directory, uint8_t place, char *path) {
  const int base = directory != 0 ? (int)notice->arguments[directory - 1] : AT_FDCWD;
  char text[SANDBOX_PATH_CAPACITY];
  text[0] = 0;
  if (place != 0) view_text(notice->thread, notice->arguments[place - 1], text, sizeof text);
  const int32_t spelled = spelled_descriptor(text);
  if (spelled >= 0) {
    view_descriptor(notice->thread, spelled, path, SANDBOX_PATH_CAPACITY);
    return spelled;
  }
  if (text[0] == '/') {
    memcpy(path, text, sizeof text);
    return -1;
  }
  view_descriptor(notice->thread, base, path, SANDBOX_PATH_CAPACITY);
  const size_t length = strlen(path);
  if (text[0] == 0 || length == 0) return base;
  snprintf(path + length, SANDBOX_PATH_CAPACITY - length, "%s%s", path[length - 1] == '/' ? "" : "/", text);
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
  notice->descriptor = path_at(notice, attempt->directory, attempt->path, notice->path);
  if (attempt->other_directory != 0) path_at(notice, attempt->other_directory, attempt->other, notice->other);
  else if (attempt->other != 0 && notice->operation == SANDBOX_OPERATION_SYMLINK)
    view_text(notice->thread, notice->arguments[attempt->other - 1], notice->other, sizeof notice->other);
  else if (attempt->other != 0) path_at(notice, 0, attempt->other, notice->other);
}

int sandbox_notice_receive(int listener, sandbox_notice *notice) {
  union {
    struct seccomp_notif notif;
    char room[512]; /* a later kernel may write more */
  } received;
  do memset(&received, 0, sizeof received);
  while (ioctl(listener, SECCOMP_IOCTL_NOTIF_RECV, &received) != 0 && errno == EINTR);
  if (received.notif.id == 0) return -1;

  notice->id = received.notif.id;
  notice->thread = (int32_t)received.notif.pid;
  notice->number = received.notif.data.nr;
  for (int i = 0; i < 6; i++) notice->arguments[i] = received.notif.data.args[i];
  notice->path[0] = notice->other[0] = 0;
  notice->descriptor = -1;
  const struct attempt *attempt = sandbox_attempt_of(notice->number);
  notice->operation = attempt != NULL ? attempt->operation : 0;
  if (attempt != NULL && sandbox_verdict_of(attempt, notice->arguments) == READING)
    notice->operation = SANDBOX_OPERATION_READ;
  if (attempt != NULL) describe(notice, attempt);
  /* All of that was read by number. If the thread is gone meanwhile, it may have been another's. */
  if (ioctl(listener, SECCOMP_IOCTL_NOTIF_ID_VALID, &notice->id) != 0) {
    errno = ENOENT;
    return -1;
  }
  return 0;
}

/* ---------------------------------------------------------------- answering */

static int send_answer(int listener, uint64_t id, int error, uint32_t flags) {
  struct seccomp_notif_resp answer = {.id = id, .error = -error, .flags = flags};
  int result;
  do result = ioctl(listener, SECCOMP_IOCTL_NOTIF_SEND, &answer);
  while (result != 0 && errno == EINTR);
  return result;
}

int sandbox_notice_refuse(int listener, const sandbox_notice *notice) {
  return send_answer(listener, notice->id, EACCES, 0) == 0 ? 0 : -1;
}

static int go_on(int listener, const sandbox_notice *notice) {
  return send_answer(listener, notice->id, 0, SECCOMP_USER_NOTIF_FLAG_CONTINUE) == 0 ? 1 : -1;
}

/* The argument after a path holds the flags of open and its kin. */
static struct wish wish_to_open(const sandbox_notice *notice, const struct attempt *attempt) {
  const int is_open = attempt->verdict == DEPENDS;
  const uint64_t flags = is_open                                 ? notice->arguments[attempt->path]
                         : strcmp(attempt->name, "creat") == 0 ? O_CREAT
                                                                 : 0; /* truncate */
  const int reads = notice->operation == SANDBOX_OPERATION_READ, is_nameless = (flags & O_TMPFILE) == O_TMPFILE;
  return (struct wish){
      .path = notice->path,
      .access = reads ? SANDBOX_READ : is_nameless ? SANDBOX_CHANGE : SANDBOX_OVERWRITE,
      .finds = !(flags & O_CREAT) ? FINDS_SOMETHING : flags & O_EXCL ? FINDS_NOTHING : FINDS_EITHER,
      .follows = !(flags & O_NOFOLLOW) && !(flags & O_CREAT && flags & O_EXCL),
  };
}

/* What Landlock will ask for, of the first path and of the other. */
static struct wish wish_of(const sandbox_notice *notice, const struct attempt *attempt, int is_other) {
  struct wish wish = {.path = is_other ? notice->other : notice->path, .access = SANDBOX_CHANGE};
  switch (notice->operation) {
    case SANDBOX_OPERATION_READ:
    case SANDBOX_OPERATION_WRITE: return wish_to_open(notice, attempt);
    case SANDBOX_OPERATION_REMOVE: wish.finds = FINDS_SOMETHING; break;
    case SANDBOX_OPERATION_RENAME: wish.finds = is_other ? FINDS_EITHER : FINDS_SOMETHING; break;
    case SANDBOX_OPERATION_LINK: wish.finds = is_other ? FINDS_NOTHING : FINDS_SOMETHING; break;
    default: wish.finds = FINDS_NOTHING; break;
  }
  return wish;
}

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

int sandbox_notice_is_covered(const sandbox_notice *notice, const sandbox_permission *permission) {
  if (notice->operation <= SANDBOX_OPERATION_WRITE && is_no_file(notice)) return 1;
  struct view view;
  if (sandbox_attempt_of(notice->number) == NULL || view_open(&view, notice->thread) != 0) return 0;
  const struct attempt *attempt = sandbox_attempt_of(notice->number);
  const struct wish first = wish_of(notice, attempt, 0), other = wish_of(notice, attempt, 1);
  const int has_two = notice->operation == SANDBOX_OPERATION_RENAME || notice->operation == SANDBOX_OPERATION_LINK;
  const int covered =
      view_is_covered(&view, &first, permission) && (!has_two || view_is_covered(&view, &other, permission));
  view_close(&view);
  return covered;
}

/* kill() and its kin name a process first. */
static int is_to_itself(const sandbox_notice *notice) {
  return notice->number != SYS_pidfd_send_signal &&
         (int64_t)(int32_t)notice->arguments[0] == view_status(notice->thread, "NStgid:");
}

static int is_permitted(const sandbox_notice *notice, const sandbox_permission *permission) {
  const struct attempt *attempt = sandbox_attempt_of(notice->number);
  const int programs = (permission->grants & SANDBOX_GRANT_PROGRAMS) != 0;
  switch (attempt != NULL ? sandbox_verdict_of(attempt, notice->arguments) : NEVER) {
    case READING: return 1;
    case WRITING: return sandbox_notice_is_covered(notice, permission);
    case TRUNCATING:
      return (permission->held & SANDBOX_HELD_TRUNCATE) && sandbox_notice_is_covered(notice, permission);
    case STARTING: return programs || permission->may_fork;
    case RUNNING: return programs;
    case CONNECTING: return (permission->grants & SANDBOX_GRANT_NETWORK) != 0;
    case SIGNALLING:
    case SIGNALLING_A_THREAD:
      return is_to_itself(notice) ||
             (programs && (permission->held & (SANDBOX_HELD_SIGNALS | SANDBOX_HELD_PID)) != 0);
    default: return 0;
  }
}

int sandbox_notice_answer(int listener, const sandbox_notice *notice, const sandbox_permission *permission) {
  const struct attempt *attempt = sandbox_attempt_of(notice->number);
  if (attempt != NULL && attempt->verdict == MENDING) {
    const int error = broker_mend(notice, permission);
    if (error == BROKER_NOT_COVERED) return sandbox_notice_refuse(listener, notice);
    return send_answer(listener, notice->id, error, 0) == 0 ? 1 : -1;
  }
  return is_permitted(notice, permission) ? go_on(listener, notice) : sandbox_notice_refuse(listener, notice);
}

int sandbox_thread_is_plugin(int32_t thread) {
  char path[48];
  struct stat own, its;
  snprintf(path, sizeof path, "/proc/%d/exe", thread);
  return stat("/proc/self/exe", &own) == 0 && stat(path, &its) == 0 && own.st_dev == its.st_dev &&
         own.st_ino == its.st_ino;
}

static int find(int32_t process, const int32_t *processes, size_t count) {
  for (size_t i = 0; i < count; i++)
    if (processes[i] == process) return (int)i;
  return -1;
}

int sandbox_thread_owner(int32_t thread, const int32_t *processes, size_t count) {
  int found = find(thread, processes, count); /* nearly always: a first thread has its process's number */
  int32_t process = found < 0 ? (int32_t)view_status(thread, "Tgid:") : 0;
  for (int depth = 0; found < 0 && process > 1 && depth < MAXIMUM_ANCESTORS; depth++) {
    found = find(process, processes, count);
    process = (int32_t)view_status(process, "PPid:");
  }
  return found;
}
