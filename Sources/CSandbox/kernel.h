/* What this room needs of the kernel and older headers lack. Numbers and layouts are the kernel's, and never change. */
#ifndef KERNEL_H
#define KERNEL_H

#include <linux/seccomp.h>
#include <stdint.h>
#include <sys/syscall.h>

#define COUNT(ARRAY) (sizeof(ARRAY) / sizeof *(ARRAY))

/* Older C libraries do not have these. */
#ifndef OPEN_TREE_CLONE
#define OPEN_TREE_CLONE 1
#define OPEN_TREE_CLOEXEC O_CLOEXEC
#endif
#ifndef MOVE_MOUNT_F_EMPTY_PATH
#define MOVE_MOUNT_F_EMPTY_PATH 4
#define MOVE_MOUNT_T_EMPTY_PATH 0x40
#endif

/* ---- File systems that are mounted nowhere yet: fsopen, fsconfig, fsmount */
enum { FILE_SYSTEM_CLOSE_ON_EXEC = 1, FILE_SYSTEM_SET = 1, FILE_SYSTEM_CREATE = 6 };
enum { MOUNT_NO_SUID = 2, MOUNT_NO_DEVICES = 4 };

/* ---- Landlock, to ABI 6 */
struct landlock_rules {
  uint64_t files, network, scopes;
};
struct landlock_path_rule {
  uint64_t allowed;
  int32_t descriptor;
} __attribute__((packed));

enum { LANDLOCK_PATH = 1, LANDLOCK_TELL_VERSION = 1 };

#define LANDLOCK_EXECUTE (1ull << 0)
#define LANDLOCK_WRITE_FILE (1ull << 1)
#define LANDLOCK_READ_FILE (1ull << 2)
#define LANDLOCK_READ_DIRECTORY (1ull << 3)
#define LANDLOCK_REMOVE_DIRECTORY (1ull << 4)
#define LANDLOCK_REMOVE_FILE (1ull << 5)
#define LANDLOCK_MAKE_CHARACTER_DEVICE (1ull << 6)
#define LANDLOCK_MAKE_DIRECTORY (1ull << 7)
#define LANDLOCK_MAKE_FILE (1ull << 8)
#define LANDLOCK_MAKE_SOCKET (1ull << 9)
#define LANDLOCK_MAKE_FIFO (1ull << 10)
#define LANDLOCK_MAKE_BLOCK_DEVICE (1ull << 11)
#define LANDLOCK_MAKE_SYMLINK (1ull << 12)
#define LANDLOCK_MOVE_BETWEEN (1ull << 13) /* ABI 2: link and rename into another directory */
#define LANDLOCK_TRUNCATE (1ull << 14)     /* ABI 3 */
#define LANDLOCK_DEVICE_IOCTL (1ull << 15) /* ABI 5 */
#define LANDLOCK_TCP (3ull << 0)           /* ABI 4: bind and connect */
#define LANDLOCK_SCOPES (3ull << 0)        /* ABI 6: abstract sockets and signals */

/* ---- System calls that came after Linux 6.1; the same number on every architecture */
#define NUMBER_CACHESTAT 451
#define NUMBER_FCHMODAT2 452
#define NUMBER_MAP_SHADOW_STACK 453
#define NUMBER_FUTEX_WAKE 454
#define NUMBER_FUTEX_WAIT 455
#define NUMBER_FUTEX_REQUEUE 456
#define NUMBER_MSEAL 462
#define NUMBER_SETXATTRAT 463
#define NUMBER_GETXATTRAT 464
#define NUMBER_LISTXATTRAT 465
#define NUMBER_REMOVEXATTRAT 466
#define NUMBER_OPEN_TREE_ATTR 467
#define NUMBER_FILE_GETATTR 468
#define NUMBER_FILE_SETATTR 469

/* ---- seccomp */
#ifndef SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV
#define SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV (1ul << 5) /* 5.19 */
#endif
#ifndef SECCOMP_IOCTL_NOTIF_SET_FLAGS
#define SECCOMP_IOCTL_NOTIF_SET_FLAGS SECCOMP_IOW(4, uint64_t) /* 6.6 */
#define SECCOMP_USER_NOTIF_FD_SYNC_WAKE_UP 1ull
#endif

#if defined(__x86_64__)
#define ARCHITECTURE 0xC000003Eu /* AUDIT_ARCH_X86_64 */
#elif defined(__aarch64__)
#define ARCHITECTURE 0xC00000B7u /* AUDIT_ARCH_AARCH64 */
#else
#error "the sandbox knows x86-64 and aarch64"
#endif

#endif
