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

static ilk_tool tools[32];
static const ilk_tool *tool_list[32];

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
                          .input_schema = ILK_STR("{\"type\":\"object\"}"), .execute = execute};
    tool_list[i] = &tools[i];
  }
  plugin.n_tools = row_count;
  return &plugin;
}

#endif
