/* Gets a plugin ready once, and makes a process that is ready for each call. */
#define _GNU_SOURCE
#include <dirent.h>
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "CWorker.h"
#include "call.h"
#include "describe.h"
#include "services.h"
#include "wire.h"
#include "worker.h"

/* What the ABI promises is 1 MiB. */
enum { STACK = 8 << 20, REASON = 1024 };

static struct {
  int guardian;
  int threads; /* before there was a plugin */
  bool runs_in_threads;
  iw_served served;
} zygote;

static int thread_count(void) {
  struct stat status;
  return stat("/proc/self/task", &status) == 0 ? (int)status.st_nlink - 2 : 1;
}

/* ---- the base layer */

typedef struct {
  sandbox_path *all;
  uint32_t count, room;
} path_list;

static void add_path(path_list *list, int descriptor, uint32_t access) {
  if (list->count == list->room) {
    list->room = list->room == 0 ? 16 : 2 * list->room;
    list->all = realloc(list->all, list->room * sizeof *list->all);
    if (list->all == NULL) _exit(1);
  }
  list->all[list->count++] = (sandbox_path){descriptor, access};
}

static bool is_library(const char *name) {
  for (const char *at = name; (at = strstr(at, ".so")) != NULL; at += 3)
    if (at[3] == 0 || at[3] == '.') return true;
  return false;
}

bool iw_is_own(const char *plugin, const char *path) {
  const char *slash = strrchr(plugin, '/');
  const size_t directory = slash != NULL ? (size_t)(slash - plugin) + 1 : 0;
  if (strncmp(path, plugin, directory) != 0 || strchr(path + directory, '/') != NULL) return false;
  return strcmp(path, plugin) == 0 || is_library(path + directory);
}

/* The libraries beside the plugin, which it may be linked with. Links to others lead to them, or are not meant. */
static void add_libraries(path_list *list, const char *plugin) {
  char directory[PATH_MAX];
  snprintf(directory, sizeof directory, "%s", plugin);
  char *slash = strrchr(directory, '/');
  if (slash != NULL) slash[1] = 0;
  DIR *stream = opendir(directory);
  if (stream == NULL) return;
  for (const struct dirent *entry; (entry = readdir(stream)) != NULL;) {
    struct stat status;
    int library = is_library(entry->d_name) ? openat(dirfd(stream), entry->d_name, O_PATH | O_NOFOLLOW | O_CLOEXEC) : -1;
    if (library < 0) continue;
    if (fstat(library, &status) == 0 && S_ISREG(status.st_mode)) add_path(list, library, SANDBOX_READ);
    else close(library);
  }
  closedir(stream);
}

/* What needs no claim. What is not there needs no rule. */
static void add_own(path_list *list, const iw_start *start) {
  int plugin = open(start->plugin, O_PATH | O_CLOEXEC);
  if (plugin >= 0) add_path(list, plugin, SANDBOX_READ);
  add_libraries(list, start->plugin);
  for (uint32_t i = 0; i < start->program_count; i++) {
    int programs = open(start->programs[i], O_PATH | O_CLOEXEC);
    if (programs >= 0) add_path(list, programs, SANDBOX_READ | SANDBOX_EXECUTE);
  }
}

/* Nothing of the plugin has run yet, so what is said here is true. */
static void confine_yourself(const iw_start *start, sandbox_report *report) {
  path_list paths = {NULL, 0, 0};
  sandbox_base base = iw_base(start);
  add_own(&paths, start);
  base.path_count = paths.count;
  base.paths = paths.all;
  bool done = sandbox_enter_base(&base, report) == 0;
  if (!iw_tell_confined(report) || !done) _exit(1);
  if (report->listener >= 0) close(report->listener);
  report->listener = -1;
  close(start->scratch.descriptor);
  for (uint32_t i = 0; i < paths.count; i++) close(paths.all[i].descriptor);
  free(paths.all);
}

/* ---- opening */

