/* Changing what a file is like: mode, owner, times, attributes. None of it writes to the file, some of it needs no more
 * than a descriptor for reading, and Landlock sees none of it. */
#define _GNU_SOURCE
#include <fcntl.h>
#include <linux/fs.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "attempts.h"

/* Newer than many C libraries. */
#define FCHMODAT2 452
#define SETXATTRAT 463
#define FILE_GETATTR 468
#define FILE_SETATTR 469

static int missing_or(int error) {
  return error == ENOSYS || error == EOPNOTSUPP || error == ENOTTY ? MISSING : error;
}

static int readable(const struct scene *s) { return open(s->readable, O_RDONLY); }

static int change_mode(const struct scene *s) { return outcome(chmod(s->readable, 0600)); }
static int change_mode_of_descriptor(const struct scene *s) { return outcome(fchmod(readable(s), 0600)); }
static int change_mode_newly(const struct scene *s) {
  return outcome(syscall(FCHMODAT2, AT_FDCWD, s->readable, 0600, AT_SYMLINK_NOFOLLOW));
}
/* To what it is already: succeeding, it would be the whole machine's. */
static int change_mode_of_device(const struct scene *s) {
  (void)s;
  return outcome(fchmod(open("/dev/null", O_WRONLY), 0666));
}
/* Whoever runs a set-user file becomes its owner. No call makes one, be it in its own directory. */
static const char *own_directory(const struct scene *s) { return getenv("TMPDIR") != NULL ? getenv("TMPDIR") : s->outside; }
static const char *own(const struct scene *s) { return in(own_directory(s), "set-user"); }
/* 0 if the file at the path, or the descriptor, lends its owner's identity. The file goes. */
static int lends(const char *path, int file) {
  struct stat status;
  const int error = outcome(file >= 0 ? fstat(file, &status) : stat(path, &status));
  unlink(path);
  return error != 0 ? error : status.st_mode & (S_ISUID | S_ISGID) ? 0 : EPERM;
}
static int make_set_user_file(const struct scene *s) {
  const int file = open(own(s), O_WRONLY | O_CREAT | O_EXCL, 04755);
  return file < 0 ? errno : lends(own(s), file);
}
static int make_set_group_file(const struct scene *s) {
  const int file = creat(own(s), 02755);
  return file < 0 ? errno : lends(own(s), file);
}
static int make_set_user_file_nameless(const struct scene *s) {
  const int file = open(own_directory(s), O_TMPFILE | O_WRONLY, 04755);
  return file < 0 ? errno : lends(own(s), file);
}
static int make_set_user_node(const struct scene *s) {
  return mknod(own(s), S_IFREG | 04755, 0) != 0 ? errno : lends(own(s), -1);
}
static int set_user_by_name(const struct scene *s) {
  if (open(own(s), O_WRONLY | O_CREAT, 0755) < 0) return errno;
  return chmod(own(s), 04755) != 0 ? errno : lends(own(s), -1);
}
static int set_user_by_descriptor(const struct scene *s) {
  const int file = open(own(s), O_WRONLY | O_CREAT, 0755);
  return file < 0 || fchmod(file, 04755) != 0 ? errno : lends(own(s), file);
}
static int change_owner(const struct scene *s) { return outcome(chown(s->readable, (uid_t)-1, getgid())); }
static int change_owner_of_descriptor(const struct scene *s) {
  return outcome(fchown(readable(s), (uid_t)-1, getgid()));
}

static const struct timespec long_ago[2] = {{1, 0}, {1, 0}};
static int change_times(const struct scene *s) { return outcome(utimensat(AT_FDCWD, s->readable, long_ago, 0)); }
static int change_times_of_descriptor(const struct scene *s) { return outcome(futimens(readable(s), long_ago)); }

