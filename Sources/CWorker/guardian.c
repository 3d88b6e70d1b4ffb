/* Keeps account of a worker's processes, for a host that believes it because no plugin ever ran in it. */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "directories.h"
#include "keepsakes.h"
#include "wire.h"
#include "worker.h"

typedef struct {
  pid_t pid;
  uint64_t ticket;
  iw_directory directory; /* its private one */
} child;

static struct {
  bool has_namespace;
  pid_t zygote;
  int births;   /* where the zygote tells them */
  int deaths;   /* a signalfd */
  int children; /* the kernel's list of ours, where there is no namespace; -1 = not to be had */
  child known[IW_CHILDREN_MAX];
  size_t count;
  int expected; /* births that were announced */
} guardian;

static bool hear_of_birth(void);

/* If nobody hears it, the end of the control socket says so too. */
static void tell_with(const iw_news *news, int descriptor) {
  const struct iovec part = {(void *)news, sizeof *news};
  iw_send_parts(IW_CONTROL_DESCRIPTOR, &part, 1, descriptor);
}

static void tell(uint32_t kind, uint64_t ticket, pid_t pid, int32_t detail) {
  tell_with(&(iw_news){.kind = kind, .pid = pid, .detail = detail, .ticket = ticket}, -1);
}

static bool is_known(pid_t pid) {
  if (pid == guardian.zygote) return true;
  for (size_t i = 0; i < guardian.count; i++) {
    if (guardian.known[i].pid == pid) return true;
  }
  return false;
}

/* ---- strangers: descendants of a call that outlived it, and came to us. Where there is a namespace, it ends them. */

/* Long enough for a zygote that is not up to anything; for one that is, no longer than the host waits for us. */
enum { BIRTH_MILLISECONDS = 1000 };

