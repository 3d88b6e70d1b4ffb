/* An older kernel, as far as Landlock goes: a process above us answers when we ask for its version. It has notices of
 * its own on us for that, so that we can have none: that too is as it would be inside some containers. */
#define _GNU_SOURCE
#include <errno.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <poll.h>
#include <signal.h>
#include <stddef.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "driver.h"

static int listen_for_landlock(void) {
  struct sock_filter code[] = {
      BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
      BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_landlock_create_ruleset, 0, 1),
      BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_USER_NOTIF),
      BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
  };
  const struct sock_fprog program = {sizeof code / sizeof *code, code};
  if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0) return -1;
  return (int)syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, SECCOMP_FILTER_FLAG_NEW_LISTENER, &program);
}

/* Version 0: there is no Landlock. A ruleset that is really asked for is the kernel's business. */
static void answer(int listener, int version) {
  struct seccomp_notif asked;
  memset(&asked, 0, sizeof asked);
  if (ioctl(listener, SECCOMP_IOCTL_NOTIF_RECV, &asked) != 0) return;
  struct seccomp_notif_resp given = {.id = asked.id};
  const int asks_version = asked.data.args[0] == 0 && asked.data.args[2] == 1;
  if (version == 0) given.error = -EOPNOTSUPP;
  else if (asks_version) given.val = version;
  else given.flags = SECCOMP_USER_NOTIF_FLAG_CONTINUE;
  ioctl(listener, SECCOMP_IOCTL_NOTIF_SEND, &given);
}

void live_on_older_kernel(int version) {
  int *number = mmap(NULL, sizeof *number, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  int ready[2], taken[2];
  char byte;
  if (number == MAP_FAILED || pipe(ready) != 0 || pipe(taken) != 0) give_up("an older kernel");
  const pid_t child = fork();
  if (child == 0) {
    *number = listen_for_landlock();
    if (*number < 0 || write(ready[1], "x", 1) != 1) give_up("notices about Landlock");
    /* What it becomes next may close the listener. */
    if (read(taken[0], &byte, 1) != 1) give_up("an older kernel");
    close(ready[0]), close(ready[1]), close(taken[0]), close(taken[1]);
    return; /* lives on below */
  }
  close(ready[1]), close(taken[0]);
  if (child < 0 || read(ready[0], &byte, 1) != 1) give_up("an older kernel");
  const int process = (int)syscall(SYS_pidfd_open, child, 0);
  const int listener = (int)syscall(SYS_pidfd_getfd, process, *number, 0);
  if (listener < 0 || write(taken[1], "x", 1) != 1) give_up("taking the listener");
  struct pollfd look = {listener, POLLIN, 0};
  while (poll(&look, 1, -1) >= 0 && !(look.revents & POLLHUP)) answer(listener, version);
  int status;
  waitpid(child, &status, 0);
  _exit(WIFEXITED(status) ? WEXITSTATUS(status) : 128);
}