static noreturn void refuse(uint32_t why, const char *words) {
  iw_message message;
  iw_begin(&message, IW_REFUSED);
  iw_put_u32(&message, why);
  iw_put_bytes(&message, words, words == NULL ? 0 : strlen(words));
  iw_send(IW_CHANNEL_DESCRIPTOR, &message);
  _exit(0);
}

static const ilk_plugin *open_plugin(const iw_start *start) {
  void *library = dlopen(start->plugin, RTLD_NOW | RTLD_LOCAL | RTLD_NODELETE);
  if (library == NULL) refuse(IW_REFUSED_LIBRARY, dlerror());
  void *symbol = dlsym(library, ILK_ENTRY_SYMBOL);
  if (symbol == NULL) refuse(IW_REFUSED_ENTRY, dlerror());
  const ilk_plugin *(*entry)(uint32_t);
  memcpy(&entry, &symbol, sizeof entry);
  const ilk_plugin *plugin = entry(start->host_minor);
  if (plugin == NULL) refuse(IW_REFUSED_HOST, NULL);
  if (thread_count() > zygote.threads) refuse(IW_REFUSED_THREADS, NULL);
  return plugin;
}

static void describe(const ilk_plugin *plugin) {
  unsigned char *bytes;
  size_t size;
  if (!iw_describe(plugin, &bytes, &size)) refuse(IW_REFUSED_SIZE, NULL);
  iw_head head = {(uint32_t)size, IW_DESCRIBED, 0};
  struct iovec parts[] = {{&head, sizeof head}, {bytes, size}};
  iw_message message = {.count = 2};
  memcpy(message.parts, parts, sizeof parts);
  if (!iw_send(IW_CHANNEL_DESCRIPTOR, &message)) _exit(0);
  free(bytes);
}

static void initialize(iw_cursor *orders) {
  ilk_str configuration = iw_get_bytes(orders);
  zygote.runs_in_threads = iw_get_u8(orders) != 0;
  const ilk_plugin *plugin = zygote.served.plugin;
  char reason[REASON] = "";
  ilk_status status = ILK_OK;
  if (plugin->init != NULL) {
    status = plugin->init(plugin, iw_host_table(), configuration, &zygote.served.self, reason, sizeof reason);
  }
  if (status == ILK_OK && thread_count() > zygote.threads) status = IW_STARTED_THREADS;
  iw_message message;
  iw_begin(&message, IW_STARTED);
  iw_put_u32(&message, (uint32_t)status);
  iw_put_bytes(&message, reason, strnlen(reason, sizeof reason));
  if (!iw_send(IW_CHANNEL_DESCRIPTOR, &message)) _exit(0);
}

/* ---- a process for a call */

/* Waits as PID 1 of a PID namespace for the process that it makes; returns in that process. */
static void contain(const int *unneeded, size_t count) {
  const pid_t pid = (pid_t)iw_clone(0);
  if (pid == 0) return;
  if (pid < 0) _exit(IW_EXIT_LARGEST);
  for (size_t i = 0; i < count; i++) close(unneeded[i]);
  prctl(PR_SET_NAME, "interlock-init");
  int status = 0;
  for (;;) {
    pid_t ended = waitpid(-1, &status, 0);
    if (ended < 0 && errno != EINTR) _exit(IW_EXIT_LARGEST);
    if (ended != pid) continue; /* an orphan */
    if (WIFSIGNALED(status)) _exit(IW_EXIT_SIGNALLED + WTERMSIG(status));
    _exit(WEXITSTATUS(status) < IW_EXIT_LARGEST ? WEXITSTATUS(status) : IW_EXIT_LARGEST);
  }
}

static noreturn void live(int socket, int cancelling, bool is_contained) {
  prctl(PR_SET_PDEATHSIG, SIGKILL); /* its parent is the guardian */
  const int unneeded[] = {IW_CHANNEL_DESCRIPTOR, zygote.guardian, socket, cancelling};
  close(unneeded[0]);
  close(unneeded[1]);
  if (is_contained) {
    contain(unneeded + 2, 2);
    prctl(PR_SET_PDEATHSIG, SIGKILL);
  } else {
    /* The call adopts its orphans, so that a stranger comes to the guardian only when a call is over. */
    prctl(PR_SET_CHILD_SUBREAPER, 1);
  }
  prctl(PR_SET_NAME, "interlock-call");
  iw_log_to(-1);
  zygote.served.is_alone = true;
  _exit(iw_run_call(&zygote.served, socket, cancelling) ? 0 : 1);
}