static int64_t milliseconds(void) {
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

/* A child that we do not know may be one of which we have not heard yet; but it was announced before it was there. */
static bool is_stranger(pid_t pid, int64_t until) {
  for (unsigned i = 0; i < IW_CHILDREN_MAX && hear_of_birth(); i++) {
  }
  while (guardian.expected > 0 && !is_known(pid)) {
    const int64_t left = until - milliseconds();
    struct pollfd look = {guardian.births, POLLIN, 0};
    if (left <= 0 || poll(&look, 1, (int)left) <= 0 || !hear_of_birth()) break;
  }
  return !is_known(pid);
}

/* The numbers of our children, each with a space behind it; the kernel gives a page at a time. */
static const char *list_children(void) {
  static char list[12 * (2 * IW_CHILDREN_MAX)];
  size_t size = 0;
  ssize_t more = guardian.children < 0 ? 0 : 1;
  while (more > 0 && size < sizeof list - 1) {
    more = pread(guardian.children, list + size, sizeof list - 1 - size, (off_t)size);
    size += more > 0 ? (size_t)more : 0;
  }
  list[size] = 0;
  return list;
}

static bool is_child(pid_t pid) {
  siginfo_t info;
  return waitid(P_PID, (id_t)pid, &info, WEXITED | WNOHANG | WNOWAIT) == 0;
}

/* Kills our children that nobody asked for, and waits for them. Their own children come to us then. */
static bool end_some_strangers(int64_t until) {
  bool found = false;
  char *end;
  for (const char *at = list_children();; at = end) {
    const pid_t pid = (pid_t)strtol(at, &end, 10);
    /* The last number may be cut off; it is found the next time. */
    if (end == at || *end == 0) return found;
    /* Where the list has changed between two of its pages, a number may be put together from two. */
    if (is_known(pid) || !is_child(pid) || !is_stranger(pid, until)) continue;
    kill(pid, SIGKILL);
    waitpid(pid, NULL, 0);
    found = true;
  }
}

static void end_strangers(void) {
  const int64_t until = milliseconds() + BIRTH_MILLISECONDS;
  while (end_some_strangers(until)) {
  }
}

/* Nothing more is told of births, whoever has a copy of the other end. */
static void stop_hearing_of_births(void) {
  if (guardian.births >= 0) close(guardian.births);
  guardian.births = -1;
  guardian.expected = 0;
}

/* It may be dying already: how it ended is told in any case. */
static void end_zygote(void) {
  int status;
  const pid_t zygote = guardian.zygote;
  if (zygote == 0) return;
  kill(zygote, SIGKILL);
  if (waitpid(zygote, &status, 0) == zygote) tell(IW_NEWS_OVER, 0, zygote, status);
  guardian.zygote = 0;
}

/* When this returns nobody is left who could write what is kept for them. Our own end would take everybody in the namespace
 * along, but only after it has closed what we keep. */
static void end_everybody(void) {
  if (guardian.has_namespace && getpid() == 1) {
    kill(-1, SIGKILL);
    while (waitpid(-1, NULL, 0) > 0 || errno == EINTR) {
    }
    return;
  }
  for (size_t i = 0; i < guardian.count; i++) kill(guardian.known[i].pid, SIGKILL);
  guardian.count = 0;
  end_strangers();
  while (waitpid(-1, NULL, 0) > 0 || errno == EINTR) end_strangers();
}

static noreturn void end_everything(void) {
  end_zygote();
  stop_hearing_of_births();
  end_everybody();
  iw_directories_end();
  _exit(0);
}

/* ---- what the host says */

static bool is_alive(uint64_t ticket) {
  for (size_t i = 0; i < guardian.count; i++) {
    if (guardian.known[i].ticket == ticket) return true;
  }
  return false;
}

static void keep(const iw_keepsake *word, int descriptor) {
  if (!iw_keep(word->ticket, descriptor, word->kind == IW_KEEP)) end_everything();
}

/* False if there is nothing to hear. The end of the socket is the host's end, or its word that all is over. */
static bool hear_host(void) {
  iw_keepsake word;
  int descriptor;
  const ssize_t size = iw_receive_packet(IW_CONTROL_DESCRIPTOR, &word, sizeof word, &descriptor);
  if (size < 0 && (errno == EAGAIN || errno == EINTR)) return false;
  if (size != sizeof word) end_everything();
  switch (word.kind) {
    case IW_KEEP:
      if (is_alive(word.ticket)) keep(&word, descriptor);
      else close(descriptor);
      return true;
    case IW_KEEP_ON: keep(&word, descriptor); return true;
    case IW_LET_GO: iw_let_go(word.ticket, false); return true;
    default: end_everything();
  }
}

static void hear_all_of_host(void) {
  while (hear_host()) {
  }
}

/* ---- births */

static void born(uint32_t kind, const child *child) {
  int descriptor = (int)syscall(SYS_pidfd_open, child->pid, 0);
  if (descriptor < 0) end_everything();
  iw_news news = {.kind = kind, .pid = child->pid, .ticket = child->ticket};
  memcpy(news.directory, child->directory.name, sizeof news.directory);
  tell_with(&news, descriptor);
  close(descriptor);
}

/* The zygote runs a plugin's code and may say anything: only a child of ours that we did not know is taken. */
static bool is_new_child(int64_t pid) {
  return pid > 1 && pid <= INT32_MAX && !is_known((pid_t)pid) && is_child((pid_t)pid);
}

/* False if there was nothing to hear. */
static bool hear_of_birth(void) {
  iw_birth birth;
  ssize_t size = guardian.births < 0 ? 0 : recv(guardian.births, &birth, sizeof birth, MSG_DONTWAIT);
  if (size < 0 && (errno == EAGAIN || errno == EINTR)) return false;
  if (size != 0 && size != sizeof birth) end_everything();
  /* Of one that lives it could have us say that it has ended, and let go what is kept for it. */
  if (size != 0 && is_alive(birth.ticket)) end_everything();
  if (size == 0) {
    stop_hearing_of_births(); /* the zygote ends; we will hear of its death */
  } else if (birth.pid == 0) {
    guardian.expected += guardian.expected < (int)IW_CHILDREN_MAX;
  } else if (guardian.expected == 0 || guardian.count == IW_CHILDREN_MAX || !is_new_child(birth.pid)) {
    guardian.expected -= guardian.expected > 0;
    tell(IW_NEWS_ENDED, birth.ticket, 0, -1);
  } else {
    guardian.expected--;
    child *child = &guardian.known[guardian.count++];
    child->pid = (pid_t)birth.pid;
    child->ticket = birth.ticket;
    switch (iw_directory_give(child->pid, &child->directory)) {
      case IW_GIVEN: born(IW_NEWS_BORN, child); break;
      /* The others do not notice: its end is told as any. */
      case IW_NOT_GIVEN: kill(child->pid, SIGKILL); break;
      case IW_LOST: end_everything();
    }
  }
  return size != 0;
}

/* ---- deaths */

static void bury(pid_t pid, int status) {
  if (pid == guardian.zygote) {
    guardian.zygote = 0;
    tell(IW_NEWS_OVER, 0, pid, status);
    end_everything();
  }
  for (size_t i = 0; i < guardian.count; i++) {
    if (guardian.known[i].pid != pid) continue;
    child child = guardian.known[i];
    guardian.known[i] = guardian.known[--guardian.count];
    if (!guardian.has_namespace) end_strangers();
    iw_let_go(child.ticket, true);
    tell(IW_NEWS_ENDED, child.ticket, pid, status);
    iw_directory_remove(&child.directory);
    return;
  }
}

static void hear_of_deaths(void) {
  struct signalfd_siginfo signals[8];
  ssize_t size = read(guardian.deaths, signals, sizeof signals);
  (void)size; /* one signal may stand for many deaths */
  int status;
  pid_t pid;
  /* What was to be kept for the dead is heard before. */
  while (hear_all_of_host(), (pid = waitpid(-1, &status, WNOHANG)) > 0) bury(pid, status);
}

/* ---- */

static void make_zygote(const iw_start *start, const sandbox_report *report, const sigset_t *child_signal) {
  int ends[2];
  if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends) != 0) _exit(1);
  guardian.zygote = (pid_t)iw_clone(0);
  if (guardian.zygote < 0) _exit(1);
  if (guardian.zygote == 0) {
    close(IW_CONTROL_DESCRIPTOR);
    close(ends[0]);
    close(guardian.deaths);
    iw_directories_forget();
    if (guardian.children >= 0) close(guardian.children);
    prctl(PR_SET_PDEATHSIG, SIGKILL); /* the guardian has one thread, so this means its end */
    sigprocmask(SIG_UNBLOCK, child_signal, NULL);
    iw_be_zygote(start, report, ends[1]);
  }
  close(ends[1]);
  close(IW_CHANNEL_DESCRIPTOR);
  guardian.births = ends[0];
}

