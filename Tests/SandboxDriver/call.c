#define _GNU_SOURCE
#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define ILK_NO_ENTRY
#include "../../Examples/misbehaving/attempts.h"
#include "driver.h"
#include "interlock.h"

/* ---------------------------------------------------------------- a host of the fewest services */

static struct result *result; /* of the one call that this process makes */

static void keep(ilk_str words) {
  const size_t used = strlen(result->text), room = sizeof result->text - 1 - used;
  const size_t count = words.len < room ? words.len : room;
  memcpy(result->text + used, words.ptr, count);
  result->text[used + count] = 0;
}

static const void *get_ext(const ilk_host *host, const char *id) {
  (void)host, (void)id;
  return NULL;
}
static void log_line(const ilk_host *host, int32_t level, ilk_str message) { (void)host, (void)level, (void)message; }
static ilk_status emit(ilk_call *call, ilk_str mime, ilk_str bytes) {
  (void)call, (void)mime;
  keep(bytes);
  return ILK_OK;
}
static ilk_status take_result(ilk_call *call, ilk_str json) {
  (void)call, (void)json;
  return ILK_OK;
}
static ilk_status progress(ilk_call *call, double done, double total, ilk_str message) {
  (void)call, (void)done, (void)total, (void)message;
  return ILK_OK;
}
static ilk_status fail(ilk_call *call, ilk_status status, ilk_str message, ilk_str details) {
  (void)call;
  char text[64] = "";
  if (details.len < sizeof text) memcpy(text, details.ptr, details.len);
  if (sscanf(text, "{\"errno\":%d}", &result->error) != 1) result->error = status;
  keep(message);
  return ILK_OK;
}
static int32_t cancelled(ilk_call *call) { return (void)call, 0; }
static int32_t cancel_fd(ilk_call *call) { return (void)call, -1; }
static uint64_t deadline_ns(ilk_call *call) { return (void)call, 0; }
static ilk_status release(ilk_call *call, uint32_t index) { return (void)call, (void)index, ILK_E_DENIED; }
static ilk_status last_error(ilk_call *call, ilk_sink sink, void *context) {
  return (void)call, (void)sink, (void)context, ILK_OK;
}

static const ilk_host host = {
    .struct_size = sizeof host,
    .abi_minor = ILK_ABI_MINOR,
    .get_ext = get_ext,
    .log = log_line,
    .emit = emit,
    .result = take_result,
    .progress = progress,
    .fail = fail,
    .cancelled = cancelled,
    .cancel_fd = cancel_fd,
    .deadline_ns = deadline_ns,
    .release = release,
    .last_error = last_error,
};

/* ---------------------------------------------------------------- the plugin */

const char *plugin_load(struct tool_call *call, const char *path) {
  void *library = dlopen(path, RTLD_NOW | RTLD_LOCAL | RTLD_NODELETE);
  if (library == NULL) return dlerror();
  const ilk_plugin *(*entry)(uint32_t) = (const ilk_plugin *(*)(uint32_t))dlsym(library, ILK_ENTRY_SYMBOL);
  const ilk_plugin *plugin = entry != NULL ? entry(ILK_ABI_MINOR) : NULL;
  if (plugin == NULL) return "it has no entry";
  static char words[256];
  call->self = NULL;
  const ilk_str nothing = {"{}", 2};
  if (plugin->init != NULL && plugin->init(plugin, &host, nothing, &call->self, words, sizeof words) != ILK_OK)
    return words;
  call->plugin = plugin;
  return NULL;
}

void plugin_execute(const struct tool_call *call, const char *tool, const char *arguments, struct result *to) {
  const ilk_plugin *plugin = call->plugin;
  result = to;
  for (uint32_t i = 0; i < plugin->n_tools; i++) {
    const ilk_tool *candidate = plugin->tools[i];
    if (candidate->name.len != strlen(tool) || memcmp(candidate->name.ptr, tool, candidate->name.len) != 0) continue;
    const ilk_str given = {arguments, strlen(arguments)};
    result->is_done = candidate->execute(call->self, candidate, (ilk_call *)result, given) == ILK_OK;
    return;
  }
  snprintf(result->text, sizeof result->text, "there is no tool %s", tool);
  result->error = -2;
}

void plugin_each(const struct tool_call *call, void (*use)(void *, const char *, const char *, int), void *context) {
  const ilk_plugin *plugin = call->plugin;
  const struct misbehaving_rows *rows = plugin->get_ext != NULL ? plugin->get_ext(MISBEHAVING_ROWS) : NULL;
  for (uint32_t i = 0; i < plugin->n_tools; i++) {
    char name[65];
    snprintf(name, sizeof name, "%.*s", (int)plugin->tools[i]->name.len, plugin->tools[i]->name.ptr);
    const struct attempt *row = rows != NULL ? rows->row(name) : NULL;
    use(context, name, row != NULL ? row->told : "", row != NULL && row->changes_files);
  }
}
