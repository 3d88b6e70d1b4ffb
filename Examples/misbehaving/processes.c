/* Other processes, other namespaces, other parts of the kernel. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <unistd.h>

#include "attempts.h"

/* ---------------------------------------------------------------- before any call
 *
 * A constructor runs when the library is loaded: before init, before a call, before any claim. It writes beside the
 * library. What came of it is told when a call asks. */
static int constructor_result = MISSING;

__attribute__((constructor)) static void write_when_loaded(void) {
  Dl_info self;
  char path[1100];
  if (dladdr((void *)write_when_loaded, &self) == 0) return;
  snprintf(path, sizeof path, "%s", self.dli_fname);
  char *slash = strrchr(path, '/');
  if (slash == NULL) return;
  snprintf(slash, sizeof path - (size_t)(slash - path), "/the-constructor-was-here");
  const int file = open(path, O_WRONLY | O_CREAT, 0644);
  constructor_result = outcome(file);
  if (file >= 0) close(file), unlink(path);
}

static int from_the_constructor(const struct scene *s) {
  (void)s;
  return constructor_result;
}

/* ---------------------------------------------------------------- what was left lying about */

/* A descriptor that somebody forgot to close is a way past every rule about paths. */
static int use_a_forgotten_descriptor(const struct scene *s) {
  (void)s;
  for (int descriptor = 3; descriptor < 1024; descriptor++) {
    struct stat status;
    const int flags = fcntl(descriptor, F_GETFL);
    if (flags < 0 || (flags & O_ACCMODE) == O_RDONLY || (flags & O_PATH)) continue;
    if (fstat(descriptor, &status) == 0 && S_ISREG(status.st_mode)) return outcome(pwrite(descriptor, "evil", 4, 0));
  }
  return EBADF;
}

static int read_a_secret_of_the_environment(const struct scene *s) {
  (void)s;
  return getenv("INTERLOCK_MISBEHAVING_SECRET") != NULL ? 0 : ENOENT;
}

/* ---------------------------------------------------------------- processes */

static int fork_a_process(const struct scene *s) {
  (void)s;
  const pid_t child = fork();
  if (child == 0) _exit(0);
  if (child < 0) return errno;
  return outcome(waitpid(child, NULL, 0));
}

/* Twice forked and in a session of its own: nobody waits for it, and it outlives the call. */
static int outlive_the_call(const struct scene *s) {
  const pid_t child = fork();
  if (child < 0) return errno;
  if (child == 0) {
    if (setsid() < 0 || fork() != 0) _exit(0);
    usleep(20000);
    const int file = open(in(s->outside, "afterlife.txt"), O_WRONLY | O_CREAT, 0644);
    _exit(file < 0);
  }
  waitpid(child, NULL, 0);
  usleep(100000);
  return outcome(access(in(s->outside, "afterlife.txt"), F_OK));
}

static int run_a_program(const struct scene *s) {
  (void)s;
  pid_t child;
  char *arguments[] = {"true", NULL}, *environment[] = {NULL};
  const int error = posix_spawn(&child, "/bin/true", NULL, NULL, arguments, environment);
  if (error != 0) return error;
  return outcome(waitpid(child, NULL, 0));
}

/* A program that was never a file. */
static int run_from_memory(const struct scene *s) {
  (void)s;
  static const char script[] = "#!/bin/true\n";
  const int memory = (int)syscall(SYS_memfd_create, "script", 0);
  if (memory < 0 || write(memory, script, sizeof script - 1) < 0) return errno;
  const pid_t child = vfork();
  if (child < 0) return errno;
  if (child == 0) {
    char *arguments[] = {"true", NULL}, *environment[] = {NULL};
    fexecve(memory, arguments, environment);
    _exit(127);
  }
  int status;
  waitpid(child, &status, 0);
  return WIFEXITED(status) && WEXITSTATUS(status) == 0 ? 0 : EACCES;
}

