#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "driver.h"

/* What the worker, and then the call, say to the host. The kernel adds the sender's process number, as the host sees
 * it. */
enum word { CONFINED = 1, CALLING, RESULT, FAILED };
struct message {
  int32_t word;
  sandbox_report report;
  struct result result;
};

static void send_message(int socket_, const struct message *message, int descriptor) {
  struct iovec part = {(void *)message, sizeof *message};
  char control[CMSG_SPACE(sizeof descriptor)] = {0};
  struct msghdr header = {.msg_iov = &part, .msg_iovlen = 1};
  if (descriptor >= 0) {
    header.msg_control = control;
    header.msg_controllen = sizeof control;
    struct cmsghdr *item = CMSG_FIRSTHDR(&header);
    item->cmsg_level = SOL_SOCKET, item->cmsg_type = SCM_RIGHTS, item->cmsg_len = CMSG_LEN(sizeof descriptor);
    memcpy(CMSG_DATA(item), &descriptor, sizeof descriptor);
  }
  if (sendmsg(socket_, &header, MSG_NOSIGNAL) != sizeof *message) _exit(101);
}

static int receive_message(int socket_, struct message *message, int *process, int *descriptor) {
  struct iovec part = {message, sizeof *message};
  char control[256];
  struct msghdr header = {
      .msg_iov = &part, .msg_iovlen = 1, .msg_control = control, .msg_controllen = sizeof control};
  if (recvmsg(socket_, &header, MSG_CMSG_CLOEXEC) != sizeof *message) return -1;
  for (struct cmsghdr *item = CMSG_FIRSTHDR(&header); item != NULL; item = CMSG_NXTHDR(&header, item)) {
    if (item->cmsg_level != SOL_SOCKET) continue;
    struct ucred sender;
    if (item->cmsg_type == SCM_RIGHTS) memcpy(descriptor, CMSG_DATA(item), sizeof *descriptor);
    if (item->cmsg_type == SCM_CREDENTIALS) {
      memcpy(&sender, CMSG_DATA(item), sizeof sender);
      *process = sender.pid;
    }
  }
  return 0;
}

/* ---------------------------------------------------------------- the worker's side */

static _Noreturn void tell_failure(int socket_, const sandbox_report *report, const char *words) {
  struct message message = {.word = FAILED, .report = *report};
  message.result.error = -3;
  snprintf(message.result.text, sizeof message.result.text, "%s", words);
  send_message(socket_, &message, -1);
  _exit(100);
}

static _Noreturn void be_the_call(int socket_, const struct setting *setting, const struct scene_paths *scene,
                                  const char *tool, const struct tool_call *plugin, const sandbox_report *base,
                                  const char *own) {
  struct message message = {.word = CALLING};
  send_message(socket_, &message, -1);
  const sandbox_call call = {.grants = setting->grants, .private_directory = own};
  if (!setting->without_call_layer && sandbox_enter_call(&call, base, &message.report) != 0)
    tell_failure(socket_, &message.report, message.report.words);
  plugin_execute(plugin, tool, scene->arguments, &message.result);
  message.word = RESULT;
  send_message(socket_, &message, -1);
  _exit(0);
}

/* A host that is written in Swift has its runtime, before it is confined. */
static void bring_libraries(const struct setting *setting) {
  char path[PATH_SIZE];
  if (setting->libraries == NULL) return;
  snprintf(path, sizeof path, "%s/libswiftCore.so", setting->libraries);
  if (dlopen(path, RTLD_NOW | RTLD_GLOBAL) == NULL) give_up(dlerror());
}

