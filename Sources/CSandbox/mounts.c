/* What the worker sees in other ways than the host, where it has a mount namespace: /proc, scratch, and what must stay
 * as it is. Landlock cannot carve something out of a directory that may be changed; a read-only mount can. */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <linux/mount.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#include "kernel.h"
#include "layers.h"

static int mount_scratch(const sandbox_base *base) {
  char options[96];
  const unsigned long long bytes = base->scratch_bytes != 0 ? base->scratch_bytes : 64ull << 20;
  snprintf(options, sizeof options, "mode=0700,size=%llu,nr_inodes=65536", bytes);
  return mount("tmpfs", base->scratch, "tmpfs", MS_NOSUID | MS_NODEV, options);
}

/* A mount of `path` on itself. What is a mount point can be neither moved away nor removed: EBUSY. */
static int mount_on_itself(const char *path, int read_only) {
  const unsigned flags = OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC | AT_SYMLINK_NOFOLLOW;
  const int tree = (int)syscall(SYS_open_tree, AT_FDCWD, path, flags);
  if (tree < 0) return -1;
  struct mount_attr attributes = {.attr_set = MOUNT_ATTR_RDONLY};
  int result = 0;
  if (read_only) result = (int)syscall(SYS_mount_setattr, tree, "", AT_EMPTY_PATH, &attributes, sizeof attributes);
  if (result == 0) result = (int)syscall(SYS_move_mount, tree, "", AT_FDCWD, path, MOVE_MOUNT_F_EMPTY_PATH);
  const int error = errno;
  close(tree);
  errno = error;
  return result;
}

static int is_mount_point(const char *path) {
  struct statx here, above;
  char parent[4100];
  snprintf(parent, sizeof parent, "%s/..", path);
  return statx(AT_FDCWD, path, AT_SYMLINK_NOFOLLOW, STATX_MNT_ID, &here) == 0 &&
         statx(AT_FDCWD, parent, 0, STATX_MNT_ID, &above) == 0 && here.stx_mnt_id != above.stx_mnt_id;
}

/* The directory that has it must stay, too: else it could be moved away, and another put in its place. */
static int keep_as_it_is(const char *path) {
  char parent[4096];
  if (snprintf(parent, sizeof parent, "%s", path) >= (int)sizeof parent) return -1;
  char *slash = strrchr(parent, '/');
  if (slash == NULL || slash == parent) return -1;
  *slash = 0;
  struct stat status;
  if (lstat(path, &status) != 0) return errno == ENOENT || errno == ENOTDIR ? 0 : -1;
  if (!is_mount_point(parent) && mount_on_itself(parent, 0) != 0) return -1;
  return mount_on_itself(path, 1);
}

int sandbox_mount(const sandbox_base *base, sandbox_report *report) {
  if (!(report->held & SANDBOX_HELD_MOUNT)) return 0;
  /* Ours must not show outside. Without this the namespace is none. */
  if (mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) != 0) return sandbox_failed(report, "private mounts");
  if ((report->held & SANDBOX_HELD_PID) &&
      mount("proc", "/proc", "proc", MS_NOSUID | MS_NODEV | MS_NOEXEC, NULL) == 0)
    report->held |= SANDBOX_HELD_PROC;
  if (base->scratch != NULL && mount_scratch(base) == 0) report->held |= SANDBOX_HELD_SCRATCH;
  for (uint32_t i = 0; i < base->kept_count; i++)
    if (keep_as_it_is(base->kept[i]) != 0) return 0; /* the bit is missing: the host decides what that means */
  report->held |= SANDBOX_HELD_KEPT;
  return 0;
}
