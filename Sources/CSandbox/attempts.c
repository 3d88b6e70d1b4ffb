/* The system calls that the host is told of: what each attempts, and in which arguments its paths stand. */
#define _GNU_SOURCE
#include <fcntl.h>

#include "kernel.h"
#include "rules.h"
#include "sandbox.h"

#define PATH(OPERATION, PLACE) SANDBOX_OPERATION_##OPERATION, 0, PLACE, 0, 0
#define PATH_AT(OPERATION, DIRECTORY, PLACE) SANDBOX_OPERATION_##OPERATION, DIRECTORY, PLACE, 0, 0
#define DESCRIPTOR(OPERATION, PLACE) SANDBOX_OPERATION_##OPERATION, PLACE, 0, 0, 0
#define PATHS(OPERATION, PLACE, OTHER) SANDBOX_OPERATION_##OPERATION, 0, PLACE, 0, OTHER
#define PATHS_AT(OPERATION, DIRECTORY, PLACE, OTHER_DIRECTORY, OTHER) \
  SANDBOX_OPERATION_##OPERATION, DIRECTORY, PLACE, OTHER_DIRECTORY, OTHER
#define NO_PATH(OPERATION) SANDBOX_OPERATION_##OPERATION, 0, 0, 0, 0

#define TOLD(CALL, VERDICT, ...) {SYS_##CALL, VERDICT, __VA_ARGS__, .name = #CALL}
#define TOLD_NEW(CALL, NAME, VERDICT, ...) {NUMBER_##CALL, VERDICT, __VA_ARGS__, .name = NAME}

