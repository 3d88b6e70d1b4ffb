/* System calls for the room System: those that glibc or Swift's import of it lack, and the others beside them, so
 * that all have one shape: the result, or -errno. A call that a signal interrupted is made again there. At the end, the
 * signals that a command minds. */
#ifndef CLINUX_H
#define CLINUX_H

#include <stddef.h>
#include <stdint.h>

#include "linux_processes.h"

/* What statx says, in plain integers. Times are nanoseconds since 1970. */
typedef struct {
  uint64_t device, inode, mount, size;
  int64_t modified, changed, born;
  uint32_t mode, links, owner, group;
} linux_status;

/* "No such file or directory"; NULL for a number that is no errno. */
const char *_Nullable linux_error_text(int number);

/* openat. */
long linux_open(int directory, const char *_Nonnull path, int flags, unsigned mode);
/* openat2 that stays below directory and follows no link. */
long linux_open_beneath(int directory, const char *_Nonnull path, int flags, int same_mount);
long linux_close(int descriptor);

/* Never follows a link at the end. An empty path: the directory descriptor itself. */
long linux_stat(int directory, const char *_Nonnull path, linux_status *_Nonnull status);
long linux_read_link(int directory, const char *_Nonnull path, char *_Nonnull buffer, size_t size);
long linux_read_directory(int descriptor, void *_Nonnull buffer, size_t size);
long linux_file_system(int descriptor); /* statfs.f_type */
long linux_inode_flags(int descriptor); /* FS_IOC_GETFLAGS */

long linux_pread(int descriptor, void *_Nonnull buffer, size_t size, int64_t offset);
long linux_pwrite(int descriptor, const void *_Nonnull buffer, size_t size, int64_t offset);
long linux_truncate(int descriptor, int64_t size);
long linux_allocate(int descriptor, int64_t size); /* reserves room without changing the file's size */
long linux_sync(int descriptor);
long linux_sync_file_system(int descriptor);
long linux_lock(int descriptor); /* flock, exclusive, not waiting */

/* Locks of an open file description on bytes; length 0 reaches to the end of all files. The kernel drops them when the
 * last descriptor of the description is closed, by whatever road. */
enum { LINUX_RANGE_FREE, LINUX_RANGE_SHARED, LINUX_RANGE_EXCLUSIVE };
/* Not waiting: -EAGAIN when another description has a part of it. */
long linux_lock_range(int descriptor, int mode, int64_t start, int64_t length);
/* 1, and where it is, when another description has a lock that would exclude this one; 0 when none has. */
long linux_find_range(int descriptor, int mode, int64_t *_Nonnull start, int64_t *_Nonnull length);
long linux_user(void); /* whose files the process makes */

long linux_make_directory(int directory, const char *_Nonnull name, unsigned mode);
long linux_remove(int directory, const char *_Nonnull name, int is_directory);
enum { LINUX_RENAME_NO_REPLACE = 1, LINUX_RENAME_EXCHANGE = 2 };
long linux_rename(int from, const char *_Nonnull name, int to, const char *_Nonnull new_name, unsigned flags);
/* Follows no link. */
long linux_link(int from, const char *_Nonnull name, int to, const char *_Nonnull new_name);
long linux_make_link(const char *_Nonnull target, int directory, const char *_Nonnull name);
/* The status flags of an open file. */
long linux_set_flags(int descriptor, int flags);

long linux_change_mode(int descriptor, unsigned mode);
long linux_change_owner(int descriptor, unsigned owner, unsigned group);
long linux_list_attributes(int descriptor, char *_Nullable buffer, size_t size);
long linux_get_attribute(int descriptor, const char *_Nonnull name, void *_Nullable buffer, size_t size);
long linux_set_attribute(int descriptor, const char *_Nonnull name, const void *_Nullable value, size_t size);
long linux_remove_attribute(int descriptor, const char *_Nonnull name);

/// Makes SIGINT and SIGTERM readable: each writes its number as one byte. Returns the descriptor to read from, or -1 with
/// errno. A handler and not a blocked mask or SIG_IGN, because programs that tools start would inherit those.
int il_interrupts_open(void);

/// SIGINT and SIGTERM end the process again. What was opened stays open: a signal that came before may still be told.
void il_interrupts_close(void);

/// A write to a closed pipe fails with EPIPE instead of ending the process. Programs that tools start keep the default.
void il_ignore_broken_pipes(void);

#endif
