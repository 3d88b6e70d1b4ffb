/* Namespaces, each by itself: what the kernel refuses is left out, and nothing else depends on it. */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "kernel.h"
#include "layers.h"

static const struct space {
  uint32_t held;
  int flag;
} spaces[] = {
    {SANDBOX_HELD_MOUNT, CLONE_NEWNS}, {SANDBOX_HELD_IPC, CLONE_NEWIPC}, {SANDBOX_HELD_UTS, CLONE_NEWUTS},
    {SANDBOX_HELD_NET, CLONE_NEWNET},  {SANDBOX_HELD_PID, CLONE_NEWPID},
};

/* ---------------------------------------------------------------- the user namespace
 *
 * The process stays who it is: every user keeps its number, as far as we may say so. Root may map all numbers, but only
 * from outside; an ordinary user maps itself, from inside. */

static int write_file(const char *path, const char *text) {
  const int file = open(path, O_WRONLY | O_CLOEXEC);
  if (file < 0) return -1;
  const ssize_t written = write(file, text, strlen(text));
  const int error = errno;
  close(file);
  errno = error;
  return written == (ssize_t)strlen(text) ? 0 : -1;
}

static int map_oneself(uid_t user, gid_t group) {
  char users[48], groups[48];
  snprintf(users, sizeof users, "%u %u 1", user, user);
  snprintf(groups, sizeof groups, "%u %u 1", group, group);
  if (write_file("/proc/self/setgroups", "deny") != 0 || write_file("/proc/self/uid_map", users) != 0) return -1;
  return write_file("/proc/self/gid_map", groups);
}

static int map_everybody(pid_t process) {
  char path[48];
  snprintf(path, sizeof path, "/proc/%d/uid_map", process);
  if (write_file(path, "0 0 4294967295") != 0) return -1;
  snprintf(path, sizeof path, "/proc/%d/gid_map", process);
  return write_file(path, "0 0 4294967295");
}

static int wait_for(pid_t child) {
  int status;
  while (waitpid(child, &status, 0) < 0)
    if (errno != EINTR) return -1;
  if (status != 0) errno = WIFEXITED(status) ? WEXITSTATUS(status) : EPERM;
  return status == 0 ? 0 : -1;
}

/* A child that stays outside writes our maps once we are inside: a socket tells it when, for a pipe would kill us if the
 * child were gone. */
static int unshare_user_as_root(void) {
  int go[2];
  if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, go) != 0) return -1;
  const pid_t parent = getpid(), child = _Fork();
  if (child == 0) {
    char byte;
    close(go[1]);
    if (read(go[0], &byte, 1) != 1) _exit(EPERM); /* it could not unshare */
    _exit(map_everybody(parent) == 0 ? 0 : errno);
  }
  close(go[0]);
  const int is_inside = child > 0 && unshare(CLONE_NEWUSER) == 0;
  const int error = errno;
  if (is_inside) send(go[1], "", 1, MSG_NOSIGNAL); /* where the child is gone, its status says so */
  close(go[1]);
  const int mapped = child > 0 ? wait_for(child) : -1;
  if (!is_inside) errno = error;
  return is_inside ? mapped : -1;
}

static int unshare_user(void) {
  const uid_t user = geteuid();
  const gid_t group = getegid();
  if (user == 0) return unshare_user_as_root();
  return unshare(CLONE_NEWUSER) == 0 ? map_oneself(user, group) : -1;
}

/* Some systems let a process in and then refuse the map, or every capability inside (AppArmor on Ubuntu 24.04). There
 * is no way back from there, so a child goes first. Not by fork: what a runtime does after that may start threads, and
 * who has threads is not let in. */
static int user_namespaces_work(void) {
  const pid_t child = _Fork();
  if (child == 0) _exit(unshare_user() == 0 && unshare(CLONE_NEWNS) == 0 ? 0 : errno);
  return child > 0 && wait_for(child) == 0;
}

int sandbox_unshare(const sandbox_base *base, sandbox_report *report) {
  sandbox_report_clear(report);
  if ((base->namespaces & SANDBOX_HELD_USER) && user_namespaces_work()) {
    if (unshare_user() != 0) return sandbox_failed(report, "user namespace");
    report->held |= SANDBOX_HELD_USER;
  }
  /* In root's own user namespace no call could make its PID namespace: the worker would need to be able to do all that root
   * can. Then there is none for the worker either, and it is the host that knows what its processes leave behind. */
  const uint32_t kept = report->held & SANDBOX_HELD_USER ? 0 : SANDBOX_HELD_PID;
  for (size_t i = 0; i < COUNT(spaces); i++)
    if ((base->namespaces & ~kept & spaces[i].held) && unshare(spaces[i].flag) == 0) report->held |= spaces[i].held;
  return 0;
}

int sandbox_must_fork(void) {
  struct stat own, children;
  if (stat("/proc/self/ns/pid", &own) != 0 || stat("/proc/self/ns/pid_for_children", &children) != 0) return 0;
  return own.st_ino != children.st_ino;
}
