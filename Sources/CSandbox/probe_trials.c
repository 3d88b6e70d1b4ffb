/* The probes that need more than one child. Each gives the errno that proves it. */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "kernel.h"
#include "probes.h"

static int outcome(long result) { return result < 0 ? errno : 0; }

int probe_requires(sandbox_report *report, uint32_t held, const char *what) {
  if (report->held & held) return 0;
  errno = ENOSYS;
  return sandbox_failed(report, what);
}

int probe_spaces(uint32_t wanted, sandbox_report *report) {
  const sandbox_base base = {.namespaces = wanted | SANDBOX_HELD_USER};
  if (sandbox_unshare(&base, report) != 0) return -1;
  if ((report->held & wanted) == wanted) return 0;
  errno = EPERM;
  return sandbox_failed(report, "the kernel does not give it to this user");
}

static int mount_space(const struct place *place, sandbox_report *report) {
  if (probe_spaces(SANDBOX_HELD_MOUNT, report) != 0) return -1;
  sandbox_scratch scratch = {open(place->directory, O_PATH | O_DIRECTORY | O_CLOEXEC), place->directory, 1 << 20, 0};
  if (scratch.descriptor < 0 || sandbox_mount(&scratch, report) != 0) return -1;
  return probe_requires(report, SANDBOX_HELD_SCRATCH, "a file system in memory");
}

struct trial probe_make_a_file_out_of_sight(const struct place *place) {
  struct trial trial = trial_run(place, mount_space, probe_create_file);
  struct stat status;
  if (trial.could_confine && trial.error == 0) trial.error = outcome(stat(place->twin, &status));
  return trial;
}

/* A process that was forked twice and has a session of its own must end with process 1 of its namespace. The pipe
 * tells: it has an end when nobody has it open any more. */
static _Noreturn void be_process_1(int alive) {
  if (fork() == 0 && setsid() > 0 && fork() == 0) {
    const ssize_t written = write(alive, "x", 1);
    (void)written;
    for (;;) pause();
  }
  for (;;) pause();
}

struct trial probe_end_a_namespace(const struct place *place) {
  (void)place;
  struct trial trial = {.could_confine = 1};
  int alive[2];
  if (pipe(alive) != 0) return (struct trial){.error = errno, .words = "a pipe"};
  const pid_t outer = fork();
  if (outer == 0) {
    sandbox_report report;
    if (probe_spaces(SANDBOX_HELD_PID, &report) != 0) _exit(report.error != 0 ? report.error : EPERM);
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
  _exit(probe_write_file(place) == EACCES ? 0 : EPROTO);
}

/* The listener is taken over by pidfd where it was made, so that this probe needs no message with a descriptor. */
static int take_listener(pid_t child, int number) {
  const int process = (int)syscall(SYS_pidfd_open, child, 0);
  const int listener = process < 0 ? -1 : (int)syscall(SYS_pidfd_getfd, process, number, 0);
  if (process >= 0) close(process);
  return listener;
}

struct trial probe_be_told(const struct place *place) {
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
        strcmp(notice.path, place->file) == 0 && sandbox_notice_answer(listener, &notice, EACCES) == 0)
      trial.error = EACCES;
    if (listener < 0) trial = (struct trial){.error = errno, .words = "looking into a child"};
    if (listener >= 0) close(listener);
  }
  close(ends[0]);
  int status = 0;
  if (child > 0 && trial.error != EACCES && number >= 0) kill(child, SIGKILL); /* it waits for an answer */
  if (child > 0) waitpid(child, &status, 0);
  if (number < 0) trial = (struct trial){.error = WEXITSTATUS(status), .words = "notices"};
  else if (trial.error == EACCES && status != 0) trial.error = 0; /* refused, and yet it wrote */
  return trial;
}
