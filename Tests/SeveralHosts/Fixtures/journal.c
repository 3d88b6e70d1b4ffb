/* journal.c - tools for tests of several hosts. Each adds a line to a file in the way in which lines get lost: it reads
 * all of it, takes its time, and writes all of it back, without a condition. */
#define _POSIX_C_SOURCE 200809L
#include <fcntl.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "interlock.h"
#include "interlock_args.h"

extern char **environ;

#define NONE ((ilk_str){0, 0})

static const ilk_host *host;
static const ilk_fs *fs;

static ilk_status init(const ilk_plugin *plugin, const ilk_host *the_host, ilk_str config, void **self, char *err,
                       size_t err_capacity) {
  (void)plugin, (void)config, (void)err, (void)err_capacity;
  host = the_host;
  fs = host->get_ext(host, ILK_EXT_FS);
  *self = NULL;
  return fs == NULL ? ILK_E_INTERNAL : ILK_OK;
}

static void pause_for(long nanoseconds) {
  const struct timespec time = {.tv_nsec = nanoseconds};
  nanosleep(&time, NULL);
}

struct content {
  char *bytes;
  size_t length;
};

static ilk_status keep(void *context, ilk_str chunk) {
  struct content *content = context;
  char *larger = realloc(content->bytes, content->length + chunk.len + 1);
  if (larger == NULL) return ILK_E_INTERNAL;
  content->bytes = larger;
  if (chunk.len > 0) memcpy(content->bytes + content->length, chunk.ptr, chunk.len);
  content->length += chunk.len;
  return ILK_OK;
}

static ilk_status read_all(void *self, const ilk_tool *tool, ilk_call *call, ilk_str args) {
  (void)self, (void)tool;
  char path[1024];
  if (ilk_args_string(args, "path", path, sizeof path) < 0) return ILK_E_ARGS;
  struct content content = {NULL, 0};
  ilk_status status = fs->read(call, (ilk_str){path, strlen(path)}, 0, UINT64_MAX, keep, &content, NULL);
  if (status == ILK_E_NOT_FOUND) status = ILK_OK;
  if (status == ILK_OK) status = host->emit(call, NONE, (ilk_str){content.bytes, content.length});
  free(content.bytes);
  return status;
}

static ilk_status add_line(ilk_call *call, const char *path, const char *line) {
  const ilk_str name = {path, strlen(path)};
  struct content content = {NULL, 0};
  ilk_status status = fs->read(call, name, 0, UINT64_MAX, keep, &content, NULL);
  if (status == ILK_OK || status == ILK_E_NOT_FOUND) {
    pause_for(1000000);
    status = keep(&content, (ilk_str){line, strlen(line)});
    if (status == ILK_OK) status = keep(&content, (ilk_str)ILK_STR("\n"));
    if (status == ILK_OK) status = fs->write(call, name, (ilk_str){content.bytes, content.length}, 0, NULL);
  }
  free(content.bytes);
  return status;
}

enum { LONGEST = 1024 };

static int argument(ilk_str args, const char *name, char *value) { return ilk_args_string(args, name, value, LONGEST) >= 0; }

/* To one file, or to two. */
static ilk_status add(void *self, const ilk_tool *tool, ilk_call *call, ilk_str args) {
  (void)self, (void)tool;
  char path[LONGEST], other[LONGEST], line[LONGEST];
  if (!argument(args, "path", path) || !argument(args, "line", line)) return ILK_E_ARGS;
  ilk_status status = add_line(call, path, line);
  if (status == ILK_OK && argument(args, "other", other)) status = add_line(call, other, line);
  return status;
}

/* Holds what it claims until a file appears that is no business of the host's. */
static ilk_status hold(void *self, const ilk_tool *tool, ilk_call *call, ilk_str args) {
  (void)self, (void)tool;
  char until[LONGEST];
  if (!argument(args, "until", until)) return ILK_E_ARGS;
  while (access(until, F_OK) != 0) {
    if (host->cancelled(call)) return ILK_E_CANCELLED;
    pause_for(1000000);
  }
  return ILK_OK;
}

