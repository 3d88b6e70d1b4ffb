/* Tools for the bench: what they do takes a known time, or none.
 *
 *     touch    nothing                 | look     naps; claims a file, shared
 *     append   reads, naps, writes     | survey   naps; claims a directory and all below it, shared
 *     hold     runs until cancelled    | change   naps; claims a file, exclusive
 *     ask      asks the host as often as `ms` says for what is registered: the least that a service can do */
#define _POSIX_C_SOURCE 200809L
#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <time.h>

#include "interlock_args.h"

enum { LONGEST_PATH = 4096, LARGEST = 1 << 16 };
static const ilk_host *host;
static const ilk_fs *files;
static const ilk_reservation *reservations;

static ilk_status init(const ilk_plugin *plugin, const ilk_host *the_host, ilk_str config, void **self, char *err,
                       size_t err_capacity) {
  (void)plugin, (void)config, (void)self, (void)err, (void)err_capacity;
  host = the_host;
  files = host->get_ext(host, ILK_EXT_FS);
  reservations = host->get_ext(host, ILK_EXT_RESERVATION);
  return files == NULL || reservations == NULL ? ILK_E_INTERNAL : ILK_OK;
}

static void nap(ilk_str args) {
  char text[16];
  if (ilk_args_string(args, "ms", text, sizeof text) < 0) return;
  const long milliseconds = atol(text);
  struct timespec left = {milliseconds / 1000, milliseconds % 1000 * 1000000};
  while (nanosleep(&left, &left) != 0 && errno == EINTR) {
  }
}

static ilk_status touch(void *self, const ilk_tool *tool, ilk_call *call, ilk_str args) {
  (void)self, (void)tool, (void)call, (void)args;
  return ILK_OK;
}

static ilk_status rest(void *self, const ilk_tool *tool, ilk_call *call, ilk_str args) {
  (void)self, (void)tool, (void)call;
  nap(args);
  return ILK_OK;
}

static ilk_status hold(void *self, const ilk_tool *tool, ilk_call *call, ilk_str args) {
  (void)self, (void)tool, (void)args;
  struct pollfd cancelled = {.fd = host->cancel_fd(call), .events = POLLIN};
  while (!host->cancelled(call)) poll(&cancelled, 1, -1);
  return ILK_E_CANCELLED;
}

static ilk_status nothing(void *context, ilk_str chunk) {
  (void)context, (void)chunk;
  return ILK_OK;
}

static ilk_status ask(void *self, const ilk_tool *tool, ilk_call *call, ilk_str args) {
  (void)self, (void)tool;
  char text[16];
  if (ilk_args_string(args, "ms", text, sizeof text) < 0) return ILK_E_ARGS;
  for (long left = atol(text); left > 0; left--) {
    const ilk_status status = reservations->enrolled(call, (ilk_str)ILK_STR("bench"), nothing, NULL);
    if (status != ILK_OK) return status;
  }
  return ILK_OK;
}

typedef struct {
  size_t length;
  char bytes[LARGEST];
} content;

static ilk_status collect(void *context, ilk_str chunk) {
  content *all = context;
  if (chunk.len >= LARGEST - all->length) return ILK_E_LIMIT;
  memcpy(all->bytes + all->length, chunk.ptr, chunk.len);
  all->length += chunk.len;
  return ILK_OK;
}

static ilk_status append(void *self, const ilk_tool *tool, ilk_call *call, ilk_str args) {
  (void)self, (void)tool;
  char path[LONGEST_PATH];
  content all = {.length = 0};
  const int64_t length = ilk_args_string(args, "path", path, sizeof path);
  if (length < 0) return ILK_E_ARGS;
  const ilk_str name = {path, (size_t)length};
  ilk_status status = files->read(call, name, 0, LARGEST, collect, &all, NULL);
  if (status != ILK_OK) return status;
  nap(args);
  all.bytes[all.length++] = '.';
  return files->write(call, name, (ilk_str){all.bytes, all.length}, 0, NULL);
}

#define PATH_CLAIM(NAME, MODE, SCOPE)                                                        \
  static const ilk_claim NAME = {.struct_size = sizeof(ilk_claim), .type = ILK_CLAIM_KEY, .mode = MODE, \
                                 .scope = SCOPE, .kind = ILK_STR("path"), .pointer = ILK_STR("/path")}; \
  static const ilk_claim *const NAME##_only[] = {&NAME}
PATH_CLAIM(shared_file, ILK_SHARED, ILK_EXACT);
PATH_CLAIM(shared_tree, ILK_SHARED, ILK_SUBTREE);
PATH_CLAIM(exclusive_file, ILK_EXCLUSIVE, ILK_EXACT);

#define TOOL(NAME, FLAGS, CLAIMS, EXECUTE)                                                                       \
  static const ilk_tool NAME##_tool = {                                                                   \
      .struct_size = sizeof(ilk_tool),                                                                    \
      .flags = ILK_TOOL_REENTRANT | FLAGS,                                                                     \
      .name = ILK_STR(#NAME),                                                                             \
      .description = ILK_STR("For the bench."),                                                           \
      .input_schema = ILK_STR("{\"type\":\"object\",\"properties\":{\"path\":{\"type\":\"string\"},"      \
                              "\"ms\":{\"type\":\"string\"}},\"required\":[\"path\"]}"),                  \
      .claims = CLAIMS##_only,                                                                            \
      .n_claims = 1,                                                                                      \
      .execute = EXECUTE}
TOOL(touch, 0, exclusive_file, touch);
TOOL(append, 0, exclusive_file, append);
TOOL(hold, 0, exclusive_file, hold);
TOOL(ask, 0, exclusive_file, ask);
TOOL(look, ILK_TOOL_READ_ONLY, shared_file, rest);
TOOL(survey, ILK_TOOL_READ_ONLY, shared_tree, rest);
TOOL(change, 0, exclusive_file, rest);

static const ilk_tool *const tools[] = {&touch_tool, &append_tool, &hold_tool, &ask_tool, &look_tool, &survey_tool, &change_tool};
static const ilk_plugin plugin = {.struct_size = sizeof(ilk_plugin),
                                  .abi_minor = ILK_ABI_MINOR,
                                  .id = ILK_STR("org.example.bench"),
                                  .version = ILK_STR("1.0.0"),
                                  .tools = tools,
                                  .n_tools = 7,
                                  .init = init};

__attribute__((visibility("default"))) const ilk_plugin *ilk_plugin_v1(uint32_t host_minor) {
  (void)host_minor;
  return &plugin;
}
