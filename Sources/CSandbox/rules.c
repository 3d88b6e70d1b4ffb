/* The list of what is allowed.
 *
 * Why such a list, and not one of what is dangerous: a plugin is any native code, and a kernel grows new ways to write
 * every year (setxattrat, file_setattr, open_tree_attr came within two). What is not named here does not exist for a
 * plugin: ENOSYS is an answer that every library knows how to live with, because every library meets older kernels. The
 * list is of what libc, Swift's runtime, Dispatch and Foundation use, and, with the grant, what programs do.
 *
 * aarch64 has only the newer form of many calls; the older ones stand at the end of each table. */
#define _GNU_SOURCE
#include "rules.h"

#include <fcntl.h>
#include <linux/sched.h>
#include <sched.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>

#include "kernel.h"

const int16_t sandbox_allowed[] = {
    /* descriptors that are open already: what they allow was decided when they were opened */
    SYS_read, SYS_write, SYS_readv, SYS_writev, SYS_pread64, SYS_pwrite64, SYS_preadv, SYS_pwritev, SYS_preadv2,
    SYS_pwritev2, SYS_lseek, SYS_close, SYS_close_range, SYS_dup, SYS_dup3, SYS_ftruncate, SYS_fallocate, SYS_fsync,
    SYS_fdatasync, SYS_sync_file_range, SYS_fadvise64, SYS_readahead, SYS_copy_file_range, SYS_sendfile, SYS_splice,
    SYS_tee, SYS_vmsplice, SYS_flock, SYS_pipe2, SYS_eventfd2, SYS_memfd_create,
    /* looking at files: Landlock does not mediate it, and neither do we */
    SYS_fstat, SYS_newfstatat, SYS_statx, SYS_statfs, SYS_fstatfs, SYS_getdents64, SYS_readlinkat, SYS_faccessat,
    SYS_faccessat2, SYS_getcwd, SYS_chdir, SYS_fchdir, SYS_getxattr, SYS_lgetxattr, SYS_fgetxattr, SYS_listxattr,
    SYS_llistxattr, SYS_flistxattr, NUMBER_GETXATTRAT, NUMBER_LISTXATTRAT, NUMBER_FILE_GETATTR, SYS_umask,
    /* waiting */
    SYS_epoll_create1, SYS_epoll_ctl, SYS_epoll_pwait, SYS_epoll_pwait2, SYS_ppoll, SYS_pselect6, SYS_timerfd_create,
    SYS_timerfd_settime, SYS_timerfd_gettime, SYS_signalfd4, SYS_nanosleep, SYS_clock_nanosleep, SYS_wait4, SYS_waitid,
    /* memory */
    SYS_mmap, SYS_munmap, SYS_mprotect, SYS_mremap, SYS_madvise, SYS_msync, SYS_mincore, SYS_mlock, SYS_mlock2,
    SYS_munlock, SYS_mlockall, SYS_munlockall, SYS_brk, SYS_membarrier, SYS_pkey_alloc, SYS_pkey_free,
    SYS_pkey_mprotect, NUMBER_MSEAL, NUMBER_MAP_SHADOW_STACK, SYS_get_mempolicy,
    /* threads */
    SYS_futex, SYS_futex_waitv, NUMBER_FUTEX_WAKE, NUMBER_FUTEX_WAIT, NUMBER_FUTEX_REQUEUE, SYS_set_robust_list,
    SYS_get_robust_list, SYS_rseq, SYS_set_tid_address, SYS_gettid, SYS_sched_yield, SYS_sched_getaffinity,
    SYS_sched_getparam, SYS_sched_getscheduler, SYS_sched_getattr, SYS_sched_get_priority_max,
    SYS_sched_get_priority_min, SYS_sched_rr_get_interval, SYS_getpriority, SYS_ioprio_get, SYS_getcpu,
    /* time */
    SYS_clock_gettime, SYS_clock_getres, SYS_gettimeofday, SYS_timer_create, SYS_timer_settime, SYS_timer_gettime,
    SYS_timer_getoverrun, SYS_timer_delete, SYS_getitimer, SYS_setitimer, SYS_times,
    /* itself */
    SYS_getpid, SYS_getppid, SYS_getuid, SYS_geteuid, SYS_getgid, SYS_getegid, SYS_getresuid, SYS_getresgid,
    SYS_getgroups, SYS_getpgid, SYS_getsid, SYS_getrlimit, SYS_setrlimit, SYS_getrusage, SYS_uname, SYS_sysinfo,
    SYS_getrandom, SYS_capget, SYS_capset, SYS_exit, SYS_exit_group, SYS_restart_syscall,
    /* its own signals */
    SYS_rt_sigaction, SYS_rt_sigprocmask, SYS_rt_sigpending, SYS_rt_sigsuspend, SYS_rt_sigtimedwait, SYS_rt_sigreturn,
    SYS_sigaltstack,
    /* sockets that are open already; none can be made that reaches anybody (see rules) */
    SYS_sendto, SYS_sendmsg, SYS_sendmmsg, SYS_recvfrom, SYS_recvmsg, SYS_recvmmsg, SYS_shutdown, SYS_getsockname,
    SYS_getpeername, SYS_getsockopt, SYS_setsockopt,
    /* confining itself further */
    SYS_landlock_create_ruleset, SYS_landlock_add_rule, SYS_landlock_restrict_self, SYS_seccomp,
#if defined(__x86_64__)
    SYS_stat, SYS_lstat, SYS_access, SYS_readlink, SYS_poll, SYS_select, SYS_epoll_create, SYS_epoll_wait, SYS_pipe,
    SYS_dup2, SYS_eventfd, SYS_signalfd, SYS_getdents, SYS_getpgrp, SYS_alarm, SYS_pause, SYS_time, SYS_arch_prctl,
#endif
};
const size_t sandbox_allowed_count = COUNT(sandbox_allowed);

