/* Tools for tests of who runs when: hold runs until open does, or until it is cancelled. */
#include <poll.h>
#include <stdatomic.h>

#include "interlock_args.h"

#define NONE ((ilk_str){0, 0})
static const ilk_host *host;
static atomic_int is_open;

static ilk_status init(const ilk_plugin *plugin, const ilk_host *the_host, ilk_str config, void **self, char *err,
                       size_t err_capacity) {
  (void)plugin, (void)config, (void)self, (void)err, (void)err_capacity;
  host = the_host;
  return ILK_OK;
}

static void quiesce(void *self) {
  (void)self;
  host->log(host, ILK_LOG_INFO, (ilk_str)ILK_STR("the gate is quiesced"));
}

static ilk_status hold(void *self, const ilk_tool *tool, ilk_call *call, ilk_str args) {
  (void)self, (void)tool, (void)args;
  while (!atomic_load(&is_open) && !host->cancelled(call)) {
    struct pollfd cancelled = {.fd = host->cancel_fd(call), .events = POLLIN};
    poll(&cancelled, 1, 1);
  }
  host->log(host, ILK_LOG_INFO, (ilk_str)ILK_STR("hold is over"));
  if (!atomic_load(&is_open)) return ILK_E_CANCELLED;
  return host->emit(call, NONE, (ilk_str)ILK_STR("held"));
}

static ilk_status open_gate(void *self, const ilk_tool *tool, ilk_call *call, ilk_str args) {
  (void)self, (void)tool, (void)args;
  atomic_store(&is_open, 1);
  return host->emit(call, NONE, (ilk_str)ILK_STR("opened"));
}

static const ilk_claim key = {.struct_size = sizeof(ilk_claim),
                              .type = ILK_CLAIM_KEY,
                              .mode = ILK_EXCLUSIVE,
                              .scope = ILK_EXACT,
                              .kind = ILK_STR("gate"),
                              .pointer = ILK_STR("/key")};
static const ilk_claim *const claims[] = {&key};

#define SCHEMA                                                                                    \
  ILK_STR("{\"type\":\"object\",\"properties\":{\"key\":{\"type\":\"string\"}},\"required\":[\"key\"]," \
          "\"additionalProperties\":false}")
static const ilk_tool hold_tool = {.struct_size = sizeof(ilk_tool),
                                   .flags = ILK_TOOL_REENTRANT,
                                   .name = ILK_STR("hold"),
                                   .description = ILK_STR("Waits for open."),
                                   .input_schema = SCHEMA,
                                   .claims = claims,
                                   .n_claims = 1,
                                   .execute = hold};
static const ilk_tool open_tool = {.struct_size = sizeof(ilk_tool),
                                   .flags = ILK_TOOL_REENTRANT,
                                   .name = ILK_STR("open"),
                                   .description = ILK_STR("Lets hold go on."),
                                   .input_schema = SCHEMA,
                                   .claims = claims,
                                   .n_claims = 1,
                                   .execute = open_gate};
static const ilk_tool *const tools[] = {&hold_tool, &open_tool};
static const ilk_plugin plugin = {.struct_size = sizeof(ilk_plugin),
                                  .abi_minor = ILK_ABI_MINOR,
                                  .id = ILK_STR("org.example.gate"),
                                  .version = ILK_STR("1.0.0"),
                                  .tools = tools,
                                  .n_tools = 2,
                                  .init = init,
                                  .quiesce = quiesce};

__attribute__((visibility("default"))) const ilk_plugin *ilk_plugin_v1(uint32_t host_minor) {
  (void)host_minor;
  return &plugin;
}
