/* Each mechanism by itself, proved by an attempt. Versions and files in /proc are not believed. */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "kernel.h"
#include "probes.h"

static int outcome(long result) { return result < 0 ? errno : 0; }

/* ---------------------------------------------------------------- attempts */

int probe_write_file(const struct place *place) { return outcome(open(place->file, O_WRONLY | O_CLOEXEC)); }
static int read_file(const struct place *place) { return outcome(open(place->file, O_RDONLY | O_CLOEXEC)); }
int probe_create_file(const struct place *place) { return outcome(open(place->twin, O_WRONLY | O_CREAT, 0600)); }
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

static int landlock_with(const struct place *place, uint32_t held, const char *version, sandbox_report *report) {
  return landlock(place, report) == 0 ? probe_requires(report, held, version) : -1;
}
static int landlock_3(const struct place *place, sandbox_report *report) {
  return landlock_with(place, SANDBOX_HELD_TRUNCATE, "Landlock's version 3 (Linux 6.2)", report);
}
static int landlock_4(const struct place *place, sandbox_report *report) {
  return landlock_with(place, SANDBOX_HELD_TCP, "Landlock's version 4 (Linux 6.7)", report);
}
static int landlock_6(const struct place *place, sandbox_report *report) {
  return landlock_with(place, SANDBOX_HELD_SIGNALS, "Landlock's version 6 (Linux 6.12)", report);
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
    return sandbox_failed(report, "the kernel does not count root's processes");
  }
  return sandbox_set_limits(&(sandbox_limits){.processes = 1}, report);
}
static int no_capabilities(const struct place *place, sandbox_report *report) {
  (void)place;
  return sandbox_drop_capabilities(1, report);
}

static int user_space(const struct place *place, sandbox_report *report) {
  return probe_spaces(SANDBOX_HELD_USER, report) == 0 ? no_capabilities(place, report) : -1;
}
static int net_space(const struct place *place, sandbox_report *report) {
  (void)place;
  return probe_spaces(SANDBOX_HELD_NET, report);
}

/* ---------------------------------------------------------------- the table */

static const char everybody[] = "every worker", programs[] = "tools that run programs", depth[] = "defence in depth";

static const char landlock_help[] =
    "use a newer kernel (5.13 has Landlock), with landlock in its lsm= list; a container must allow its calls";
static const char seccomp_help[] =
    "use a kernel with seccomp filters; a container whose own filter has a listener allows no second one";
static const char limits_help[] = "let the process lower its own limits: a container must allow prlimit";
static const char processes_help[] = "run as an ordinary user";
static const char capabilities_help[] = "let the process give up capabilities: a container must allow capset";
static const char spaces_help[] =
    "allow user namespaces (user.max_user_namespaces, kernel.apparmor_restrict_unprivileged_userns); in a container "
    "that is decided outside";

static const struct probe {
  const char *name, *needed, *help, *tried;
  int is_required, expected; /* expected: the errno that proves it */
  confinement confine;
  attempt try_it;
  struct trial (*by_itself)(const struct place *); /* instead of the two */
} probes[];

static const struct probe probes[] = {
    {"Landlock: reading", everybody, landlock_help, "opening a file for reading", 1, EACCES, landlock, read_file, NULL},
    {"Landlock: writing", everybody, landlock_help, "opening a file for writing", 1, EACCES, landlock, probe_write_file, NULL},
    {"Landlock: making", everybody, landlock_help, "making a file", 1, EACCES, landlock, probe_create_file, NULL},
    {"Landlock: truncating", depth, landlock_help, "truncating a file by name", 0, EACCES, landlock_3, truncate_file, NULL},
    {"Landlock: TCP", depth, landlock_help, "binding a port", 0, EACCES, landlock_4, bind_port, NULL},
    {"Landlock: signals", depth, landlock_help, "signalling a process outside", 0, EPERM, landlock_6, signal_prober, NULL},
    {"seccomp: system calls", everybody, seccomp_help, "making a Unix socket", 1, EPERM, filter, open_unix_socket, NULL},
    {"seccomp: process groups", everybody, seccomp_help, "leaving the process group", 1, EPERM, filter, leave_the_group, NULL},
    {"seccomp: notices", everybody, seccomp_help, "writing, with the prober told of it", 0, EACCES, NULL, probe_write_file,
     probe_be_told},
    {"limits: descriptors", everybody, limits_help, "opening 64 descriptors under a limit of 32", 1, EMFILE, few_descriptors,
     open_many, NULL},
    {"limits: processes", programs, processes_help, "starting a process under a limit of 1", 0, EAGAIN, few_processes, start_process,
     NULL},
    {"capabilities", everybody, capabilities_help, "changing the root directory", 1, EPERM, no_capabilities, change_root, NULL},
    {"namespaces: user", depth, spaces_help, "changing the root directory in one", 0, EPERM, user_space, change_root, NULL},
    {"namespaces: PID", programs, spaces_help, "outliving process 1 in a session of its own", 0, ESRCH, NULL, start_process,
     probe_end_a_namespace},
    {"namespaces: mount", depth, spaces_help, "making a file that others see", 0, ENOENT, NULL, probe_create_file,
     probe_make_a_file_out_of_sight},
    {"namespaces: network", depth, spaces_help, "connecting to a port outside", 0, ENETUNREACH, net_space, connect_to_prober, NULL},
};

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

sandbox_finding sandbox_probe(size_t index, const char *directory) {
  const struct probe *probe = &probes[index];
  sandbox_finding finding = {.name = probe->name, .needed = probe->needed, .help = probe->help, .is_required = probe->is_required};
  struct place place = {.directory = directory, .prober = getpid()};
  snprintf(place.file, sizeof place.file, "%s/file", directory);
  snprintf(place.twin, sizeof place.twin, "%s/twin", directory);
  const int file = open(place.file, O_WRONLY | O_CREAT | O_CLOEXEC, 0600), listener = listen_somewhere(&place);
  const struct trial free = trial_run(&place, NULL, probe->try_it);
  unlink(place.twin);
  const struct trial confined =
      probe->by_itself != NULL ? probe->by_itself(&place) : trial_run(&place, probe->confine, probe->try_it);
  judge(probe, &free, &confined, &finding);
  unlink(place.twin);
  unlink(place.file);
  if (file >= 0) close(file);
  if (listener >= 0) close(listener);
  return finding;
}
