/* sandbox-driver PLUGIN DIRECTORY [options]: runs each tool of PLUGIN without and with layers, in scenes made below
 * DIRECTORY. Prints one line a tool: KEY=VALUE, separated by tabs.
 *
 *   --user N             as this user (needs root)
 *   --no-namespaces      without any
 *   --no-call-layer      with the base layer alone
 *   --goes-on            the host answers "go on" for the file that a call would claim
 *   --give-roots         and the base layer lets the workspace be written, without the layer of a call
 *   --landlock VERSION   as on a kernel with that version of Landlock, and without notices
 *   --tight              limits that the greedy fixture meets
 *   --libraries DIR      where Swift's runtime is
 *   --only TOOL          this tool only
 *   --hear               instead of all that: prints what comes of hearing a process that attempts nothing, and of hearing
 *                        one that is gone
 *   --mount              instead of all that: prints what is mounted of what somebody has put in the places of scratch
 *   --exec COMMAND...    runs a command instead, as that user and on that kernel
 *   --hold               makes one scene for somebody else: prints a line for each tool (name, what is told, whether it
 *                        changes files), an empty one, the calls' arguments, and then, for each line that it reads, a
 *                        number that differs when anything in the scene does. With the end of input the scene goes. */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "driver.h"

extern char **environ;

_Noreturn void give_up(const char *what) {
  fprintf(stderr, "sandbox-driver: %s: %s\n", what, strerror(errno));
  exit(2);
}

/* The program is executed again, because a process that changes its user cannot be looked into any more. */
static void become(uid_t user, char **arguments) {
  const int self = open("/proc/self/exe", O_RDONLY);
  if (setgroups(0, NULL) != 0 || setresgid(user, user, user) != 0 || setresuid(user, user, user) != 0)
    give_up("becoming another user");
  fexecve(self, arguments, environ);
  give_up("starting again");
}

static const char *result_name(const struct result *result, char *text, size_t capacity) {
  if (WIFSIGNALED(result->status)) snprintf(text, capacity, "signal %d", WTERMSIG(result->status));
  else if (WEXITSTATUS(result->status) != 0) snprintf(text, capacity, "exit %d", WEXITSTATUS(result->status));
  else if (result->is_done) snprintf(text, capacity, "done");
  else if (result->error == -1) snprintf(text, capacity, "missing");
  else if (result->error > 0) snprintf(text, capacity, "%s", strerrorname_np(result->error));
  else snprintf(text, capacity, "error %d", result->error);
  return text;
}

static void print_told(const struct run *run) {
  printf("\ttold=");
  for (size_t i = 0; i < run->told_count; i++) {
    const struct told *told = &run->told[i];
    printf("%s%s refused:%s:%s", i != 0 ? "|" : "", told->is_call ? "call" : "worker",
           sandbox_operation_name(told->operation), told->path);
  }
}

struct driver {
  struct setting setting;
  struct listeners listeners;
  const char *directory, *only;
  int holds, hears, mounts;
};

static void run_tool(const struct driver *driver, const char *tool, const char *expected, int changes) {
  char top[PATH_SIZE], name[64], path[PATH_SIZE + 32];
  struct scene_paths scene;
  struct run runs[2];
  int changed[2];
  for (int confined = 0; confined < 2; confined++) {
    snprintf(top, sizeof top, "%s/s", driver->directory);
    scene_make(&scene, top, &driver->listeners);
    snprintf(path, sizeof path, "%s/inherited.txt", scene.outside);
    const int forgotten = open(path, O_RDWR); /* every child gets it */
    const uint64_t before = scene_print(&scene);
    (confined ? run_confined : run_unconfined)(&driver->setting, &scene, tool, &runs[confined]);
    usleep(2000); /* the file system's clock is coarse */
    changed[confined] = scene_print(&scene) != before;
    close(forgotten);
    scene_remove(&scene);
  }
  printf("tool=%s", tool);
  printf("\topen=%s\topen-changed=%d", result_name(&runs[0].result, name, sizeof name), changed[0]);
  printf("\tkernel=%s\tkernel-changed=%d", result_name(&runs[1].result, name, sizeof name), changed[1]);
  print_told(&runs[1]);
  printf("\texpected=%s\tchanges=%d\theld=%u\ttext=%s\n", expected, changes, runs[1].report.held, runs[1].result.text);
  fflush(stdout);
}

static void list_tool(void *context, const char *tool, const char *told, int changes) {
  fprintf(context, "%s\t%s\t%d\n", tool, told, changes);
}

