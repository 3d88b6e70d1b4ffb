/* A plugin from a table of functions, for fixtures: each returns 0 when it did what it is for, else an errno. */
#ifndef TOOLS_H
#define TOOLS_H

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "interlock.h"
#include "interlock_args.h"

struct row {
  const char *name;
  int (*function)(ilk_str args);
};

static const ilk_host *host;
extern const struct row rows[];
extern const unsigned row_count;

static inline const char *argument(ilk_str args, const char *name) {
  static char values[4][1024];
  static unsigned next;
  char *value = values[next++ % 4];
  return ilk_args_string(args, name, value, sizeof values[0]) < 0 ? "" : value;
}

static inline int outcome(long result) { return result < 0 ? errno : 0; }

/* What calls claim, for a host that asks; the one of sandbox-driver has an idea of its own. */
#ifndef DIRECTORY_MODE
#define DIRECTORY_MODE ILK_SHARED
#endif
#ifndef FLAGS
#define FLAGS 0
#endif
#define CLAIM(MODE, SCOPE, POINTER)                                                                          \
  {                                                                                                          \
    .struct_size = sizeof(ilk_claim), .type = ILK_CLAIM_KEY, .mode = MODE, .scope = SCOPE,                   \
    .kind = ILK_STR("path"), .pointer = ILK_STR(POINTER)                                                     \
  }
static const ilk_claim claimed_claim = CLAIM(ILK_EXCLUSIVE, ILK_EXACT, "/claimed");
static const ilk_claim readable_claim = CLAIM(ILK_SHARED, ILK_EXACT, "/readable");
static const ilk_claim directory_claim = CLAIM(DIRECTORY_MODE, ILK_SUBTREE, "/directory");
static const ilk_claim *const claims[] = {&claimed_claim, &readable_claim, &directory_claim};
#define PATH_ARGUMENT(NAME) "\"" NAME "\":{\"type\":\"string\"}"
#define SCHEMA                                                                                             \
  "{\"type\":\"object\",\"properties\":{" PATH_ARGUMENT("claimed") "," PATH_ARGUMENT("readable") "," \
  PATH_ARGUMENT("directory") "}}"

enum { MOST_ROWS = 64 };
static ilk_tool tools[MOST_ROWS];
static const ilk_tool *tool_list[MOST_ROWS];

static ilk_status execute(void *self, const ilk_tool *tool, ilk_call *call, ilk_str args) {
  (void)self;
  const int error = rows[tool - tools].function(args);
  if (error == 0) return ILK_OK;
  char details[32];
  snprintf(details, sizeof details, "{\"errno\":%d}", error);
  const char *words = strerror(error);
  host->fail(call, ILK_E_TOOL, (ilk_str){words, strlen(words)}, (ilk_str){details, strlen(details)});
  return ILK_E_TOOL;
}

static ilk_status init(const ilk_plugin *plugin, const ilk_host *the_host, ilk_str config, void **self, char *err,
                       size_t capacity) {
  (void)plugin, (void)config, (void)self, (void)err, (void)capacity;
  host = the_host;
  return ILK_OK;
}

static ilk_plugin plugin = {.struct_size = sizeof plugin, .abi_minor = ILK_ABI_MINOR, .id = ILK_STR("org.example.rows"),
                            .version = ILK_STR("1.0.0"), .tools = tool_list, .init = init};

const ilk_plugin *ilk_plugin_v1(uint32_t host_minor) {
  (void)host_minor;
  for (unsigned i = 0; i < row_count; i++) {
    tools[i] = (ilk_tool){.struct_size = sizeof tools[i], .name = {rows[i].name, strlen(rows[i].name)},
                          .flags = FLAGS, .input_schema = ILK_STR(SCHEMA), .claims = claims, .n_claims = 3,
                          .execute = execute};
    tool_list[i] = &tools[i];
  }
  plugin.n_tools = row_count;
  return &plugin;
}

#endif