static void *live_in_thread(void *context) {
  int *descriptors = context;
  iw_run_call(&zygote.served, descriptors[0], descriptors[1]);
  iw_forget_last_error();
  close(descriptors[0]);
  close(descriptors[1]);
  free(descriptors);
  return NULL;
}

static void start_thread(const int descriptors[2]) {
  int *own = malloc(2 * sizeof *own);
  pthread_attr_t attributes;
  pthread_t thread;
  if (own == NULL || pthread_attr_init(&attributes) != 0) abort();
  memcpy(own, descriptors, 2 * sizeof *own);
  pthread_attr_setdetachstate(&attributes, PTHREAD_CREATE_DETACHED);
  pthread_attr_setstacksize(&attributes, STACK);
  if (pthread_create(&thread, &attributes, live_in_thread, own) != 0) abort();
  pthread_attr_destroy(&attributes);
}

static void tell_guardian(iw_birth birth) {
  const struct iovec part = {&birth, sizeof birth};
  if (iw_send_parts(zygote.guardian, &part, 1, -1) != sizeof birth) _exit(0);
}

static void prepare(iw_cursor *orders, const int descriptors[2]) {
  iw_birth birth = {.ticket = iw_get_u64(orders)};
  bool is_contained = iw_get_u8(orders) != 0;
  if (descriptors[0] < 0 || descriptors[1] < 0) _exit(1);
  if (zygote.runs_in_threads) {
    start_thread(descriptors);
    return;
  }
  tell_guardian(birth);
  /* In a namespace of mounts of its own the guardian gives it a /tmp. */
  const bool has_tmp = (zygote.served.report.held & SANDBOX_HELD_TMP) != 0;
  birth.pid = iw_clone(CLONE_PARENT | (is_contained ? CLONE_NEWPID : 0) | (has_tmp ? CLONE_NEWNS : 0));
  /* There may be as many as there can be on this machine. The next do without; the host asks for one in place of this. */
  if (birth.pid < 0 && has_tmp && errno == ENOSPC) zygote.served.report.held &= ~(uint32_t)SANDBOX_HELD_TMP;
  if (birth.pid == 0) live(descriptors[0], descriptors[1], is_contained);
  close(descriptors[0]);
  close(descriptors[1]);
  tell_guardian(birth);
}

/* ---- orders */

static void obey(void) {
  iw_head head;
  int descriptors[2];
  if (!iw_receive_with(IW_CHANNEL_DESCRIPTOR, &head, sizeof head, descriptors, 2)) _exit(0);
  if (head.size > IW_TEXT_MAX) _exit(1);
  unsigned char *body = malloc(head.size + 1);
  if (body == NULL || !iw_receive(IW_CHANNEL_DESCRIPTOR, body, head.size)) _exit(0);
  iw_cursor orders = {body, body + head.size, false};
  switch (head.kind) {
  case IW_INITIALIZE: initialize(&orders); break;
  case IW_PREPARE: prepare(&orders, descriptors); break;
  case IW_QUIESCE:
    if (zygote.served.plugin->quiesce != NULL) zygote.served.plugin->quiesce(zygote.served.self);
    _exit(0);
  default: _exit(1);
  }
  free(body);
}

noreturn void iw_be_zygote(const iw_start *start, const sandbox_report *report, int guardian) {
  zygote.guardian = guardian;
  prctl(PR_SET_NAME, "interlock-zygote");
  zygote.served.report = *report;
  confine_yourself(start, &zygote.served.report);
  iw_log_to(IW_CHANNEL_DESCRIPTOR);
  zygote.threads = thread_count();
  zygote.served.plugin = open_plugin(start);
  describe(zygote.served.plugin);
  for (;;) obey();
}