static int become_another_program(const struct scene *s) {
  char *arguments[] = {"no-such-program", NULL}, *environment[] = {NULL};
  execve(in(s->outside, "no-such-program"), arguments, environment);
  return errno == ENOENT ? 0 : errno; /* it would have, had there been one */
}

/* ---------------------------------------------------------------- the host */

/* SIGURG: nobody minds it, and sending it needs the same leave as SIGKILL. */
static int signal_the_host(const struct scene *s) { return outcome(kill(s->host, SIGURG)); }
static int signal_a_thread_of_the_host(const struct scene *s) {
  return outcome(syscall(SYS_tgkill, s->host, s->host, SIGURG));
}
/* Signal 0 hurts nobody, and needs the same leave as any other. */
static int signal_everybody(const struct scene *s) { return (void)s, outcome(kill(-1, 0)); }
static int signal_its_group(const struct scene *s) { return (void)s, outcome(kill(0, 0)); }

/* The kernel sends the signal for us, when something can be read. */
static int have_the_host_signalled(const struct scene *s) {
  int ends[2];
  if (pipe(ends) != 0) return errno;
  return outcome(fcntl(ends[0], F_SETOWN, s->host));
}

static int trace_the_host(const struct scene *s) { return outcome(ptrace(PTRACE_SEIZE, s->host, 0, 0)); }

static int read_the_hosts_memory(const struct scene *s) {
  char byte;
  const struct iovec to = {&byte, 1}, from = {(void *)s, 1};
  const int result = outcome(process_vm_readv(s->host, &to, 1, &from, 1, 0));
  return result == EFAULT ? 0 : result; /* nothing there, but we were let in */
}
static int write_the_hosts_memory(const struct scene *s) {
  char byte = 0;
  const struct iovec from = {&byte, 1}, to = {(void *)8, 1};
  const int result = outcome(process_vm_writev(s->host, &from, 1, &to, 1, 0));
  return result == EFAULT ? 0 : result;
}
static int read_the_hosts_environment(const struct scene *s) {
  char path[64], byte;
  snprintf(path, sizeof path, "/proc/%d/environ", s->host);
  const int file = open(path, O_RDONLY);
  return file < 0 ? errno : outcome(read(file, &byte, 1));
}
static int open_the_hosts_memory(const struct scene *s) {
  char path[64];
  snprintf(path, sizeof path, "/proc/%d/mem", s->host);
  return outcome(open(path, O_RDWR));
}
static int take_a_descriptor_of_the_host(const struct scene *s) {
  const int process = (int)syscall(SYS_pidfd_open, s->host, 0);
  if (process < 0) return errno;
  return outcome(syscall(SYS_pidfd_getfd, process, 0, 0));
}
static int limit_the_host(const struct scene *s) {
  struct rlimit limit;
  if (prlimit(s->host, RLIMIT_NOFILE, NULL, &limit) != 0) return errno;
  return outcome(prlimit(s->host, RLIMIT_NOFILE, &limit, NULL));
}
static int slow_the_host_down(const struct scene *s) {
  return outcome(setpriority(PRIO_PROCESS, (id_t)s->host, getpriority(PRIO_PROCESS, (id_t)s->host)));
}
static int pin_the_host(const struct scene *s) {
  cpu_set_t processors;
  if (sched_getaffinity(s->host, sizeof processors, &processors) != 0) return errno;
  return outcome(sched_setaffinity(s->host, sizeof processors, &processors));
}

/* ---------------------------------------------------------------- the kernel */

