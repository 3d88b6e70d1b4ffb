#define _GNU_SOURCE
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

/* ---------------------------------------------------------------- what a call may touch */

enum { CALL_PATHS = 6 };

/* Without following a link at the end: that is what the host hands over when it has resolved a path. */
static sandbox_path given(const struct scene_paths *scene, const char *name, uint32_t access) {
  char path[2 * PATH_SIZE];
  snprintf(path, sizeof path, "%s/%s", scene->workspace, name);
  return (sandbox_path){open(path, O_PATH | O_NOFOLLOW | O_CLOEXEC), access};
}

/* Programs are for tools that change a directory freely. */
static uint32_t directory_access(const struct setting *setting) {
  return setting->grants & SANDBOX_GRANT_PROGRAMS ? SANDBOX_WRITE_BELOW | SANDBOX_EXECUTE : SANDBOX_READ_BELOW;
}

static sandbox_path libraries(const struct setting *setting) {
  const char *path = setting->libraries != NULL ? setting->libraries : "/usr/lib";
  return (sandbox_path){open(path, O_PATH | O_CLOEXEC), SANDBOX_READ};
}

static void call_paths(const struct setting *setting, const struct scene_paths *scene, sandbox_path paths[CALL_PATHS]) {
  paths[0] = given(scene, "claimed.txt", SANDBOX_READ | SANDBOX_OVERWRITE);
  paths[1] = given(scene, "linked.txt", SANDBOX_READ | SANDBOX_OVERWRITE);
  paths[2] = given(scene, "pointer.txt", SANDBOX_READ | SANDBOX_OVERWRITE);
  paths[3] = given(scene, "readable.txt", SANDBOX_READ);
  paths[4] = given(scene, "directory", directory_access(setting));
  paths[5] = libraries(setting);
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
  sandbox_path paths[CALL_PATHS];
  call_paths(setting, scene, paths);
  const sandbox_call call = {
      .grants = setting->grants, .path_count = CALL_PATHS, .paths = paths, .private_directory = own};
  if (!setting->without_call_layer && sandbox_enter_call(&call, base, &message.report) != 0)
    tell_failure(socket_, &message.report, message.report.words);
  for (int i = 0; i < CALL_PATHS; i++) close(paths[i].descriptor);
  plugin_execute(plugin, tool, scene->arguments, &message.result);
  message.word = RESULT;
  send_message(socket_, &message, -1);
  _exit(0);
}

static _Noreturn void be_the_worker(int socket_, const struct setting *setting, const struct scene_paths *scene,
                                    const char *tool) {
  dup2(socket_, 3);
  sandbox_close_from(4);
  clearenv();
  setenv("PATH", "/usr/bin:/bin", 1); /* an environment that is NULL crashes Swift's runtime */
  char library[PATH_SIZE];
  snprintf(library, sizeof library, "%s", setting->plugin);
  *strrchr(library, '/') = 0;
  const sandbox_path paths[] = {
      {open(scene->workspace, O_PATH | O_CLOEXEC), SANDBOX_OVERWRITE | directory_access(setting)},
      {open(library, O_PATH | O_CLOEXEC), SANDBOX_READ},
      libraries(setting),
  };
  enum { PATHS = sizeof paths / sizeof *paths };
  char hooks[2 * PATH_SIZE], configuration[2 * PATH_SIZE];
  snprintf(hooks, sizeof hooks, "%s/directory/.git/hooks", scene->workspace);
  snprintf(configuration, sizeof configuration, "%s/directory/.git/config", scene->workspace);
  const char *const kept[] = {hooks, configuration};
  const sandbox_base base = {
      .grants = setting->grants,
      .namespaces = setting->without_namespaces ? 0 : SANDBOX_NAMESPACES,
      .tells_reads = (uint32_t)setting->tells_reads,
      .path_count = PATHS,
      .paths = paths,
      .kept_count = 2,
      .kept = kept,
      .scratch = scene->scratch,
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
  if (sandbox_enter_base(&base, report) != 0) tell_failure(3, report, report->words);
  send_message(3, &message, report->listener);
  close(report->listener);
  for (int i = 0; i < PATHS; i++) close(paths[i].descriptor);

  struct tool_call plugin;
  const char *problem = plugin_load(&plugin, setting->plugin);
  if (problem != NULL) tell_failure(3, report, problem);
  char own[PATH_SIZE];
  if (sandbox_private_make(scene->scratch, own, sizeof own) != 0) tell_failure(3, report, "no private directory");
  const pid_t call = fork();
  if (call == 0) be_the_call(3, setting, scene, tool, &plugin, report, own);
  int status = 0;
  if (call < 0 || waitpid(call, &status, 0) != call) tell_failure(3, report, "no process for the call");
  if (sandbox_private_remove(own) != 0) tell_failure(3, report, "the private directory is still there");
  _exit(WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status));
}

/* ---------------------------------------------------------------- the host's side */

struct host {
  const struct scene_paths *scene;
  const struct setting *setting;
  sandbox_path paths[CALL_PATHS];
  int listener;
  int32_t worker, call;
  struct run *run;
};

static void answer_notice(struct host *host) {
  static sandbox_notice notice;
  if (sandbox_notice_receive(host->listener, &notice) != 0) return;
  const int is_call = host->call != 0 && sandbox_thread_owner(notice.thread, &host->call, 1) == 0;
  const sandbox_permission of_call = {host->setting->grants, host->run->report.held, 0, CALL_PATHS, host->paths,
                                      host->scene->scratch};
  const sandbox_permission of_worker = {0, host->run->report.held, host->call == 0, 0, NULL, host->scene->scratch};
  const int covered = notice.operation != SANDBOX_OPERATION_READ || sandbox_notice_is_covered(&notice, &of_call);
  const int allowed = sandbox_notice_answer(host->listener, &notice, is_call ? &of_call : &of_worker);
  if (host->run->told_count == MOST_TOLD) return;
  struct told *told = &host->run->told[host->run->told_count++];
  *told = (struct told){.operation = notice.operation, .is_call = is_call, .is_allowed = allowed == 1 && covered};
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
  struct host host = {.scene = scene, .setting = setting, .listener = -1, .run = run};
  call_paths(setting, scene, host.paths);
  const pid_t child = fork();
  if (child == 0) be_the_worker(ends[1], setting, scene, tool);
  close(ends[1]);
  serve(&host, ends[0]);
  finish(child, run);
  close(ends[0]);
  if (host.listener >= 0) close(host.listener);
  for (int i = 0; i < CALL_PATHS; i++) close(host.paths[i].descriptor);
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