static int set_attribute(const struct scene *s) { return outcome(setxattr(s->readable, "user.evil", "1", 1, 0)); }
static int set_attribute_of_descriptor(const struct scene *s) {
  return outcome(fsetxattr(readable(s), "user.evil", "1", 1, 0));
}
static int set_attribute_newly(const struct scene *s) {
  const struct {
    uint64_t value;
    uint32_t size, flags;
  } attribute = {(uint64_t)(size_t)"1", 1, 0};
  return outcome(syscall(SETXATTRAT, AT_FDCWD, s->readable, 0, "user.evil", &attribute, sizeof attribute));
}
static int remove_attribute(const struct scene *s) { return outcome(removexattr(s->readable, "user.kept")); }

/* Flags such as "immutable" and "no access times": an ioctl on any descriptor of the file. */
static int set_flags(const struct scene *s) {
  const int file = readable(s);
  int flags = 0;
  if (ioctl(file, FS_IOC_GETFLAGS, &flags) != 0) return errno;
  flags ^= FS_NODUMP_FL;
  return outcome(ioctl(file, FS_IOC_SETFLAGS, &flags));
}
static int set_project(const struct scene *s) {
  const int file = readable(s);
  struct fsxattr attributes;
  if (ioctl(file, FS_IOC_FSGETXATTR, &attributes) != 0) return errno;
  attributes.fsx_xflags ^= FS_XFLAG_NODUMP;
  return outcome(ioctl(file, FS_IOC_FSSETXATTR, &attributes));
}
static int set_flags_newly(const struct scene *s) {
  uint32_t attributes[6] = {0};
  if (syscall(FILE_GETATTR, AT_FDCWD, s->readable, attributes, sizeof attributes, 0) != 0) return missing_or(errno);
  attributes[0] ^= FS_XFLAG_NODUMP;
  return outcome(syscall(FILE_SETATTR, AT_FDCWD, s->readable, attributes, sizeof attributes, 0));
}

/* A lease on a file that it may only read stops the next writer, the host, for a minute. */
static int take_a_lease(const struct scene *s) { return outcome(fcntl(readable(s), F_SETLEASE, F_RDLCK)); }

static const struct attempt all[] = {
    {"chmod", "chmod a file that it may read", "change the mode", 1, change_mode},
    {"fchmod", "fchmod on a read-only descriptor", "change the mode", 1, change_mode_of_descriptor},
    {"fchmodat2", "the newest way to change a mode", "change the mode", 1, change_mode_newly},
    {"fchmod_device", "fchmod on a device that everybody has", "", 0, change_mode_of_device},
    {"set_user_file", "make a file that lends its owner's identity", "write", 0, make_set_user_file},
    {"set_group_file", "creat() of one that lends its group's", "write", 0, make_set_group_file},
    {"set_user_nameless", "one without a name, by O_TMPFILE", "write", 0, make_set_user_file_nameless},
    {"set_user_node", "mknod() of one", "make a special file", 0, make_set_user_node},
    {"set_user_chmod", "make one of a file of its own", "", 0, set_user_by_name},
    {"set_user_fchmod", "the same by a descriptor", "", 0, set_user_by_descriptor},
    {"chown", "chown to the same group", "change the owner", 0, change_owner},
    {"fchown", "fchown on a read-only descriptor", "change the owner", 0, change_owner_of_descriptor},
    {"utimensat", "set a file's times", "change the times", 1, change_times},
    {"futimens", "set times on a read-only descriptor", "change the times", 1, change_times_of_descriptor},
    {"setxattr", "set an extended attribute", "change an attribute", 1, set_attribute},
    {"fsetxattr", "set one on a read-only descriptor", "change an attribute", 1, set_attribute_of_descriptor},
    {"setxattrat", "the newest way to set one", "change an attribute", 1, set_attribute_newly},
    {"removexattr", "remove an extended attribute", "change an attribute", 1, remove_attribute},
    {"set_flags", "FS_IOC_SETFLAGS on a read-only descriptor", "", 1, set_flags},
    {"set_project", "FS_IOC_FSSETXATTR on a read-only descriptor", "", 1, set_project},
    {"file_setattr", "the newest way to set flags", "change an attribute", 1, set_flags_newly},
    {"lease", "F_SETLEASE on a read-only descriptor", "", 0, take_a_lease},
};
const struct attempts metadata_attempts = {"metadata", all, sizeof all / sizeof *all};
