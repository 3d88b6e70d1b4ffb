/* The way in: a program that was started as a worker becomes one here, before anything else of it runs. */
#define _GNU_SOURCE
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "CWorker.h"
#include "wire.h"
#include "worker.h"

const char *const iw_executable = "/proc/self/exe";

static bool is_socket(int descriptor, int type) {
  int domain = 0, found = 0;
  socklen_t size = sizeof domain;
  if (getsockopt(descriptor, SOL_SOCKET, SO_DOMAIN, &domain, &size) != 0 || domain != AF_UNIX) return false;
  size = sizeof found;
  return getsockopt(descriptor, SOL_SOCKET, SO_TYPE, &found, &size) == 0 && found == type;
}

/* Of the environment only what names the language and the place of things. The host tells no more but for our own loader: it
 * would be an instruction to the loaders of programs too. */
static void scrub_environment(void) {
  static const char *const kept[] = {"PATH", "LANG", "LC_ALL", "TZ"};
  enum { KEPT = sizeof kept / sizeof kept[0] };
  char *values[KEPT];
  for (int i = 0; i < KEPT; i++) {
    const char *value = getenv(kept[i]);
    values[i] = value == NULL ? NULL : strdup(value);
  }
  clearenv(); /* an environment that stays NULL crashes Swift's runtime */
  setenv("PATH", "/usr/bin:/bin", 1);
  for (int i = 0; i < KEPT; i++) {
    if (values[i] != NULL) setenv(kept[i], values[i], 1);
    free(values[i]);
  }
}

/* NUL-terminated; NULL if there is no memory, or it has a NUL of its own. */
static const char *get_path(iw_cursor *cursor) {
  ilk_str bytes = iw_get_bytes(cursor);
  if (bytes.ptr == NULL || memchr(bytes.ptr, 0, bytes.len) != NULL) return NULL;
  return strndup(bytes.ptr, bytes.len);
}

static bool get_programs(iw_cursor *cursor, iw_start *start) {
  start->program_count = iw_get_u32(cursor);
  if (start->program_count > IW_PATHS_MAX) return false;
  start->programs = calloc(start->program_count + 1, sizeof *start->programs);
  if (start->programs == NULL) return false;
  for (uint32_t i = 0; i < start->program_count; i++) {
    start->programs[i] = get_path(cursor);
    if (start->programs[i] == NULL) return false;
  }
  return true;
}

static bool get_start(iw_cursor *cursor, iw_start *start) {
  uint32_t version = iw_get_u32(cursor);
  start->host_minor = iw_get_u32(cursor);
  start->grants = iw_get_u32(cursor);
  start->namespaces = iw_get_u8(cursor) != 0 ? SANDBOX_NAMESPACES : 0;
  for (int i = 0; i < IW_LIMITS; i++) start->limits[i] = iw_get_u64(cursor);
  start->plugin = get_path(cursor);
  const char *scratch = get_path(cursor);
  if (version != IW_VERSION || start->plugin == NULL || scratch == NULL) return false;
  start->scratch.path = scratch;
  start->scratch.bytes = iw_get_u64(cursor);
  start->scratch.places = iw_get_u32(cursor);
  return start->scratch.places <= IW_CHILDREN_MAX && get_programs(cursor, start) && !cursor->failed;
}

static bool read_start(iw_start *start) {
  iw_head head;
  int *scratch = &start->scratch.descriptor;
  if (!iw_receive_with(IW_CHANNEL_DESCRIPTOR, &head, sizeof head, scratch, 1) || *scratch < 0) return false;
  if (head.kind != IW_START || head.size > IW_TEXT_MAX) return false;
  unsigned char *body = malloc(head.size);
  if (body == NULL || !iw_receive(IW_CHANNEL_DESCRIPTOR, body, head.size)) return false;
  iw_cursor cursor = {body, body + head.size, false};
  bool done = get_start(&cursor, start);
  free(body);
  return done;
}

sandbox_base iw_base(const iw_start *start) {
  return (sandbox_base){
      .grants = start->grants,
      .namespaces = start->namespaces,
      .scratch = &start->scratch,
      .limits =
          {
              .memory_bytes = start->limits[IW_LIMIT_MEMORY],
              .file_bytes = start->limits[IW_LIMIT_FILE_SIZE],
              .cpu_seconds = start->limits[IW_LIMIT_CPU],
              .descriptors = (uint32_t)start->limits[IW_LIMIT_FILES],
              .processes = (uint32_t)start->limits[IW_LIMIT_PROCESSES],
          },
  };
}

bool iw_tell_confined(const sandbox_report *report) {
  iw_message message;
  iw_begin(&message, IW_CONFINED);
  iw_put_u32(&message, report->held);
  iw_put_u32(&message, (uint32_t)report->error);
  iw_put_bytes(&message, report->words, strlen(report->words));
  return iw_send_with(IW_CHANNEL_DESCRIPTOR, &message, report->listener);
}

static void hello(pid_t guardian) {
  iw_news news = {.kind = IW_NEWS_HELLO, .pid = guardian};
  if (send(IW_CONTROL_DESCRIPTOR, &news, sizeof news, MSG_NOSIGNAL) != sizeof news) _exit(1);
}

static noreturn void give_up(const sandbox_report *report) {
  iw_tell_confined(report);
  _exit(1);
}

static noreturn void guard(iw_start *start, sandbox_report *report) {
  if (sandbox_mount(&start->scratch, report) != 0) give_up(report);
  iw_guard(start, report);
}

static noreturn void be_worker(void) {
  sandbox_close_from(IW_CHANNEL_DESCRIPTOR + 1);
  for (int i = IW_CONTROL_DESCRIPTOR; i <= IW_CHANNEL_DESCRIPTOR; i++) fcntl(i, F_SETFD, FD_CLOEXEC);
  scrub_environment();
  prctl(PR_SET_NAME, IW_NAME);
  iw_start start;
  if (chdir("/") != 0 || !read_start(&start)) _exit(1);
  sandbox_base base = iw_base(&start);
  sandbox_report report;
  if (sandbox_unshare(&base, &report) != 0) give_up(&report);
  if (!(report.held & SANDBOX_HELD_PID)) {
    hello(0);
    guard(&start, &report);
  }
  /* The guardian is the host's own child, not ours: the host can wait for it. */
  long guardian = iw_clone(CLONE_PARENT);
  if (guardian == 0) guard(&start, &report);
  if (guardian < 0) _exit(1);
  hello((pid_t)guardian);
  _exit(0);
}

/* Before the constructors of this program; those of the libraries that it links have run. */
__attribute__((constructor(101))) static void begin(int count, char **arguments) {
  if (count != 1 || strcmp(arguments[0], IW_NAME) != 0) return;
  if (!is_socket(IW_CONTROL_DESCRIPTOR, SOCK_SEQPACKET) || !is_socket(IW_CHANNEL_DESCRIPTOR, SOCK_STREAM)) return;
  be_worker();
}

long iw_clone(unsigned long flags) {
  /* The C library keeps the thread's number in memory, and fork has the kernel write the child's there. */
  int *number = NULL;
  if (prctl(PR_GET_TID_ADDRESS, &number) == 0 && number != NULL) flags |= CLONE_CHILD_SETTID | CLONE_CHILD_CLEARTID;
  /* Where the last two arguments stand depends on the machine; the one of them that is not meant is not read. */
  return syscall(SYS_clone, flags | SIGCHLD, 0, 0, number, number);
}
