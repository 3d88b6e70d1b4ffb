/* Hearing where nobody speaks: while a process lives that attempts nothing, and when it is gone. */
#define _GNU_SOURCE
#include <errno.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "driver.h"

static _Noreturn void be_silent(int ready) {
  const sandbox_base base = {.grants = 0};
  prctl(PR_SET_PDEATHSIG, SIGKILL); /* who reads what we print waits for us too */
  sandbox_report report;
  sandbox_report_clear(&report);
  if (sandbox_enter_base(&base, &report) != 0) _exit(100);
  if (write(ready, &report.listener, sizeof report.listener) != sizeof report.listener) _exit(101);
  for (;;) pause();
}

static void print_heard(int listener) {
  static sandbox_notice notice;
  printf("%s\n", sandbox_notice_receive(listener, &notice) == 0 ? "heard" : strerrorname_np(errno));
  fflush(stdout);
}

int hear_nobody(void) {
  int ready[2], listener;
  if (pipe(ready) != 0) give_up("a pipe");
  /* It shares our descriptors, so that the listener is ours too. */
  const pid_t child = (pid_t)syscall(SYS_clone, CLONE_FILES | SIGCHLD, 0, 0, 0, 0);
  if (child == 0) be_silent(ready[1]);
  if (child < 0 || read(ready[0], &listener, sizeof listener) != sizeof listener) give_up("a silent process");
  alarm(60); /* who waits here, waits for ever */
  print_heard(listener);
  kill(child, SIGKILL);
  if (waitpid(child, NULL, 0) != child) give_up("waitpid");
  print_heard(listener);
  return 0;
}