/* Libraries try these and do without. */
const int16_t sandbox_refused[] = {
    SYS_io_uring_setup, SYS_io_uring_enter, SYS_io_uring_register, SYS_io_setup, SYS_io_submit, SYS_io_destroy,
    SYS_io_getevents, SYS_io_pgetevents, SYS_io_cancel, SYS_mbind, SYS_set_mempolicy, SYS_set_mempolicy_home_node,
    SYS_migrate_pages, SYS_move_pages, SYS_process_madvise, SYS_process_mrelease, SYS_add_key, SYS_keyctl,
    SYS_request_key, SYS_syslog, SYS_shmget, SYS_shmat, SYS_shmctl, SYS_shmdt, SYS_semget, SYS_semop, SYS_semctl,
    SYS_semtimedop, SYS_msgget, SYS_msgsnd, SYS_msgrcv, SYS_msgctl, SYS_mq_open, SYS_mq_unlink, SYS_vhangup,
    SYS_memfd_secret, NUMBER_CACHESTAT, SYS_name_to_handle_at,
};
const size_t sandbox_refused_count = COUNT(sandbox_refused);

/* Their flags are behind a pointer, where a filter cannot look. */
const int16_t sandbox_absent[] = {SYS_clone3, SYS_openat2};
const size_t sandbox_absent_count = COUNT(sandbox_absent);

/* Other sessions, users and groups, and what watches or stops the system: no business of code that runs no programs. */
const int16_t sandbox_programs_only[] = {
    SYS_setsid, SYS_setpgid, SYS_pidfd_open, SYS_inotify_init1, SYS_inotify_add_watch, SYS_inotify_rm_watch,
    SYS_setuid, SYS_setgid, SYS_setreuid, SYS_setregid, SYS_setresuid, SYS_setresgid, SYS_setfsuid, SYS_setfsgid,
    SYS_setgroups, SYS_sync, SYS_syncfs,
#if defined(__x86_64__)
    SYS_inotify_init,
#endif
};
const size_t sandbox_programs_only_count = COUNT(sandbox_programs_only);

/* ---------------------------------------------------------------- by arguments */

#define IS(ARGUMENT, VALUE) {ARGUMENT, 0, ~0u, (uint32_t)(VALUE)}
#define IS_WITHIN(ARGUMENT, MASK, VALUE) {ARGUMENT, 0, (uint32_t)(MASK), (uint32_t)(VALUE)}
#define HAS_ANY(ARGUMENT, MASK) {ARGUMENT, 1, (uint32_t)(MASK), 0}
#define NO_TEST {0, 0, 0, 0}

#define IF(CALL, TEST, VERDICT) {SYS_##CALL, VERDICT, TEST, NO_TEST}
#define IF_BOTH(CALL, FIRST, SECOND, VERDICT) {SYS_##CALL, VERDICT, FIRST, SECOND}
#define ELSE(CALL, VERDICT) {SYS_##CALL, VERDICT, NO_TEST, NO_TEST}

