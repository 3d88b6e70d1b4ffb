/* A plugin that is in order. Each -D puts one thing out of order: see DescriptorReaderTests.swift. */
#include "interlock_args.h"

#ifndef ENTRY
#define ENTRY ilk_plugin_v1
#endif
#ifndef PLUGIN /* fields to replace; later designators win */
#define PLUGIN
#endif
#ifndef TOOL
#define TOOL
#endif
#ifndef CLAIM
#define CLAIM
#endif
#ifndef WHEN
#define WHEN
#endif
#ifndef TOOLS
#define TOOLS &good_tool
#endif
#ifndef CLAIMS
#define CLAIMS &good_claim
#endif
#ifndef ANSWER
#define ANSWER (const ilk_plugin *)&wide
#endif

static ilk_status execute(void *self, const ilk_tool *tool, ilk_call *call, ilk_str args) {
  (void)self, (void)tool, (void)call, (void)args;
  return ILK_OK;
}

static ilk_status failing_init(const ilk_plugin *p, const ilk_host *h, ilk_str c, void **s, char *err, size_t n) {
  (void)p, (void)h, (void)c, (void)s;
  if (n > 20) memcpy(err, "no such database", 17);
  return ILK_E_ARGS;
}
#define KEEP_FAILING_INIT (void)failing_init

static const ilk_when when = {
    .struct_size = sizeof(ilk_when), .op = ILK_WHEN_EQUALS, .pointer = ILK_STR("/a"), .value_json = ILK_STR("1"), WHEN};
static const ilk_when *const conditions[] = {&when};

static const ilk_claim good_claim = {.struct_size = sizeof(ilk_claim), .type = ILK_CLAIM_KEY, .mode = ILK_SHARED,
    .scope = ILK_EXACT, .kind = ILK_STR("path"), .pointer = ILK_STR("/path"), .when = conditions, .n_when = 1, CLAIM};
static const ilk_claim *const claims[] = {CLAIMS};

static const ilk_tool good_tool = {.struct_size = sizeof(ilk_tool), .name = ILK_STR("good"),
    .description = ILK_STR("Is good."), .input_schema = ILK_STR("{\"type\":\"object\"}"), .claims = claims,
    .n_claims = sizeof claims / sizeof claims[0], .execute = execute, TOOL};
static const ilk_tool *const tools[] = {TOOLS};

/* As if made with a header of the future: a field more behind what version 1 knows. */
static const struct {
  ilk_plugin known;
  uint64_t garbage[4];
} wide = {{.struct_size = sizeof wide, .abi_minor = 7, .id = ILK_STR("org.example.good"), .version = ILK_STR("1.2.3"),
           .tools = tools, .n_tools = sizeof tools / sizeof tools[0], PLUGIN}, {~0ull, ~0ull, ~0ull, ~0ull}};

__attribute__((visibility("default"))) const ilk_plugin *ENTRY(uint32_t host_minor) {
  (void)host_minor, (void)wide;
  KEEP_FAILING_INIT;
  return ANSWER;
}