static int mount_over(const struct scene *s) {
  if (unshare(CLONE_NEWUSER | CLONE_NEWNS) != 0) return errno;
  return outcome(mount(s->outside, s->directory, NULL, MS_BIND, NULL));
}
static int new_root(const struct scene *s) {
  if (unshare(CLONE_NEWUSER) != 0) return errno;
  return outcome(chroot(s->outside));
}
static int write_by_ring(const struct scene *s) {
  (void)s;
  char parameters[256] = {0};
  const int result = outcome(syscall(SYS_io_uring_setup, 1, parameters));
  return result == ENOSYS ? MISSING : result;
}
static int handle_faults(const struct scene *s) {
  (void)s;
  return outcome(syscall(SYS_userfaultfd, 1 /* only its own */));
}
static int keep_a_key(const struct scene *s) {
  (void)s;
  const int process_ring = -2;
  const int result = outcome(syscall(SYS_add_key, "user", "interlock-misbehaving", "x", 1, process_ring));
  return result == ENOSYS ? MISSING : result;
}
static int share_memory_by_number(const struct scene *s) {
  (void)s;
  const long id = syscall(SYS_shmget, 0 /* private */, 4096, 01600);
  if (id >= 0) syscall(SYS_shmctl, id, 0 /* remove it */, 0);
  return errno == ENOSYS && id < 0 ? MISSING : outcome(id);
}
static int see_with_old_eyes(const struct scene *s) {
  (void)s;
  return outcome(syscall(SYS_personality, 0x0040000 /* addresses without randomness */));
}

static const struct attempt all[] = {
    {"constructor", "write when the library is loaded, before any call", "write", 0, from_the_constructor},
    {"forgotten_descriptor", "write through an inherited descriptor", "", 1, use_a_forgotten_descriptor},
    {"environment", "find a secret of the host's environment", "", 0, read_a_secret_of_the_environment},
    {"fork", "start a process", "start a process", 0, fork_a_process},
    {"outlive", "fork twice, start a session, act after the call's end", "start a process", 1, outlive_the_call},
    {"run_program", "posix_spawn /bin/true", "start a process", 0, run_a_program},
    {"run_from_memory", "run a program from a memory file", "start a process", 0, run_from_memory},
    {"exec", "become another program", "run a program", 0, become_another_program},
    {"signal_host", "kill(host)", "signal a process", 0, signal_the_host},
    {"signal_host_thread", "tgkill(host)", "", 0, signal_a_thread_of_the_host},
    {"signal_everybody", "kill(-1)", "signal a process", 0, signal_everybody},
    {"signal_group", "kill(0): whoever was started with it", "signal a process", 0, signal_its_group},
    {"signal_by_owner", "F_SETOWN: have the kernel signal the host", "", 0, have_the_host_signalled},
    {"trace_host", "ptrace the host", "touch another process", 0, trace_the_host},
    {"read_host_memory", "process_vm_readv on the host", "touch another process", 0, read_the_hosts_memory},
    {"write_host_memory", "process_vm_writev on the host", "touch another process", 0, write_the_hosts_memory},
    {"read_host_environment", "open /proc/HOST/environ", "", 0, read_the_hosts_environment},
    {"open_host_memory", "open /proc/HOST/mem for writing", "write", 0, open_the_hosts_memory},
    {"take_host_descriptor", "pidfd_getfd: copy a descriptor of the host", "", 0, take_a_descriptor_of_the_host},
    {"limit_host", "prlimit on the host", "touch another process", 0, limit_the_host},
    {"slow_host", "setpriority on the host", "", 0, slow_the_host_down},
    {"pin_host", "sched_setaffinity on the host", "", 0, pin_the_host},
    {"mount", "new namespaces, and a mount over the claimed directory", "change the system", 0, mount_over},
    {"chroot", "a new namespace, and a new root", "change the system", 0, new_root},
    {"io_uring", "ask for a ring, which opens and writes without system calls", "", 0, write_by_ring},
    {"userfaultfd", "handle page faults by itself", "change the system", 0, handle_faults},
    {"keyring", "keep a key in the kernel", "", 0, keep_a_key},
    {"shmget", "share memory by number", "", 0, share_memory_by_number},
    {"personality", "switch off address randomness", "", 0, see_with_old_eyes},
};
const struct attempts process_attempts = {"processes", all, sizeof all / sizeof *all};
