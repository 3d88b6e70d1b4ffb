/* What a worker sees in other ways than the host, where it has a mount namespace: /proc and scratch; and a call: /tmp. */
#define _GNU_SOURCE
#include <fcntl.h>
#include <limits.h>
#include <sched.h>
#include <stdio.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#include "layers.h"

static int mount_scratch(const sandbox_base *base) {
  char options[96];
  snprintf(options, sizeof options, "mode=0700,size=%llu,nr_inodes=65536", (unsigned long long)base->scratch_bytes);
  return mount("tmpfs", base->scratch, "tmpfs", MS_NOSUID | MS_NODEV, options);
}

static int make_places(const char *scratch) {
  char path[PATH_MAX];
  for (unsigned i = 0; i < SANDBOX_PRIVATE_PLACES; i++)
    if (sandbox_private_place(scratch, i, path, sizeof path) != 0 || mkdir(path, 0700) != 0) return -1;
  return 0;
}

int sandbox_mount(const sandbox_base *base, sandbox_report *report) {
  if (!(report->held & SANDBOX_HELD_MOUNT)) return 0;
  /* Ours must not show outside. Without this the namespace is none. */
  if (mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) != 0) return sandbox_failed(report, "private mounts");
  /* Where that is refused, the one that is there has to do. */
  if (report->held & SANDBOX_HELD_PID) mount("proc", "/proc", "proc", MS_NOSUID | MS_NODEV | MS_NOEXEC, NULL);
  if (base->scratch == NULL || mount_scratch(base) != 0) return 0;
  report->held |= SANDBOX_HELD_SCRATCH;
  /* Only in a user namespace of its own can the worker make a mount namespace for a call. */
  if (base->gives_tmp && (report->held & SANDBOX_HELD_USER) && make_places(base->scratch) == 0)
    report->held |= SANDBOX_HELD_TMP;
  return 0;
}

/* ---------------------------------------------------------------- a /tmp for one call */

/* The plugin's code can change what is below scratch, and that at any time: no name there is followed that it may have made
 * a link. */
static int hide_tmp(const char *directory) {
  char own[48];
  const int opened = open(directory, O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
  if (opened < 0) return -1;
  snprintf(own, sizeof own, "/proc/self/fd/%d", opened);
  const int result = mount(own, "/tmp", NULL, MS_BIND, NULL);
  close(opened);
  return result;
}

static int is_same_namespace(int one, int other) {
  struct stat left, right;
  return fstat(one, &left) != 0 || fstat(other, &right) != 0 || left.st_ino == right.st_ino;
}

int sandbox_give_tmp(int32_t process, int own, const char *directory) {
  char path[48];
  snprintf(path, sizeof path, "/proc/%d/ns/mnt", process);
  const int its = open(path, O_RDONLY | O_CLOEXEC);
  if (its < 0) return 0;
  int given = 0;
  if (!is_same_namespace(its, own) && setns(its, CLONE_NEWNS) == 0) {
    given = hide_tmp(directory) == 0;
    if (setns(own, CLONE_NEWNS) != 0) given = -1;
  }
  close(its);
  return given;
}