#define OTHER_NAMESPACES \
  (CLONE_NEWTIME | CLONE_NEWCGROUP | CLONE_NEWUTS | CLONE_NEWIPC | CLONE_NEWUSER | CLONE_NEWNET)
#define WRITE_FLAGS (O_ACCMODE | O_CREAT | O_TRUNC)
#define MAKES_A_FILE (O_CREAT | (O_TMPFILE & ~O_DIRECTORY)) /* else open has no argument for the mode */
#define LENDS_IDENTITY (S_ISUID | S_ISGID)
#define SOCKET_TYPE 15
#define NETLINK_OF_ROUTES 0
#define ONE_PROCESS 1 /* ioprio_set */
#define KEEP_PERSONALITY 0xffffffffu
#define FILE_FLAGS_GET 0x80086601u       /* FS_IOC_GETFLAGS */
#define FILE_ATTRIBUTES_GET 0x801c581fu  /* FS_IOC_FSGETXATTR */
#define CLONE_CONTENT 0x40049409u        /* FICLONE: needs a descriptor that writes */
#define CLONE_RANGE 0x4020940du          /* FICLONERANGE */

const struct rule sandbox_rules[] = {
    /* Opening. A handle that only names opens nothing. A file that lends its owner's identity nobody makes. Without an access
     * mode for writing nothing has to be truncated; where Landlock could not tell, it cannot be. */
    IF(openat, HAS_ANY(2, O_PATH), ALLOWED),
    IF_BOTH(openat, HAS_ANY(2, MAKES_A_FILE), HAS_ANY(3, LENDS_IDENTITY), NEVER),
    IF(openat, IS_WITHIN(2, O_ACCMODE | O_TRUNC, O_TRUNC), TRUNCATING),
    IF(openat, HAS_ANY(2, WRITE_FLAGS), WRITING),
    ELSE(openat, READING),
    IF(mknodat, HAS_ANY(2, LENDS_IDENTITY), NEVER), ELSE(mknodat, WRITING),

    /* A thread is allowed, a process is STARTING. Of namespaces only those for PIDs and mounts, which the worker gives
     * its calls; nothing can be mounted there by who is in a layer. */
    IF(clone, HAS_ANY(0, OTHER_NAMESPACES), NEVER),
    IF(clone, HAS_ANY(0, CLONE_NEWNS), BEARING),
    IF(clone, HAS_ANY(0, CLONE_THREAD), ALLOWED),
    IF(clone, HAS_ANY(0, CLONE_PARENT | CLONE_NEWPID), BEARING),
    ELSE(clone, STARTING),

    /* Sockets. Libc knocks at Unix sockets by itself (name services, the system log): refused in silence. A pair of
     * stream sockets reaches nobody else; of datagram sockets it would, by naming another address when sending. What a
     * call may open must not leave it: so that no socket leads out of it, none is made before there is a call. */
    IF(socket, IS(0, AF_UNIX), REFUSED),
    IF(socket, IS(0, AF_INET), CONNECTING),
    IF(socket, IS(0, AF_INET6), CONNECTING),
    IF_BOTH(socket, IS(0, AF_NETLINK), IS(2, NETLINK_OF_ROUTES), CONNECTING),
    ELSE(socket, NEVER),
    IF_BOTH(socketpair, IS(0, AF_UNIX), IS_WITHIN(1, SOCKET_TYPE, SOCK_STREAM), PAIRING),
    IF_BOTH(socketpair, IS(0, AF_UNIX), IS_WITHIN(1, SOCKET_TYPE, SOCK_SEQPACKET), PAIRING),
    ELSE(socketpair, REFUSED),

    /* A descriptor. Leases stop other writers for a minute; an owner gets signals. */
    IF(fcntl, IS(1, F_DUPFD), ALLOWED), IF(fcntl, IS(1, F_DUPFD_CLOEXEC), ALLOWED),
    IF(fcntl, IS(1, F_GETFD), ALLOWED), IF(fcntl, IS(1, F_SETFD), ALLOWED), IF(fcntl, IS(1, F_GETFL), ALLOWED),
    IF(fcntl, IS(1, F_SETFL), ALLOWED), IF(fcntl, IS(1, F_GETLK), ALLOWED), IF(fcntl, IS(1, F_SETLK), ALLOWED),
    IF(fcntl, IS(1, F_SETLKW), ALLOWED), IF(fcntl, IS(1, F_OFD_GETLK), ALLOWED),
    IF(fcntl, IS(1, F_OFD_SETLK), ALLOWED), IF(fcntl, IS(1, F_OFD_SETLKW), ALLOWED),
    IF(fcntl, IS(1, F_GETOWN), ALLOWED), IF(fcntl, IS(1, F_GETPIPE_SZ), ALLOWED),
    IF(fcntl, IS(1, F_SETPIPE_SZ), ALLOWED), IF(fcntl, IS(1, F_ADD_SEALS), ALLOWED),
    IF(fcntl, IS(1, F_GET_SEALS), ALLOWED),
    ELSE(fcntl, REFUSED),

    /* What ioctl can ask of any file; the terminals' for programs. The rest would be another hundred ways to write. */
    IF(ioctl, IS(1, TCGETS), ALLOWED), IF(ioctl, IS(1, TIOCGWINSZ), ALLOWED), IF(ioctl, IS(1, FIONREAD), ALLOWED),
    IF(ioctl, IS(1, FIONBIO), ALLOWED), IF(ioctl, IS(1, FIOCLEX), ALLOWED), IF(ioctl, IS(1, FIONCLEX), ALLOWED),
    IF(ioctl, IS(1, FILE_FLAGS_GET), ALLOWED), IF(ioctl, IS(1, FILE_ATTRIBUTES_GET), ALLOWED),
    IF(ioctl, IS(1, CLONE_CONTENT), ALLOWED), IF(ioctl, IS(1, CLONE_RANGE), ALLOWED),
    IF(ioctl, IS(1, TIOCGPGRP), PROGRAMS_ONLY), IF(ioctl, IS(1, TIOCSPGRP), PROGRAMS_ONLY),
    IF(ioctl, IS(1, TCSETS), PROGRAMS_ONLY), IF(ioctl, IS(1, TCSETSW), PROGRAMS_ONLY),
    IF(ioctl, IS(1, TCSETSF), PROGRAMS_ONLY), IF(ioctl, IS(1, TIOCSWINSZ), PROGRAMS_ONLY),
    ELSE(ioctl, INAPPROPRIATE),

    /* Itself, not others. */
    IF(prlimit64, IS(0, 0), ALLOWED), ELSE(prlimit64, ITSELF),
    IF_BOTH(setpriority, IS(0, PRIO_PROCESS), IS(1, 0), ALLOWED), ELSE(setpriority, REFUSED),
    IF_BOTH(ioprio_set, IS(0, ONE_PROCESS), IS(1, 0), ALLOWED), ELSE(ioprio_set, REFUSED),
    IF(sched_setaffinity, IS(0, 0), ALLOWED), ELSE(sched_setaffinity, REFUSED),
    IF(sched_setscheduler, IS(0, 0), ALLOWED), ELSE(sched_setscheduler, REFUSED),
    IF(sched_setparam, IS(0, 0), ALLOWED), ELSE(sched_setparam, REFUSED),
    IF(sched_setattr, IS(0, 0), ALLOWED), ELSE(sched_setattr, REFUSED),
    IF(personality, IS(0, KEEP_PERSONALITY), ALLOWED), IF(personality, IS(0, 0), ALLOWED),
    ELSE(personality, REFUSED),
    /* Undumpable, the host could not read which path is meant. */
    IF(prctl, IS(0, PR_SET_DUMPABLE), REFUSED), IF(prctl, IS(0, PR_SET_PTRACER), REFUSED),
    IF(prctl, IS(0, PR_SET_MM), REFUSED), IF(prctl, IS(0, 62 /* PR_SCHED_CORE */), REFUSED),
    ELSE(prctl, ALLOWED),
#if defined(__x86_64__)
    IF(open, HAS_ANY(1, O_PATH), ALLOWED),
    IF_BOTH(open, HAS_ANY(1, MAKES_A_FILE), HAS_ANY(2, LENDS_IDENTITY), NEVER),
    IF(open, IS_WITHIN(1, O_ACCMODE | O_TRUNC, O_TRUNC), TRUNCATING),
    IF(open, HAS_ANY(1, WRITE_FLAGS), WRITING),
    ELSE(open, READING),
    IF(creat, HAS_ANY(1, LENDS_IDENTITY), NEVER), ELSE(creat, WRITING),
    IF(mknod, HAS_ANY(1, LENDS_IDENTITY), NEVER), ELSE(mknod, WRITING),
#endif
};
const size_t sandbox_rule_count = COUNT(sandbox_rules);