/* Leaves a process behind that outlives the host, and says its number. */
static ilk_status leave(void *self, const ilk_tool *tool, ilk_call *call, ilk_str args) {
  (void)self, (void)tool, (void)args;
  char number[32];
  char *const arguments[] = {"sleep", "600", NULL};
  posix_spawn_file_actions_t streams;
  if (posix_spawn_file_actions_init(&streams) != 0) return ILK_E_INTERNAL;
  /* Who reads what the host writes, or waits for its end by a socket, must not wait for the child. */
  for (int stream = 0; stream < 3; stream++) posix_spawn_file_actions_addopen(&streams, stream, "/dev/null", O_RDWR, 0);
  struct stat status;
  for (int number = 3; number < 1024; number++)
    if (fstat(number, &status) == 0 && S_ISSOCK(status.st_mode)) posix_spawn_file_actions_addclose(&streams, number);
  pid_t child;
  const int failed = posix_spawnp(&child, "sleep", &streams, NULL, arguments, environ);
  posix_spawn_file_actions_destroy(&streams);
  if (failed) return ILK_E_INTERNAL;
  const int length = snprintf(number, sizeof number, "%d", (int)child);
  return host->progress(call, 0, 0, (ilk_str){number, (size_t)length});
}

static ilk_status leave_and_hold(void *self, const ilk_tool *tool, ilk_call *call, ilk_str args) {
  const ilk_status status = leave(self, tool, call, args);
  return status == ILK_OK ? hold(self, tool, call, args) : status;
}

#define CLAIM(ARGUMENT)                                                                                             \
  {                                                                                                                 \
    .struct_size = sizeof(ilk_claim), .type = ILK_CLAIM_KEY, .mode = ILK_EXCLUSIVE, .scope = ILK_EXACT,             \
    .flags = ILK_CREATES_FILE, .kind = ILK_STR("path"), .pointer = ILK_STR(ARGUMENT)                                \
  }
static const ilk_claim path = CLAIM("/path"), other = CLAIM("/other");
static const ilk_claim reading = {
    .struct_size = sizeof(ilk_claim), .type = ILK_CLAIM_KEY, .mode = ILK_SHARED, .scope = ILK_EXACT,
    .kind = ILK_STR("path"), .pointer = ILK_STR("/path")};
static const ilk_claim *const one[] = {&path}, *const two[] = {&path, &other}, *const read_one[] = {&reading};

#define TOOL(NAME, EXECUTE, CLAIMS, COUNT)                                                                          \
  {                                                                                                                 \
    .struct_size = sizeof(ilk_tool), .flags = ILK_TOOL_REENTRANT, .name = ILK_STR(NAME),                            \
    .description = ILK_STR("For tests."), .input_schema = ILK_STR("{\"type\":\"object\"}"), .claims = (CLAIMS),     \
    .n_claims = (COUNT), .execute = (EXECUTE)                                                                       \
  }
static const ilk_tool add_tool = TOOL("journal_add", add, one, 1), pair_tool = TOOL("journal_pair", add, two, 2),
                      all_tool = TOOL("journal_all", add, NULL, 0), hold_tool = TOOL("journal_hold", hold, one, 1),
                      leave_tool = TOOL("journal_leave", leave_and_hold, one, 1),
                      read_tool = TOOL("journal_read", read_all, read_one, 1);
static const ilk_tool *const tools[] = {&add_tool, &pair_tool, &all_tool, &hold_tool, &leave_tool, &read_tool};

static const ilk_plugin plugin = {
    .struct_size = sizeof(ilk_plugin),
    .abi_minor = ILK_ABI_MINOR,
    .id = ILK_STR("test.journal"),
    .version = ILK_STR("1.0.0"),
    .tools = tools,
    .n_tools = sizeof tools / sizeof *tools,
    .init = init,
};

const ilk_plugin *ilk_plugin_v1(uint32_t host_minor) {
  (void)host_minor;
  return &plugin;
}
