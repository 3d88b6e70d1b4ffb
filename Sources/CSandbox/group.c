/* A control group: limits for a worker with all that it starts, root's too, and an end for all of it at once.
 *
 * The newer hierarchy has all controllers in one tree, the older has a tree for each. A group of ours is a directory in
 * the newer tree, and in the older trees of processes and memory where those are in use. Who may not make one has none.
 * */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

#include "sandbox.h"

#define COUNT(ARRAY) (sizeof(ARRAY) / sizeof *(ARRAY))
enum { TREES = SANDBOX_GROUP_TREES, LINE = 1024 };

static const struct tree {
  const char *controllers; /* as /proc/self/cgroup names it */
  const char *type, *option; /* as /proc/self/mountinfo describes it; an empty option: any */
} trees[TREES] = {{"", "cgroup2", ""}, {"pids", "cgroup", "pids"}, {"memory", "cgroup", "memory"}};

static const struct control {
  const char *file;
  uint32_t gives; /* SANDBOX_GROUP_* */
} controls[] = {
    {"pids.max", SANDBOX_GROUP_PROCESSES},
    {"memory.max", SANDBOX_GROUP_MEMORY},
    {"memory.limit_in_bytes", SANDBOX_GROUP_MEMORY},
    {"cgroup.kill", SANDBOX_GROUP_ENDS},
};

/* ---------------------------------------------------------------- where we are */

static int has_word(const char *list, const char *word) {
  const size_t length = strlen(word);
  for (const char *at = list; (at = strstr(at, word)) != NULL; at += length)
    if ((at == list || at[-1] == ',') && (at[length] == 0 || at[length] == ',' || at[length] == '\n')) return 1;
  return 0;
}

/* "8:pids:/path": the path of our group in a tree. */
static int own_path(const struct tree *tree, char *path) {
  char line[LINE];
  FILE *file = fopen("/proc/self/cgroup", "re");
  int found = 0;
  while (file != NULL && !found && fgets(line, sizeof line, file) != NULL) {
    char *rest = line, *controllers;
    strsep(&rest, ":");
    controllers = strsep(&rest, ":");
    if (rest == NULL) continue;
    rest[strcspn(rest, "\n")] = 0;
    found = tree->controllers[0] == 0 ? controllers[0] == 0 : has_word(controllers, tree->controllers);
    if (found) snprintf(path, LINE, "%s", rest);
  }
  if (file != NULL) fclose(file);
  return found;
}

/* "ID PARENT DEVICE ROOT POINT OPTIONS ... - TYPE SOURCE SUPER": where a tree is mounted, and from which of its groups
 * on. */
static int mount_point(const struct tree *tree, char *root, char *point) {
  char line[4 * LINE];
  FILE *file = fopen("/proc/self/mountinfo", "re");
  int found = 0;
  while (file != NULL && !found && fgets(line, sizeof line, file) != NULL) {
    char type[64], options[LINE];
    const char *tail = strstr(line, " - ");
    if (tail == NULL || sscanf(line, "%*s %*s %*s %1023s %1023s", root, point) != 2) continue;
    if (sscanf(tail, " - %63s %*s %1023s", type, options) != 2 || strcmp(type, tree->type) != 0) continue;
    found = tree->option[0] == 0 || has_word(options, tree->option);
  }
  if (file != NULL) fclose(file);
  return found;
}

/* Our group's directory in a tree, or -1. */
static int own_directory(const struct tree *tree) {
  char path[LINE], root[LINE], point[LINE], whole[2 * LINE];
  if (!own_path(tree, path) || !mount_point(tree, root, point)) return -1;
  const size_t shown = strcmp(root, "/") == 0 ? 0 : strlen(root);
  if (strncmp(path, root, shown) != 0) return -1;
  snprintf(whole, sizeof whole, "%s%s", point, path + shown);
  return open(whole, O_PATH | O_DIRECTORY | O_CLOEXEC);
}

/* ---------------------------------------------------------------- a group of ours */