static _Noreturn void be_the_worker(int socket_, const struct setting *setting, const struct scene_paths *scene,
                                    const char *tool) {
  dup2(socket_, 3);
  sandbox_close_from(4);
  clearenv();
  setenv("PATH", "/usr/bin:/bin", 1); /* an environment that is NULL crashes Swift's runtime */
  const sandbox_path paths[] = {
      {open(setting->plugin, O_PATH | O_CLOEXEC), SANDBOX_READ},
      {open(scene->workspace, O_PATH | O_CLOEXEC), SANDBOX_READ | SANDBOX_OVERWRITE},
  };
  bring_libraries(setting);
  sandbox_scratch scratch = {open(scene->scratch, O_PATH | O_DIRECTORY | O_CLOEXEC), scene->scratch, 0, 0};
  const sandbox_base base = {
      .grants = setting->grants,
      .namespaces = setting->without_namespaces ? 0 : SANDBOX_NAMESPACES,
      .path_count = setting->gives_roots ? 2 : 1,
      .paths = paths,
      .scratch = &scratch,
      .limits = setting->limits,
  };
  struct message message = {.word = CONFINED};
  sandbox_report *report = &message.report;
  if (sandbox_unshare(&base, report) != 0) tell_failure(3, report, report->words);
  if (report->held & SANDBOX_HELD_PID) {
    const pid_t first = fork();
    int status = 0;
    if (first != 0) _exit(waitpid(first, &status, 0) == first && WIFEXITED(status) ? WEXITSTATUS(status) : 102);
  }
  if (sandbox_mount(&scratch, report) != 0 || sandbox_enter_base(&base, report) != 0) tell_failure(3, report, report->words);
  send_message(3, &message, report->listener);
  close(report->listener);
  for (int i = 0; i < 2; i++) close(paths[i].descriptor);

  struct tool_call plugin;
  const char *problem = plugin_load(&plugin, setting->plugin);
  if (problem != NULL) tell_failure(3, report, problem);
  char name[SANDBOX_PRIVATE_NAME], own[PATH_SIZE];
  if (sandbox_private_make(&scratch, name) != 0) tell_failure(3, report, "no private directory");
  snprintf(own, sizeof own, "%s/%s", scene->scratch, name);
  const pid_t call = fork();
  if (call == 0) be_the_call(3, setting, scene, tool, &plugin, report, own);
  int status = 0;
  if (call < 0 || waitpid(call, &status, 0) != call) tell_failure(3, report, "no process for the call");
  if (sandbox_private_remove(scratch.descriptor, name, 60000) != 0) tell_failure(3, report, "the private directory is still there");
  _exit(WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status));
}

/* ---------------------------------------------------------------- the host's side */

struct host {
  const struct scene_paths *scene;
  const struct setting *setting;
  int listener, births; /* that the worker may make still */
  int32_t worker, call;
  struct run *run;
};

enum decision { REFUSES, GOES_ON, MENDS };

/* A host whose calls claim nothing: what is left is what the layers permit by themselves. */
static enum decision decide_place(const struct host *host, const sandbox_notice *notice, int is_other, int *target) {
  static sandbox_place place;
  const int reads = notice->operation == SANDBOX_OPERATION_READ || notice->operation == SANDBOX_OPERATION_PROGRAM;
  const char *workspace = host->scene->workspace;
  sandbox_notice_find(notice, is_other, host->scene->scratch, &place);
  *target = place.target;
  if (place.kind != SANDBOX_PLACE_ELSEWHERE) return *target >= 0 ? MENDS : GOES_ON;
  const size_t length = strlen(workspace);
  const int is_claimable =
      strncmp(place.path, workspace, length) == 0 && (place.path[length] == '/' || place.path[length] == 0);
  if (host->setting->goes_on && is_claimable && strcmp(place.path + length, "/claimed.txt") == 0) return GOES_ON;
  return reads && !is_claimable ? GOES_ON : REFUSES;
}

static int is_about_files(const sandbox_notice *notice) {
  return notice->operation <= SANDBOX_OPERATION_PROGRAM || notice->operation == SANDBOX_OPERATION_TRUNCATE;
}

static int mends(const sandbox_notice *notice) {
  return notice->operation >= SANDBOX_OPERATION_MODE && notice->operation <= SANDBOX_OPERATION_ATTRIBUTE;
}

static enum decision decide_file(const struct host *host, const sandbox_notice *notice, int *target) {
  int writes, other = -1;
  *target = -1;
  if (sandbox_notice_lends_identity(notice)) return REFUSES;
  *target = mends(notice) ? sandbox_notice_opened(notice, &writes) : -1;
  if (*target >= 0 && writes) return MENDS;
  if (*target >= 0) close(*target);
  enum decision decision = decide_place(host, notice, 0, target);
  if (notice->other[0] != 0 && notice->operation != SANDBOX_OPERATION_SYMLINK && decision == GOES_ON)
    decision = decide_place(host, notice, 1, &other);
  if (notice->operation == SANDBOX_OPERATION_TRUNCATE && !(host->run->report.held & SANDBOX_HELD_TRUNCATE))
    return REFUSES;
  return mends(notice) && *target < 0 && decision == GOES_ON && notice->descriptor >= 0 ? REFUSES : decision;
}

static int answer_file(const struct host *host, const sandbox_notice *notice) {
  int target;
  if (notice->error != 0) return sandbox_notice_answer(host->listener, notice, notice->error), 1;
  const enum decision decision = decide_file(host, notice, &target);
  if (decision == REFUSES) sandbox_notice_answer(host->listener, notice, EACCES);
  else if (decision == GOES_ON && mends(notice)) sandbox_notice_answer(host->listener, notice, ENOENT);
  else if (decision == MENDS) sandbox_notice_answer(host->listener, notice, sandbox_notice_mend(notice, target));
  else sandbox_notice_go_on(host->listener, notice);
  if (target >= 0) close(target);
  return decision != REFUSES;
}