/* One for each call that runs. What the zygote may have was set by then. */
static void raise_descriptors(void) {
  struct rlimit limit;
  if (getrlimit(RLIMIT_NOFILE, &limit) != 0) return;
  limit.rlim_cur = limit.rlim_max;
  setrlimit(RLIMIT_NOFILE, &limit);
}

noreturn void iw_guard(const iw_start *start, const sandbox_report *report) {
  guardian.has_namespace = (report->held & SANDBOX_HELD_PID) != 0;
  iw_directories_begin(&start->scratch, report->held);
  guardian.children = -1;
  if (!guardian.has_namespace) {
    char list[64];
    snprintf(list, sizeof list, "/proc/self/task/%d/children", getpid());
    guardian.children = open(list, O_RDONLY | O_CLOEXEC);
    prctl(PR_SET_CHILD_SUBREAPER, 1);
  }
  sigset_t child_signal;
  sigemptyset(&child_signal);
  sigaddset(&child_signal, SIGCHLD);
  sigprocmask(SIG_BLOCK, &child_signal, NULL);
  guardian.deaths = signalfd(-1, &child_signal, SFD_CLOEXEC | SFD_NONBLOCK);
  if (guardian.deaths < 0) _exit(1);
  make_zygote(start, report, &child_signal);
  raise_descriptors();
  prctl(PR_SET_DUMPABLE, 0); /* nobody of the same user may look into it, or take it over */
  born(IW_NEWS_ZYGOTE, &(child){.pid = guardian.zygote});
  for (;;) {
    struct pollfd look[] = {
        {IW_CONTROL_DESCRIPTOR, POLLIN, 0}, {guardian.births, POLLIN, 0}, {guardian.deaths, POLLIN, 0}};
    if (poll(look, 3, iw_directories_tidy() ? 0 : -1) < 0) continue;
    if (look[0].revents != 0) hear_all_of_host();
    if (look[1].revents != 0) hear_of_birth();
    if (look[2].revents != 0) hear_of_deaths();
  }
}