static int write_text(int directory, const char *file, const char *text) {
  const int opened = openat(directory, file, O_WRONLY | O_CLOEXEC);
  if (opened < 0) return -1;
  const ssize_t written = write(opened, text, strlen(text));
  const int error = errno;
  close(opened);
  errno = error;
  return written < 0 ? -1 : 0;
}

static uint32_t set_controls(int directory, const sandbox_group_limits *limits) {
  uint32_t held = 0;
  for (size_t i = 0; i < COUNT(controls); i++) {
    const uint32_t gives = controls[i].gives;
    const uint64_t value = gives == SANDBOX_GROUP_PROCESSES ? limits->processes : limits->memory_bytes;
    char text[24];
    if (faccessat(directory, controls[i].file, W_OK, 0) != 0) continue;
    snprintf(text, sizeof text, "%llu", (unsigned long long)value);
    if (gives == SANDBOX_GROUP_ENDS) held |= gives;
    else if (value != 0 && write_text(directory, controls[i].file, text) == 0) held |= gives;
  }
  return held;
}

/* Beside our own group, where that is allowed, because a group with processes in it cannot share out its controllers in
 * the newer tree; else below it. */
static int make_in(const struct tree *tree, const char *name, int *parent) {
  const int own = own_directory(tree);
  if (own < 0) return -1;
  const int above = openat(own, "..", O_PATH | O_DIRECTORY | O_CLOEXEC);
  const int tried[] = {tree->controllers[0] == 0 && faccessat(above, "cgroup.procs", F_OK, 0) == 0 ? above : own, own};
  *parent = -1;
  for (size_t i = 0; i < COUNT(tried) && *parent < 0; i++)
    if (mkdirat(tried[i], name, 0755) == 0) *parent = fcntl(tried[i], F_DUPFD_CLOEXEC, 0);
  close(own);
  if (above >= 0) close(above);
  return *parent < 0 ? -1 : openat(*parent, name, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
}

int sandbox_group_make(const sandbox_group_limits *limits, sandbox_group *group) {
  uint64_t word = 0;
  if (getrandom(&word, sizeof word, 0) != sizeof word) return -1;
  *group = (sandbox_group){.held = 0};
  snprintf(group->name, sizeof group->name, "interlock-%016llx", (unsigned long long)word);
  int made = 0;
  for (int i = 0; i < TREES; i++) {
    group->parents[i] = -1;
    group->directories[i] = make_in(&trees[i], group->name, &group->parents[i]);
    if (group->directories[i] < 0) continue;
    group->held |= set_controls(group->directories[i], limits);
    made = 1;
  }
  return made ? 0 : -1;
}

int sandbox_group_add(const sandbox_group *group, int32_t process) {
  char text[16];
  snprintf(text, sizeof text, "%d", process);
  for (int i = 0; i < TREES; i++)
    if (group->directories[i] >= 0 && write_text(group->directories[i], "cgroup.procs", text) != 0) return -1;
  return 0;
}

/* How many processes a tree's group has; each is killed. */
static int kill_listed(int directory) {
  char line[32];
  const int list = openat(directory, "cgroup.procs", O_RDONLY | O_CLOEXEC);
  FILE *file = list < 0 ? NULL : fdopen(list, "r");
  int count = 0;
  for (; file != NULL && fgets(line, sizeof line, file) != NULL; count++) kill(atoi(line), SIGKILL);
  if (file != NULL) fclose(file);
  return count;
}

int sandbox_group_end(const sandbox_group *group) {
  int left = 0;
  for (int i = 0; i < TREES; i++) {
    if (group->directories[i] < 0) continue;
    if (write_text(group->directories[i], "cgroup.kill", "1") != 0) left += kill_listed(group->directories[i]);
  }
  return left;
}

int sandbox_group_remove(sandbox_group *group) {
  int result = 0;
  for (int i = 0; i < TREES; i++) {
    if (group->directories[i] < 0) continue;
    if (unlinkat(group->parents[i], group->name, AT_REMOVEDIR) != 0) result = -1;
    close(group->directories[i]);
    close(group->parents[i]);
    group->directories[i] = group->parents[i] = -1;
  }
  return result;
}