static int is_permitted(struct host *host, const sandbox_notice *notice, int is_call) {
  /* The call's process, which this worker makes as any program does. */
  if (!is_call && host->births > 0 && sandbox_notice_starts(notice)) return host->births--;
  const sandbox_permission permission = {
      .grants = is_call ? host->setting->grants : 0,
      .held = host->run->report.held,
      .is_call = (uint32_t)is_call,
  };
  return sandbox_notice_is_permitted(notice, &permission);
}

static void answer_notice(struct host *host) {
  static sandbox_notice notice;
  if (sandbox_notice_receive(host->listener, &notice) != 0) return;
  const int is_call = host->call != 0 && sandbox_thread_owner(notice.thread, &host->call, 1) == 0;
  int allowed = 1;
  if (notice.operation == SANDBOX_OPERATION_PROGRAM || !is_about_files(&notice)) {
    allowed = is_permitted(host, &notice, is_call);
    if (allowed) sandbox_notice_go_on(host->listener, &notice);
    else sandbox_notice_answer(host->listener, &notice, EACCES);
  } else {
    allowed = answer_file(host, &notice);
  }
  if (allowed || host->run->told_count == MOST_TOLD) return;
  struct told *told = &host->run->told[host->run->told_count++];
  *told = (struct told){.operation = notice.operation, .is_call = is_call};
  snprintf(told->path, sizeof told->path, "%s", notice.path);
}

static int take_message(struct host *host, int socket_) {
  struct message message;
  int descriptor = -1, process = 0;
  if (receive_message(socket_, &message, &process, &descriptor) != 0) return -1;
  switch ((enum word)message.word) {
    case CONFINED:
      host->run->report = message.report;
      host->listener = descriptor;
      host->worker = process;
      if (descriptor >= 0) sandbox_listener_prepare(descriptor);
      break;
    case CALLING: host->call = process; break;
    case RESULT:
    case FAILED: host->run->result = message.result; break;
  }
  return 0;
}

static void serve(struct host *host, int socket_) {
  struct pollfd watched[2] = {{socket_, POLLIN, 0}, {-1, POLLIN, 0}};
  while (poll(watched, 2, -1) > 0 || errno == EINTR) {
    if ((watched[0].revents & (POLLIN | POLLHUP)) && take_message(host, socket_) != 0) watched[0].fd = -1;
    if (watched[1].revents & POLLIN) answer_notice(host);
    else if (watched[1].revents) watched[1].fd = -1, host->listener = -1;
    watched[1].fd = host->listener;
    if (watched[0].fd < 0 && watched[1].fd < 0) return;
  }
}

static void finish(pid_t child, struct run *run) {
  if (waitpid(child, &run->result.status, 0) != child) give_up("waitpid");
}

void run_confined(const struct setting *setting, const struct scene_paths *scene, const char *tool, struct run *run) {
  int ends[2];
  if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends) != 0) give_up("socketpair");
  if (setsockopt(ends[0], SOL_SOCKET, SO_PASSCRED, &(int){1}, sizeof(int)) != 0) give_up("SO_PASSCRED");
  memset(run, 0, sizeof *run);
  struct host host = {.scene = scene, .setting = setting, .listener = -1, .births = 1, .run = run};
  const pid_t child = fork();
  if (child == 0) be_the_worker(ends[1], setting, scene, tool);
  close(ends[1]);
  serve(&host, ends[0]);
  finish(child, run);
  close(ends[0]);
  if (host.listener >= 0) close(host.listener);
}

void run_unconfined(const struct setting *setting, const struct scene_paths *scene, const char *tool, struct run *run) {
  int ends[2];
  if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends) != 0) give_up("socketpair");
  memset(run, 0, sizeof *run);
  const pid_t child = fork();
  if (child == 0) {
    struct message message = {.word = RESULT};
    struct tool_call plugin;
    const char *problem = plugin_load(&plugin, setting->plugin);
    if (problem != NULL) tell_failure(ends[1], &message.report, problem);
    plugin_execute(&plugin, tool, scene->arguments, &message.result);
    send_message(ends[1], &message, -1);
    _exit(0);
  }
  close(ends[1]);
  struct message message;
  int descriptor = -1, process = 0;
  if (receive_message(ends[0], &message, &process, &descriptor) == 0) run->result = message.result;
  finish(child, run);
  close(ends[0]);
}
