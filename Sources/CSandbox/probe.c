/* Each mechanism by itself, proved by an attempt. Versions and files in /proc are not believed. */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "kernel.h"
#include "trial.h"

static int outcome(long result) { return result < 0 ? errno : 0; }

/* ---------------------------------------------------------------- attempts */

static int write_file(const struct place *place) { return outcome(open(place->file, O_WRONLY | O_CLOEXEC)); }
static int read_file(const struct place *place) { return outcome(open(place->file, O_RDONLY | O_CLOEXEC)); }
static int create_file(const struct place *place) { return outcome(open(place->twin, O_WRONLY | O_CREAT, 0600)); }
static int truncate_file(const struct place *place) { return outcome(truncate(place->file, 0)); }
static int open_unix_socket(const struct place *place) { return (void)place, outcome(socket(AF_UNIX, SOCK_STREAM, 0)); }
static int leave_the_group(const struct place *place) { return (void)place, outcome(setsid()); }
static int bind_port(const struct place *place) {
  (void)place;
  const struct sockaddr_in any = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
  return outcome(bind(socket(AF_INET, SOCK_STREAM, 0), (const struct sockaddr *)&any, sizeof any));
}
static int connect_to_prober(const struct place *place) {
  const struct sockaddr_in prober = {.sin_family = AF_INET,
                                     .sin_port = htons((uint16_t)place->port),
                                     .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
  return outcome(connect(socket(AF_INET, SOCK_STREAM, 0), (const struct sockaddr *)&prober, sizeof prober));
}
static int signal_prober(const struct place *place) { return outcome(kill(place->prober, 0)); }
static int open_many(const struct place *place) {
  (void)place;
  for (int i = 0; i < 64; i++)
    if (dup(0) < 0 && errno == EMFILE) return EMFILE;
  return 0;
}
static int start_process(const struct place *place) {
  (void)place;
  const pid_t child = fork();
  if (child == 0) _exit(0);
  return child < 0 ? errno : outcome(waitpid(child, NULL, 0));
}
static int change_root(const struct place *place) { return outcome(chroot(place->directory)); }

/* ---------------------------------------------------------------- confinements */

static int landlock(const struct place *place, sandbox_report *report) {
  (void)place;
  const struct landlock_wish nothing = {.paths = NULL};
  return sandbox_no_new_privileges(report) == 0 ? sandbox_restrict_files(&nothing, report) : -1;
}

static int requires(sandbox_report *report, uint32_t held, const char *what) {
  if (report->held & held) return 0;
  errno = ENOSYS;
  return sandbox_failed(report, what);
}
static int landlock_3(const struct place *place, sandbox_report *report) {
  return landlock(place, report) == 0 ? requires(report, SANDBOX_HELD_TRUNCATE, "Landlock's version 3 (Linux 6.2)") : -1;
}
static int landlock_4(const struct place *place, sandbox_report *report) {
  return landlock(place, report) == 0 ? requires(report, SANDBOX_HELD_TCP, "Landlock's version 4 (Linux 6.7)") : -1;
}
static int landlock_6(const struct place *place, sandbox_report *report) {
  return landlock(place, report) == 0 ? requires(report, SANDBOX_HELD_SIGNALS, "Landlock's version 6 (Linux 6.12)") : -1;
}

static int filter(const struct place *place, sandbox_report *report) {
  (void)place;
  const sandbox_base base = {.grants = 0};
  if (sandbox_no_new_privileges(report) != 0 || sandbox_filter_base(&base, report) != 0) return -1;
  if (report->listener >= 0) close(report->listener);
  return 0;
}

static int few_descriptors(const struct place *place, sandbox_report *report) {
  (void)place;
  return sandbox_set_limits(&(sandbox_limits){.descriptors = 32}, report);
}
static int few_processes(const struct place *place, sandbox_report *report) {
  (void)place;
  if (geteuid() == 0) {
    errno = EPERM;
    return sandbox_failed(report, "the kernel does not count root's processes; a control group does");
  }
  return sandbox_set_limits(&(sandbox_limits){.processes = 1}, report);
}
static int no_capabilities(const struct place *place, sandbox_report *report) {
  (void)place;
  return sandbox_drop_capabilities(1, report);
}

static int spaces(uint32_t wanted, sandbox_report *report) {
  const sandbox_base base = {.namespaces = wanted | SANDBOX_HELD_USER};
  if (sandbox_unshare(&base, report) != 0) return -1;
  if ((report->held & wanted) == wanted) return 0;
  errno = EPERM;
  return sandbox_failed(report, "the kernel does not give it to this user");
}
static int user_space(const struct place *place, sandbox_report *report) {
  return spaces(SANDBOX_HELD_USER, report) == 0 ? no_capabilities(place, report) : -1;
}
static int net_space(const struct place *place, sandbox_report *report) {
  (void)place;
  return spaces(SANDBOX_HELD_NET, report);
}
static int mount_space(const struct place *place, sandbox_report *report) {
  if (spaces(SANDBOX_HELD_MOUNT, report) != 0) return -1;
  const sandbox_base base = {.scratch = place->directory, .scratch_bytes = 1 << 20};
  if (sandbox_mount(&base, report) != 0) return -1;
  return requires(report, SANDBOX_HELD_SCRATCH, "a file system in memory");
}

/* ---------------------------------------------------------------- probes that need more than one child
 *
 * Each gives the errno that proves it. */

static struct trial make_a_file_out_of_sight(const struct place *place) {
  struct trial trial = trial_run(place, mount_space, create_file);
  struct stat status;
  if (trial.could_confine && trial.error == 0) trial.error = outcome(stat(place->twin, &status));
  return trial;
}

/* A process that was forked twice and has a session of its own must end with process 1 of its namespace. The pipe tells: it
 * has an end when nobody has it open any more. */
static _Noreturn void be_process_1(int alive) {
  if (fork() == 0 && setsid() > 0 && fork() == 0) {
    const ssize_t written = write(alive, "x", 1);
    (void)written;
    for (;;) pause();
  }
  for (;;) pause();
}

static struct trial end_a_namespace(const struct place *place) {
  (void)place;
  struct trial trial = {.could_confine = 1};
  int alive[2];
  if (pipe(alive) != 0) return (struct trial){.error = errno, .words = "a pipe"};
  const pid_t outer = fork();
  if (outer == 0) {
    sandbox_report report;
    if (spaces(SANDBOX_HELD_PID, &report) != 0) _exit(report.error != 0 ? report.error : EPERM);
    const pid_t first = fork();
    if (first == 0) be_process_1(alive[1]);
    close(alive[1]);
    char byte;
    const int is_up = first > 0 && read(alive[0], &byte, 1) == 1; /* the grandchild is there */
    if (first > 0) kill(first, SIGKILL), waitpid(first, NULL, 0);
    _exit(is_up ? 0 : ECHILD);
  }
  close(alive[1]);
  int status = 0;
  if (outer < 0 || waitpid(outer, &status, 0) != outer || !WIFEXITED(status)) status = ECHILD << 8;
  struct pollfd look = {alive[0], POLLIN, 0};
  if (WEXITSTATUS(status) != 0) {
    trial = (struct trial){.error = WEXITSTATUS(status), .words = "a PID namespace"};
  } else {
    /* Its end comes with the namespace's; a minute without is a process that lives on. */
    trial.error = poll(&look, 1, 60000) == 1 && (look.revents & POLLHUP) ? ESRCH : 0;
  }
  close(alive[0]);
  return trial;
}

static _Noreturn void write_under_notices(int socket_, const struct place *place) {
  sandbox_report report;
  sandbox_report_clear(&report);
  const sandbox_base base = {.grants = 0};
  if (sandbox_no_new_privileges(&report) != 0 || sandbox_filter_base(&base, &report) != 0) _exit(report.error);
  if (report.listener < 0) _exit(EBUSY);
  const int number = report.listener;
  if (write(socket_, &number, sizeof number) != sizeof number) _exit(EPIPE);
  _exit(write_file(place) == EACCES ? 0 : EPROTO);
}

/* The listener is taken over by pidfd where it was made, so that this probe needs no message with a descriptor. */
static int take_listener(pid_t child, int number) {
  const int process = (int)syscall(SYS_pidfd_open, child, 0);
  const int listener = process < 0 ? -1 : (int)syscall(SYS_pidfd_getfd, process, number, 0);
  if (process >= 0) close(process);
  return listener;
}

static struct trial be_told(const struct place *place) {
  int ends[2];
  if (socketpair(AF_UNIX, SOCK_STREAM, 0, ends) != 0) return (struct trial){.error = errno, .words = "a socket"};
  const pid_t child = fork();
  if (child == 0) {
    close(ends[0]);
    write_under_notices(ends[1], place);
  }
  close(ends[1]);
  struct trial trial = {.could_confine = 1};
  static sandbox_notice notice; /* large; one probe at a time */
  int number = -1;
  if (child > 0 && read(ends[0], &number, sizeof number) == sizeof number) {
    const int listener = take_listener(child, number);
    struct pollfd look = {listener, POLLIN, 0};
    if (listener >= 0 && poll(&look, 1, 60000) == 1 && sandbox_notice_receive(listener, &notice) == 0 &&
        strcmp(notice.path, place->file) == 0 && sandbox_notice_refuse(listener, &notice) == 0)
      trial.error = EACCES;
    if (listener < 0) trial = (struct trial){.error = errno, .words = "looking into a child"};
    if (listener >= 0) close(listener);
  }
  close(ends[0]);
  int status = 0;
  if (child > 0) kill(child, number < 0 ? 0 : SIGKILL), waitpid(child, &status, 0);
  if (number < 0) trial = (struct trial){.error = WEXITSTATUS(status), .words = "notices"};
  return trial;
}

/* ---------------------------------------------------------------- the table */

static const char everybody[] = "every worker", programs[] = "tools that run programs", depth[] = "defence in depth";

static const struct probe {
  const char *name, *needed, *tried;
  int is_required, expected; /* expected: the errno that proves it */
  confinement confine;
  attempt try_it;
  struct trial (*by_itself)(const struct place *); /* instead of the two */
} probes[];

static const struct probe probes[] = {
    {"Landlock: reading", everybody, "opening a file for reading", 1, EACCES, landlock, read_file, NULL},
    {"Landlock: writing", everybody, "opening a file for writing", 1, EACCES, landlock, write_file, NULL},
    {"Landlock: making", everybody, "making a file", 1, EACCES, landlock, create_file, NULL},
    {"Landlock: truncating", depth, "truncating a file by name", 0, EACCES, landlock_3, truncate_file, NULL},
    {"Landlock: TCP", depth, "binding a port", 0, EACCES, landlock_4, bind_port, NULL},
    {"Landlock: signals", depth, "signalling a process outside", 0, EPERM, landlock_6, signal_prober, NULL},
    {"seccomp: system calls", everybody, "making a Unix socket", 1, EPERM, filter, open_unix_socket, NULL},
    {"seccomp: process groups", everybody, "leaving the process group", 1, EPERM, filter, leave_the_group, NULL},
    {"seccomp: notices", everybody, "writing, with the prober told of it", 0, EACCES, NULL, write_file, be_told},
    {"limits: descriptors", everybody, "opening 64 descriptors under a limit of 32", 1, EMFILE, few_descriptors,
     open_many, NULL},
    {"limits: processes", programs, "starting a process under a limit of 1", 0, EAGAIN, few_processes, start_process,
     NULL},
    {"capabilities", everybody, "changing the root directory", 1, EPERM, no_capabilities, change_root, NULL},
    {"namespaces: user", depth, "changing the root directory in one", 0, EPERM, user_space, change_root, NULL},
    {"namespaces: PID", programs, "outliving process 1 in a session of its own", 0, ESRCH, NULL, start_process,
     end_a_namespace},
    {"namespaces: mount", depth, "making a file that others see", 0, ENOENT, NULL, create_file,
     make_a_file_out_of_sight},
    {"namespaces: network", depth, "connecting to a port outside", 0, ENETUNREACH, net_space, connect_to_prober, NULL},
};

#define COUNT(ARRAY) (sizeof(ARRAY) / sizeof *(ARRAY))

size_t sandbox_probe_count(void) { return COUNT(probes); }

static int listen_somewhere(struct place *place) {
  struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
  socklen_t size = sizeof address;
  const int listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (listener >= 0 && bind(listener, (struct sockaddr *)&address, size) == 0 && listen(listener, 8) == 0 &&
      getsockname(listener, (struct sockaddr *)&address, &size) == 0)
    place->port = ntohs(address.sin_port);
  return listener;
}

static void judge(const struct probe *probe, const struct trial *free, const struct trial *confined,
                  sandbox_finding *finding) {
  const char *const error = strerrordesc_np(confined->error);
  finding->error = confined->error;
  finding->result = SANDBOX_PROBE_OK;
  if (!confined->could_confine) {
    finding->result = SANDBOX_PROBE_MISSING;
    snprintf(finding->words, sizeof finding->words, "%.*s", (int)sizeof finding->words - 1, confined->words);
  } else if (free->error != 0 && !(probe->try_it == change_root && geteuid() != 0)) { /* only root could */
    finding->result = SANDBOX_PROBE_MISSING;
    finding->error = free->error;
    snprintf(finding->words, sizeof finding->words, "%s fails even unconfined (%s), so nothing is proved",
             probe->tried, strerrordesc_np(free->error));
  } else if (confined->error != probe->expected) {
    finding->result = SANDBOX_PROBE_BROKEN;
    snprintf(finding->words, sizeof finding->words, "%s: %s", probe->tried, confined->error == 0 ? "done" : error);
  } else {
    snprintf(finding->words, sizeof finding->words, "%s: %s", probe->tried, error);
  }
}

void sandbox_probe(size_t index, const char *directory, sandbox_finding *finding) {
  const struct probe *probe = &probes[index];
  *finding = (sandbox_finding){.name = probe->name, .needed = probe->needed, .is_required = probe->is_required};
  struct place place = {.directory = directory, .prober = getpid()};
  snprintf(place.file, sizeof place.file, "%s/file", directory);
  snprintf(place.twin, sizeof place.twin, "%s/twin", directory);
  const int file = open(place.file, O_WRONLY | O_CREAT | O_CLOEXEC, 0600), listener = listen_somewhere(&place);
  const struct trial free = trial_run(&place, NULL, probe->try_it);
  unlink(place.twin);
  const struct trial confined =
      probe->by_itself != NULL ? probe->by_itself(&place) : trial_run(&place, probe->confine, probe->try_it);
  judge(probe, &free, &confined, finding);
  unlink(place.twin);
  unlink(place.file);
  if (file >= 0) close(file);
  if (listener >= 0) close(listener);
}
