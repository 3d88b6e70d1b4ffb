#define _GNU_SOURCE
#include "CLinux.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/fs.h>
#include <linux/openat2.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/vfs.h>
#include <sys/xattr.h>
#include <unistd.h>

/* The result of CALL, or -errno. */
#define RESULT(CALL)                                  \
  do {                                                \
    const long result_ = (long)(CALL);                \
    return result_ == -1 ? -(long)errno : result_;    \
  } while (0)

const char *linux_error_text(int number) { return strerrordesc_np(number); }

long linux_open(int directory, const char *path, int flags, unsigned mode) {
  RESULT(openat(directory, path, flags, mode));
}

long linux_open_beneath(int directory, const char *path, int flags, int same_mount) {
  struct open_how how = {
      .flags = (uint64_t)flags,
      .resolve = RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS | RESOLVE_NO_MAGICLINKS | (same_mount ? RESOLVE_NO_XDEV : 0)};
  RESULT(syscall(SYS_openat2, directory, path, &how, sizeof how));
}

long linux_close(int descriptor) {
  /* On Linux the descriptor is gone even after EINTR: never again. */
  return close(descriptor) == -1 ? -(long)errno : 0;
}

static int64_t nanoseconds(struct statx_timestamp time) { return time.tv_sec * 1000000000 + time.tv_nsec; }

static long status_of(int directory, const char *path, struct statx *status) {
  RESULT(statx(directory, path, AT_EMPTY_PATH | AT_SYMLINK_NOFOLLOW | AT_NO_AUTOMOUNT,
               STATX_BASIC_STATS | STATX_BTIME | STATX_MNT_ID, status));
}

long linux_stat(int directory, const char *path, linux_status *to) {
  struct statx from;
  long result = status_of(directory, path, &from);
  if (result < 0) return result;
  *to = (linux_status){
      .device = (uint64_t)from.stx_dev_major << 32 | from.stx_dev_minor,
      .inode = from.stx_ino,
      .mount = from.stx_mask & STATX_MNT_ID ? from.stx_mnt_id : 0,
      .size = from.stx_size,
      .modified = nanoseconds(from.stx_mtime),
      .changed = nanoseconds(from.stx_ctime),
      .born = from.stx_mask & STATX_BTIME ? nanoseconds(from.stx_btime) : 0,
      .mode = from.stx_mode,
      .links = from.stx_nlink,
      .owner = from.stx_uid,
      .group = from.stx_gid,
  };
  return 0;
}

long linux_read_link(int directory, const char *path, char *buffer, size_t size) {
  RESULT(readlinkat(directory, path, buffer, size));
}

long linux_read_directory(int descriptor, void *buffer, size_t size) {
  RESULT(syscall(SYS_getdents64, descriptor, buffer, size));
}

static long file_system_of(int descriptor, struct statfs *status) { RESULT(fstatfs(descriptor, status)); }

long linux_file_system(int descriptor) {
  struct statfs status;
  long result = file_system_of(descriptor, &status);
  return result < 0 ? result : (long)(uint32_t)status.f_type;
}

static long get_flags(int descriptor, int *flags) { RESULT(ioctl(descriptor, FS_IOC_GETFLAGS, flags)); }

long linux_inode_flags(int descriptor) {
  int flags = 0;
  long result = get_flags(descriptor, &flags);
  return result < 0 ? result : (long)(uint32_t)flags;
}

long linux_pread(int descriptor, void *buffer, size_t size, int64_t offset) {
  RESULT(pread(descriptor, buffer, size, offset));
}

long linux_pwrite(int descriptor, const void *buffer, size_t size, int64_t offset) {
  RESULT(pwrite(descriptor, buffer, size, offset));
}

long linux_truncate(int descriptor, int64_t size) { RESULT(ftruncate(descriptor, size)); }
long linux_allocate(int descriptor, int64_t size) { RESULT(fallocate(descriptor, FALLOC_FL_KEEP_SIZE, 0, size)); }
long linux_sync(int descriptor) { RESULT(fsync(descriptor)); }
long linux_sync_file_system(int descriptor) { RESULT(syncfs(descriptor)); }
long linux_lock(int descriptor) { RESULT(flock(descriptor, LOCK_EX | LOCK_NB)); }


static struct flock range_of(int mode, int64_t start, int64_t length) {
  static const short types[] = {F_UNLCK, F_RDLCK, F_WRLCK};
  return (struct flock){.l_type = types[mode], .l_whence = SEEK_SET, .l_start = start, .l_len = length};
}

long linux_lock_range(int descriptor, int mode, int64_t start, int64_t length) {
  struct flock range = range_of(mode, start, length);
  RESULT(fcntl(descriptor, F_OFD_SETLK, &range));
}

static long get_range(int descriptor, struct flock *range) { RESULT(fcntl(descriptor, F_OFD_GETLK, range)); }

long linux_find_range(int descriptor, int mode, int64_t *start, int64_t *length) {
  struct flock range = range_of(mode, *start, *length);
  long result = get_range(descriptor, &range);
  if (result < 0) return result;
  if (range.l_type == F_UNLCK) return 0;
  *start = range.l_start;
  *length = range.l_len;
  return 1;
}

long linux_user(void) { return (long)geteuid(); }

long linux_make_directory(int directory, const char *name, unsigned mode) { RESULT(mkdirat(directory, name, mode)); }

long linux_remove(int directory, const char *name, int is_directory) {
  RESULT(unlinkat(directory, name, is_directory ? AT_REMOVEDIR : 0));
}

long linux_rename(int from, const char *name, int to, const char *new_name, int replace) {
  RESULT(renameat2(from, name, to, new_name, replace ? 0 : RENAME_NOREPLACE));
}

long linux_change_mode(int descriptor, unsigned mode) { RESULT(fchmod(descriptor, mode)); }
long linux_change_owner(int descriptor, unsigned owner, unsigned group) { RESULT(fchown(descriptor, owner, group)); }
long linux_list_attributes(int descriptor, char *buffer, size_t size) { RESULT(flistxattr(descriptor, buffer, size)); }

long linux_get_attribute(int descriptor, const char *name, void *buffer, size_t size) {
  RESULT(fgetxattr(descriptor, name, buffer, size));
}

long linux_set_attribute(int descriptor, const char *name, const void *value, size_t size) {
  RESULT(fsetxattr(descriptor, name, value, size, 0));
}

long linux_remove_attribute(int descriptor, const char *name) { RESULT(fremovexattr(descriptor, name)); }
