/* What a worker sees in other ways than the host, where it has a mount namespace: /proc and scratch; and a call: /tmp. */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#include "kernel.h"
#include "layers.h"

static int is_same(int one, int other) {
  struct stat left, right;
  return fstat(one, &left) == 0 && fstat(other, &right) == 0 && left.st_dev == right.st_dev &&
         left.st_ino == right.st_ino;
}

static int set(int file_system, const char *key, unsigned long long value) {
  char text[24];
  snprintf(text, sizeof text, "%llu", value);
  return (int)syscall(SYS_fsconfig, file_system, FILE_SYSTEM_SET, key, text, 0);
}

/* A file system in memory, mounted nowhere yet; -1 if there can be none. */
static int make_memory(const sandbox_scratch *scratch) {
  const int made = (int)syscall(SYS_fsopen, "tmpfs", FILE_SYSTEM_CLOSE_ON_EXEC);
  if (made < 0) return -1;
  const unsigned long long most = 1 << 16, size = scratch->bytes;
  const unsigned long long names = size > 0 && size >> 10 < most ? size >> 10 : most;
  const int is_set = syscall(SYS_fsconfig, made, FILE_SYSTEM_SET, "mode", "0700", 0) == 0 && set(made, "size", size) == 0 &&
                     set(made, "nr_inodes", names + scratch->places + 16) == 0 &&
                     syscall(SYS_fsconfig, made, FILE_SYSTEM_CREATE, NULL, NULL, 0) == 0;
  const int mount = is_set ? (int)syscall(SYS_fsmount, made, FILE_SYSTEM_CLOSE_ON_EXEC, MOUNT_NO_SUID | MOUNT_NO_DEVICES) : -1;
  close(made);
  return mount;
}

/* Nothing can be mounted on a directory of another mount namespace, so it is looked up in ours. */
static int open_here(const sandbox_scratch *scratch, sandbox_report *report) {
  const int here = open(scratch->path, O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
  if (here >= 0 && is_same(here, scratch->descriptor)) return here;
  if (here >= 0 || errno == ENOENT || errno == ENOTDIR || errno == ELOOP) {
    if (here >= 0) close(here);
    errno = ESTALE;
  }
  return sandbox_failed(report, "the directory for private ones is not where it was");
}

static int make_places(const sandbox_scratch *scratch) {
  char name[SANDBOX_PRIVATE_NAME];
  for (unsigned i = 0; i < scratch->places; i++) {
    sandbox_private_place(i, name);
    if (mkdirat(scratch->descriptor, name, 0700) != 0) return -1;
  }
  return 0;
}

static int mount_scratch(sandbox_scratch *scratch, sandbox_report *report) {
  const int here = open_here(scratch, report), memory = here < 0 ? -1 : make_memory(scratch);
  const int flags = MOVE_MOUNT_F_EMPTY_PATH | MOVE_MOUNT_T_EMPTY_PATH;
  const int is_mounted = memory >= 0 && syscall(SYS_move_mount, memory, "", here, "", flags) == 0;
  if (here >= 0) close(here);
  if (is_mounted) {
    close(scratch->descriptor);
    scratch->descriptor = memory;
    report->held |= SANDBOX_HELD_SCRATCH;
  } else if (memory >= 0) {
    close(memory);
  }
  return here < 0 ? -1 : 0;
}

int sandbox_mount(sandbox_scratch *scratch, sandbox_report *report) {
  if (!(report->held & SANDBOX_HELD_MOUNT)) return 0;
  /* Ours must not show outside. Without this the namespace is none. */
  if (mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) != 0) return sandbox_failed(report, "private mounts");
  /* Where that is refused, the one that is there has to do. */
  if (report->held & SANDBOX_HELD_PID) mount("proc", "/proc", "proc", MS_NOSUID | MS_NODEV | MS_NOEXEC, NULL);
  if (scratch == NULL) return 0;
  if (mount_scratch(scratch, report) != 0) return -1;
  /* Only in a user namespace of its own can the worker make a mount namespace for a call. */
  const uint32_t needed = SANDBOX_HELD_SCRATCH | SANDBOX_HELD_USER;
  if (scratch->places > 0 && (report->held & needed) == needed && make_places(scratch) == 0)
    report->held |= SANDBOX_HELD_TMP;
  return 0;
}

void sandbox_private_end(const sandbox_scratch *scratch, uint32_t held, unsigned milliseconds) {
  char link[48];
  snprintf(link, sizeof link, "/proc/self/fd/%d", scratch->descriptor);
  if (!(held & SANDBOX_HELD_SCRATCH)) sandbox_private_empty(scratch->descriptor, ".", milliseconds);
  else if (umount2(link, MNT_DETACH) != 0) return;
  rmdir(scratch->path); /* of what may be there in its place, only an empty directory goes */
}

/* ---------------------------------------------------------------- a /tmp for one call */

/* A place of scratch as a mount that is nowhere yet. It is looked up here, where nobody but the guardian mounts: in the
 * process's namespace its name can lead through what the plugin has filled. */
static int open_place(const sandbox_scratch *scratch, unsigned place) {
  char name[SANDBOX_PRIVATE_NAME];
  struct stat all, own;
  sandbox_private_place(place, name);
  const int flags = OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC | AT_SYMLINK_NOFOLLOW;
  const int tree = (int)syscall(SYS_open_tree, scratch->descriptor, name, flags);
  if (tree < 0) return -1;
  if (fstat(scratch->descriptor, &all) == 0 && fstat(tree, &own) == 0 && own.st_dev == all.st_dev) return tree;
  close(tree);
  return -1;
}

int sandbox_private_give(const sandbox_scratch *scratch, unsigned place, int32_t process, int own) {
  char path[48];
  snprintf(path, sizeof path, "/proc/%d/ns/mnt", process);
  const int its = open(path, O_RDONLY | O_CLOEXEC), tree = its < 0 ? -1 : open_place(scratch, place);
  int given = 0;
  if (tree >= 0 && !is_same(its, own) && setns(its, CLONE_NEWNS) == 0) {
    given = syscall(SYS_move_mount, tree, "", AT_FDCWD, "/tmp", MOVE_MOUNT_F_EMPTY_PATH) == 0;
    if (setns(own, CLONE_NEWNS) != 0) given = -1;
  }
  if (tree >= 0) close(tree);
  if (its >= 0) close(its);
  return given;
}
