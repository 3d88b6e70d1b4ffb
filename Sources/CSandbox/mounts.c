/* What a worker sees in other ways than the host, where it has a mount namespace: /proc and scratch; and a call: /tmp. */
#define _GNU_SOURCE
#include <fcntl.h>
#include <limits.h>
#include <sched.h>
#include <stdio.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#include "kernel.h"
#include "layers.h"

static int mount_scratch(const sandbox_base *base) {
  char options[96];
  const unsigned long long size = base->scratch_bytes, most = 1 << 16;
  const unsigned long long names = size > 0 && size >> 10 < most ? size >> 10 : most;
  snprintf(options, sizeof options, "mode=0700,size=%llu,nr_inodes=%llu", size, names + base->places + 16);
  return mount("tmpfs", base->scratch, "tmpfs", MS_NOSUID | MS_NODEV, options);
}

static int make_places(const char *scratch, unsigned count) {
  char path[PATH_MAX];
  for (unsigned i = 0; i < count; i++)
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
  if (base->places > 0 && (report->held & SANDBOX_HELD_USER) && make_places(base->scratch, base->places) == 0)
    report->held |= SANDBOX_HELD_TMP;
  return 0;
}

/* ---------------------------------------------------------------- a /tmp for one call */

/* A place of scratch as a mount that is nowhere yet. It is looked up here, where nobody but the guardian mounts: in the
 * process's namespace its path can lead through what the plugin has filled. */
static int open_place(const char *scratch, unsigned place) {
  char path[PATH_MAX];
  struct stat all, own;
  if (sandbox_private_place(scratch, place, path, sizeof path) != 0 || stat(scratch, &all) != 0) return -1;
  const int tree =
      (int)syscall(SYS_open_tree, AT_FDCWD, path, OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC | AT_SYMLINK_NOFOLLOW);
  if (tree < 0) return -1;
  if (fstat(tree, &own) == 0 && S_ISDIR(own.st_mode) && own.st_dev == all.st_dev) return tree;
  close(tree);
  return -1;
}

static int is_same_namespace(int one, int other) {
  struct stat left, right;
  return fstat(one, &left) != 0 || fstat(other, &right) != 0 || left.st_ino == right.st_ino;
}

int sandbox_give_tmp(int32_t process, int own, const char *scratch, unsigned place) {
  char path[48];
  snprintf(path, sizeof path, "/proc/%d/ns/mnt", process);
  const int its = open(path, O_RDONLY | O_CLOEXEC), tree = its < 0 ? -1 : open_place(scratch, place);
  int given = 0;
  if (tree >= 0 && !is_same_namespace(its, own) && setns(its, CLONE_NEWNS) == 0) {
    given = syscall(SYS_move_mount, tree, "", AT_FDCWD, "/tmp", MOVE_MOUNT_F_EMPTY_PATH) == 0;
    if (setns(own, CLONE_NEWNS) != 0) given = -1;
  }
  if (tree >= 0) close(tree);
  if (its >= 0) close(its);
  return given;
}