/* In a child, so that this process never has the plugin. */
static FILE *list_tools(const char *plugin) {
  int ends[2];
  if (pipe2(ends, O_CLOEXEC) != 0) give_up("a pipe");
  fflush(stdout);
  const pid_t child = fork();
  if (child == 0) {
    FILE *list = fdopen(ends[1], "w");
    struct tool_call call;
    const char *problem = plugin_load(&call, plugin);
    if (problem != NULL) {
      fprintf(stderr, "sandbox-driver: %s\n", problem);
      _exit(2);
    }
    plugin_each(&call, list_tool, list);
    fflush(list);
    _exit(0);
  }
  close(ends[1]);
  return fdopen(ends[0], "r");
}

static const sandbox_limits roomy = {.descriptors = 256, .memory_bytes = 4ull << 30};
static const sandbox_limits tight = {
    .descriptors = 64, .memory_bytes = 256ull << 20, .file_bytes = 1 << 20, .processes = 32};

/* Takes --user out of the arguments. */
static uid_t take_user(char **arguments) {
  for (char **at = arguments; *at != NULL; at++) {
    if (strcmp(*at, "--user") != 0 || at[1] == NULL) continue;
    const uid_t user = (uid_t)atoi(at[1]);
    do at[0] = at[2];
    while (*at++ != NULL);
    return user;
  }
  return 0;
}

static void read_option(struct driver *driver, const char *option, const char *value) {
  struct setting *setting = &driver->setting;
  if (strcmp(option, "--no-namespaces") == 0) setting->without_namespaces = 1;
  if (strcmp(option, "--no-call-layer") == 0) setting->without_call_layer = 1;
  if (strcmp(option, "--goes-on") == 0) setting->goes_on = 1;
  if (strcmp(option, "--give-roots") == 0) setting->gives_roots = setting->without_call_layer = 1;
  if (strcmp(option, "--tight") == 0) setting->limits = tight;
  if (strcmp(option, "--libraries") == 0) setting->libraries = value;
  if (strcmp(option, "--landlock") == 0 && value != NULL) live_on_older_kernel(atoi(value));
  if (strcmp(option, "--only") == 0) driver->only = value;
  if (strcmp(option, "--hold") == 0) driver->holds = 1;
  if (strcmp(option, "--hear") == 0) driver->hears = 1;
  if (strcmp(option, "--mount") == 0) driver->mounts = 1;
}

static void execute_command(char **arguments) {
  for (char **at = arguments; *at != NULL; at++) {
    if (strcmp(*at, "--exec") != 0) continue;
    execvp(at[1], at + 1);
    give_up(at[1]);
  }
}

static int hold(const struct driver *driver, FILE *list) {
  char top[PATH_SIZE], line[256];
  struct scene_paths scene;
  snprintf(top, sizeof top, "%s/s", driver->directory);
  scene_make(&scene, top, &driver->listeners);
  while (fgets(line, sizeof line, list) != NULL) printf("%s", line);
  printf("\n%s\n", scene.arguments);
  fflush(stdout);
  while (fgets(line, sizeof line, stdin) != NULL) {
    printf("%016llx\n", (unsigned long long)scene_print(&scene));
    fflush(stdout);
  }
  scene_remove(&scene);
  return 0;
}

int main(int count, char **arguments) {
  if (count < 3) {
    fprintf(stderr, "usage: sandbox-driver PLUGIN DIRECTORY [options]\n");
    return 2;
  }
  sigset_t none;
  sigemptyset(&none);
  sigprocmask(SIG_SETMASK, &none, NULL); /* whoever started us may have blocked some */
  const uid_t user = take_user(arguments);
  if (user != 0) become(user, arguments);
  struct driver driver = {.setting = {.plugin = arguments[1], .limits = roomy}, .directory = arguments[2]};
  for (char **at = arguments + 3; *at != NULL && strcmp(*at, "--exec") != 0; at++) read_option(&driver, at[0], at[1]);
  execute_command(arguments);
  if (driver.hears) return hear_nobody();
  if (driver.mounts) return mount_what_is_there(driver.directory);
  setenv("INTERLOCK_MISBEHAVING_SECRET", "secret", 1);
  listeners_open(&driver.listeners, driver.directory);

  FILE *list = list_tools(driver.setting.plugin);
  if (driver.holds) return hold(&driver, list);
  int tools = 0;
  char line[256];
  while (fgets(line, sizeof line, list) != NULL) {
    char *rest = line, *tool = strsep(&rest, "\t"), *told = strsep(&rest, "\t");
    tools++;
    if (rest == NULL || (driver.only != NULL && strcmp(driver.only, tool) != 0)) continue;
    run_tool(&driver, tool, told, atoi(rest));
  }
  return tools == 0 ? 2 : 0; /* the child has said why */
}