const struct attempt sandbox_attempts[] = {
    /* What directories have, and what files contain: the host does it, or Landlock decides. */
    TOLD(openat, DEPENDS, PATH_AT(WRITE, 1, 2), .flags = 3, .mode = 4),
    TOLD(truncate, TRUNCATING, PATH(TRUNCATE, 1)),
    TOLD(unlinkat, WRITING, PATH_AT(REMOVE, 1, 2), .flags = 3),
    TOLD(renameat2, WRITING, PATHS_AT(RENAME, 1, 2, 3, 4), .flags = 5),
    TOLD(linkat, WRITING, PATHS_AT(LINK, 1, 2, 3, 4), .flags = 5),
    TOLD(symlinkat, WRITING, PATHS_AT(SYMLINK, 2, 3, 0, 1)),
    TOLD(mkdirat, WRITING, PATH_AT(DIRECTORY, 1, 2), .mode = 3),
    TOLD(mknodat, DEPENDS, PATH_AT(NODE, 1, 2), .mode = 3),

    /* What files are like: Landlock does not see it. */
    TOLD(fchmod, MENDING, DESCRIPTOR(MODE, 1), .value = 2),
    TOLD(fchmodat, MENDING, PATH_AT(MODE, 1, 2), .value = 3),
    TOLD_NEW(FCHMODAT2, "fchmodat2", MENDING, PATH_AT(MODE, 1, 2), .flags = 4, .value = 3),
    TOLD(fchown, MENDING, DESCRIPTOR(OWNER, 1), .value = 2),
    TOLD(fchownat, MENDING, PATH_AT(OWNER, 1, 2), .flags = 5, .value = 3),
    TOLD(utimensat, MENDING, PATH_AT(TIMES, 1, 2), .flags = 4),
    TOLD(setxattr, MENDING, PATH(ATTRIBUTE, 1)),
    TOLD(lsetxattr, MENDING, PATH(ATTRIBUTE, 1), .implied = AT_SYMLINK_NOFOLLOW),
    TOLD(fsetxattr, MENDING, DESCRIPTOR(ATTRIBUTE, 1)),
    TOLD_NEW(SETXATTRAT, "setxattrat", MENDING, PATH_AT(ATTRIBUTE, 1, 2), .flags = 3),
    TOLD(removexattr, MENDING, PATH(ATTRIBUTE, 1)),
    TOLD(lremovexattr, MENDING, PATH(ATTRIBUTE, 1), .implied = AT_SYMLINK_NOFOLLOW),
    TOLD(fremovexattr, MENDING, DESCRIPTOR(ATTRIBUTE, 1)),
    TOLD_NEW(REMOVEXATTRAT, "removexattrat", MENDING, PATH_AT(ATTRIBUTE, 1, 2), .flags = 3),
    TOLD_NEW(FILE_SETATTR, "file_setattr", MENDING, PATH_AT(ATTRIBUTE, 1, 2), .flags = 5),

    /* Programs, processes, sockets, signals: by grant. */
    TOLD(execve, RUNNING, PATH(PROGRAM, 1)),
    TOLD(execveat, RUNNING, PATH_AT(PROGRAM, 1, 2), .flags = 5),
    TOLD(clone, DEPENDS, NO_PATH(PROCESS)),
    TOLD(socket, DEPENDS, NO_PATH(SOCKET)),
    TOLD(socketpair, DEPENDS, NO_PATH(SOCKET)),
    TOLD(connect, CONNECTING, NO_PATH(SOCKET)),
    TOLD(bind, CONNECTING, NO_PATH(SOCKET)),
    TOLD(listen, CONNECTING, NO_PATH(SOCKET)),
    TOLD(accept, CONNECTING, NO_PATH(SOCKET)),
    TOLD(accept4, CONNECTING, NO_PATH(SOCKET)),
    TOLD(kill, SIGNALLING, NO_PATH(SIGNAL)),
    TOLD(rt_sigqueueinfo, SIGNALLING, NO_PATH(SIGNAL)),
    TOLD(pidfd_send_signal, SIGNALLING, NO_PATH(SIGNAL)),
    TOLD(tgkill, SIGNALLING_A_THREAD, NO_PATH(SIGNAL)),
    TOLD(tkill, SIGNALLING_A_THREAD, NO_PATH(SIGNAL)),
    TOLD(rt_tgsigqueueinfo, SIGNALLING_A_THREAD, NO_PATH(SIGNAL)),

    /* Other processes. */
    TOLD(ptrace, NEVER, NO_PATH(INTRUDE)),
    TOLD(process_vm_readv, ITSELF, NO_PATH(INTRUDE)),
    TOLD(process_vm_writev, ITSELF, NO_PATH(INTRUDE)),
    TOLD(pidfd_getfd, NEVER, NO_PATH(INTRUDE)),
    TOLD(kcmp, NEVER, NO_PATH(INTRUDE)),
    TOLD(prlimit64, DEPENDS, NO_PATH(INTRUDE)),

    /* The system. */
    TOLD(mount, NEVER, NO_PATH(SYSTEM)),
    TOLD(umount2, NEVER, NO_PATH(SYSTEM)),
    TOLD(pivot_root, NEVER, NO_PATH(SYSTEM)),
    TOLD(chroot, NEVER, NO_PATH(SYSTEM)),
    TOLD(open_tree, NEVER, NO_PATH(SYSTEM)),
    TOLD_NEW(OPEN_TREE_ATTR, "open_tree_attr", NEVER, NO_PATH(SYSTEM)),
    TOLD(move_mount, NEVER, NO_PATH(SYSTEM)),
    TOLD(mount_setattr, NEVER, NO_PATH(SYSTEM)),
    TOLD(fsopen, NEVER, NO_PATH(SYSTEM)),
    TOLD(fsconfig, NEVER, NO_PATH(SYSTEM)),
    TOLD(fsmount, NEVER, NO_PATH(SYSTEM)),
    TOLD(fspick, NEVER, NO_PATH(SYSTEM)),
    TOLD(unshare, NEVER, NO_PATH(SYSTEM)),
    TOLD(setns, NEVER, NO_PATH(SYSTEM)),
    TOLD(bpf, NEVER, NO_PATH(SYSTEM)),
    TOLD(perf_event_open, NEVER, NO_PATH(SYSTEM)),
    TOLD(userfaultfd, NEVER, NO_PATH(SYSTEM)),
    TOLD(open_by_handle_at, NEVER, NO_PATH(SYSTEM)),
    TOLD(fanotify_init, NEVER, NO_PATH(SYSTEM)),
    TOLD(quotactl, NEVER, NO_PATH(SYSTEM)),
    TOLD(quotactl_fd, NEVER, NO_PATH(SYSTEM)),
    TOLD(swapon, NEVER, NO_PATH(SYSTEM)),
    TOLD(swapoff, NEVER, NO_PATH(SYSTEM)),
    TOLD(reboot, NEVER, NO_PATH(SYSTEM)),
    TOLD(kexec_load, NEVER, NO_PATH(SYSTEM)),
    TOLD(init_module, NEVER, NO_PATH(SYSTEM)),
    TOLD(finit_module, NEVER, NO_PATH(SYSTEM)),
    TOLD(delete_module, NEVER, NO_PATH(SYSTEM)),
    TOLD(acct, NEVER, NO_PATH(SYSTEM)),
    TOLD(settimeofday, NEVER, NO_PATH(SYSTEM)),
    TOLD(clock_settime, NEVER, NO_PATH(SYSTEM)),
    TOLD(adjtimex, NEVER, NO_PATH(SYSTEM)),
    TOLD(clock_adjtime, NEVER, NO_PATH(SYSTEM)),
    TOLD(sethostname, NEVER, NO_PATH(SYSTEM)),
    TOLD(setdomainname, NEVER, NO_PATH(SYSTEM)),

#if defined(SYS_renameat)
    TOLD(renameat, WRITING, PATHS_AT(RENAME, 1, 2, 3, 4)),
#endif
#if defined(__x86_64__)
    TOLD(open, DEPENDS, PATH(WRITE, 1), .flags = 2, .mode = 3),
    TOLD(creat, DEPENDS, PATH(WRITE, 1), .mode = 2, .implied = O_CREAT | O_WRONLY | O_TRUNC),
    TOLD(unlink, WRITING, PATH(REMOVE, 1)),
    TOLD(rmdir, WRITING, PATH(REMOVE, 1), .implied = AT_REMOVEDIR),
    TOLD(rename, WRITING, PATHS(RENAME, 1, 2)),
    TOLD(link, WRITING, PATHS(LINK, 1, 2)),
    TOLD(symlink, WRITING, PATHS(SYMLINK, 2, 1)),
    TOLD(mkdir, WRITING, PATH(DIRECTORY, 1), .mode = 2),
    TOLD(mknod, DEPENDS, PATH(NODE, 1), .mode = 2),
    TOLD(chmod, MENDING, PATH(MODE, 1), .value = 2),
    TOLD(chown, MENDING, PATH(OWNER, 1), .value = 2),
    TOLD(lchown, MENDING, PATH(OWNER, 1), .value = 2, .implied = AT_SYMLINK_NOFOLLOW),
    TOLD(utime, MENDING, PATH(TIMES, 1)),
    TOLD(utimes, MENDING, PATH(TIMES, 1)),
    TOLD(futimesat, MENDING, PATH_AT(TIMES, 1, 2)),
    TOLD(fork, STARTING, NO_PATH(PROCESS)),
    TOLD(vfork, STARTING, NO_PATH(PROCESS)),
    TOLD(iopl, NEVER, NO_PATH(SYSTEM)),
    TOLD(ioperm, NEVER, NO_PATH(SYSTEM)),
    TOLD(modify_ldt, NEVER, NO_PATH(SYSTEM)),
#endif
};
const size_t sandbox_attempt_count = COUNT(sandbox_attempts);

const struct attempt *sandbox_attempt_of(int number) {
  for (size_t i = 0; i < sandbox_attempt_count; i++)
    if (sandbox_attempts[i].number == number) return &sandbox_attempts[i];
  return NULL;
}

static int holds(const struct test *test, const uint64_t *arguments) {
  if (test->mask == 0) return 1;
  const int is_value = ((uint32_t)arguments[test->argument] & test->mask) == test->value;
  return test->differs ? !is_value : is_value;
}

uint8_t sandbox_verdict_of(const struct attempt *attempt, const uint64_t *arguments) {
  if (attempt->verdict != DEPENDS) return attempt->verdict;
  for (size_t i = 0; i < sandbox_rule_count; i++) {
    const struct rule *rule = &sandbox_rules[i];
    if (rule->number == attempt->number && holds(&rule->first, arguments) && holds(&rule->second, arguments))
      return rule->verdict;
  }
  return NEVER;
}
