/* A plugin that says of itself what a file says, which a test changes: what interlock.h forbids. WORD: the file. */
#define _GNU_SOURCE
#include <fcntl.h>
#include <stdio.h>
#include <time.h>
#include <unistd.h>

#include "interlock_args.h"

static ilk_status run(void *self, const ilk_tool *tool, ilk_call *call, ilk_str args) {
  (void)self, (void)tool, (void)call, (void)args;
  return ILK_OK;
}

const ilk_plugin *ilk_plugin_v1(uint32_t host_minor) {
  (void)host_minor;
  static char word[64];
  static ilk_tool tool;
  static const ilk_tool *const tools[] = {&tool};
  static const ilk_plugin plugin = {.struct_size = sizeof plugin, .id = ILK_STR("org.example.changing"),
      .version = ILK_STR("1.0.0"), .tools = tools, .n_tools = 1};
  ssize_t size = read(open(WORD, O_RDONLY), word, sizeof word);
  if (size == 1 && word[0] == '?') {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    size = snprintf(word, sizeof word, "%ld.%ld", (long)now.tv_sec, now.tv_nsec);
  }
  tool = (ilk_tool){.struct_size = sizeof tool, .name = ILK_STR("change"), .description = {word, size > 0 ? size : 0},
      .input_schema = ILK_STR("{\"type\":\"object\"}"), .execute = run};
  return &plugin;
}
