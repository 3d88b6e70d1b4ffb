/* misbehaving.c - a plugin that breaks every rule, to see each of them hold.
 *
 *     make          (beside this file)
 *
 * Each of its tools attempts one thing that no call may do. Its contract is honest and small: a file to write in place,
 * a file to read, a directory to read; everything else that the attempts reach for was not claimed. Loaded without
 * confinement the attempts succeed. In a worker they must not, and the host is told of them.
 *
 * The attempts stand in five chapters, each a file of its own with a table at its end:
 *     writing.c     what files contain and what directories have
 *     metadata.c    modes, owners, times, attributes
 *     claims.c      making more of a claim than was claimed
 *     processes.c   other processes, the host, the kernel
 *     network.c     talking to somebody
 * Whoever knows another way: one row more. */
#define _GNU_SOURCE
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "attempts.h"
#include "interlock.h"
#include "interlock_args.h"

const char *in(const char *directory, const char *name) {
  static _Thread_local char paths[4][2100];
  static _Thread_local unsigned next;
  char *path = paths[next++ % 4];
  snprintf(path, sizeof *paths, "%s/%s", directory, name);
  return path;
}

/* ---------------------------------------------------------------- one call
 *
 * Done: the call succeeds, to its shame. Stopped: it fails, and says by which error. */
static const ilk_host *host;

static ilk_str text(const char *s) { return (ilk_str){s, strlen(s)}; }

static const struct text_argument {
  const char *name;
  size_t offset, capacity;
} text_arguments[] = {
#define ARGUMENT(FIELD) {#FIELD, offsetof(struct scene, FIELD), sizeof((struct scene *)0)->FIELD}
    ARGUMENT(workspace), ARGUMENT(outside), ARGUMENT(claimed), ARGUMENT(readable), ARGUMENT(directory),
    ARGUMENT(sibling),   ARGUMENT(linked),  ARGUMENT(pointer), ARGUMENT(listener), ARGUMENT(abstract),
};

static int number(ilk_str args, const char *name) {
  char digits[16];
  return ilk_args_string(args, name, digits, sizeof digits) < 0 ? 0 : atoi(digits);
}

static void read_scene(ilk_str args, struct scene *scene) {
  memset(scene, 0, sizeof *scene);
  for (size_t i = 0; i < sizeof text_arguments / sizeof *text_arguments; i++) {
    const struct text_argument *a = &text_arguments[i];
    ilk_args_string(args, a->name, (char *)scene + a->offset, a->capacity);
  }
  scene->host = number(args, "host");
  scene->tcp_port = number(args, "tcp_port");
  scene->udp_port = number(args, "udp_port");
}

static const struct attempts *const chapters[] = {&writing_attempts, &metadata_attempts, &claim_attempts,
                                                  &process_attempts, &network_attempts};
enum { CHAPTERS = sizeof chapters / sizeof *chapters, MOST_TOOLS = 160 };

static ilk_tool made_tools[MOST_TOOLS];
static const ilk_tool *tools[MOST_TOOLS + 1];
static const struct attempt *attempt_of_tool[MOST_TOOLS];

static ilk_status execute(void *self, const ilk_tool *tool, ilk_call *call, ilk_str args) {
  (void)self;
  const struct attempt *attempt = attempt_of_tool[tool - made_tools];
  struct scene scene;
  read_scene(args, &scene);
  const int error = attempt->function(&scene);
  if (error == 0) return host->emit(call, (ilk_str){0, 0}, text("did it"));

  char words[128], details[64];
  snprintf(words, sizeof words, "%s", error == MISSING ? "not to be had on this system" : strerror(error));
  snprintf(details, sizeof details, "{\"errno\":%d}", error);
  host->fail(call, ILK_E_TOOL, text(words), text(details));
  return ILK_E_TOOL;
}

/* ---------------------------------------------------------------- the contract, the same for all */

#define CLAIM(MODE, SCOPE, POINTER)                                                                        \
  {                                                                                                        \
    .struct_size = sizeof(ilk_claim), .type = ILK_CLAIM_KEY, .mode = MODE, .scope = SCOPE, .kind = ILK_STR("path"), \
    .pointer = ILK_STR(POINTER)                                                                            \
  }
static const ilk_claim claimed = CLAIM(ILK_EXCLUSIVE, ILK_EXACT, "/claimed");
static const ilk_claim linked = CLAIM(ILK_EXCLUSIVE, ILK_EXACT, "/linked");
static const ilk_claim readable = CLAIM(ILK_SHARED, ILK_EXACT, "/readable");
static const ilk_claim directory = CLAIM(ILK_SHARED, ILK_SUBTREE, "/directory");
static const ilk_claim *const claims[] = {&claimed, &linked, &readable, &directory};

#define STRING(NAME) "\"" NAME "\":{\"type\":\"string\"}"
static const char schema[] =
    "{\"type\":\"object\",\"properties\":{" STRING("workspace") "," STRING("outside") "," STRING("claimed") ","
    STRING("readable") "," STRING("directory") "," STRING("sibling") "," STRING("linked") "," STRING("pointer") ","
    STRING("listener") "," STRING("abstract") "," STRING("host") "," STRING("tcp_port") "," STRING("udp_port") "},"
    "\"required\":[\"workspace\",\"outside\",\"claimed\",\"linked\",\"readable\",\"directory\"],"
    "\"additionalProperties\":false}";

/* ---------------------------------------------------------------- the plugin: a tool for each row of each table */

static ilk_status init(const ilk_plugin *plugin, const ilk_host *the_host, ilk_str config, void **self, char *err,
                       size_t err_capacity) {
  (void)plugin, (void)config, (void)err, (void)err_capacity;
  host = the_host;
  *self = NULL;
  return ILK_OK;
}

/* For whoever checks that each attempt came to what it should: the rows themselves. */
static const struct attempt *attempt_named(const char *tool_name) {
  for (uint32_t i = 0; tools[i] != NULL; i++)
    if (strcmp(tools[i]->name.ptr, tool_name) == 0) return attempt_of_tool[i];
  return NULL;
}
static const struct misbehaving_rows rows = {attempt_named};

static const void *get_extension(const char *id) { return strcmp(id, MISBEHAVING_ROWS) == 0 ? &rows : NULL; }

static ilk_plugin plugin = {
    .struct_size = sizeof(ilk_plugin),
    .abi_minor = ILK_ABI_MINOR,
    .min_host_minor = 0,
    .id = ILK_STR("org.example.misbehaving"),
    .version = ILK_STR("1.0.0"),
    .tools = tools,
    .init = init,
    .get_ext = get_extension,
};

static void make_tool(const struct attempt *attempt, uint32_t index) {
  static char names[MOST_TOOLS][64];
  snprintf(names[index], sizeof *names, "misbehave_%s", attempt->name);
  attempt_of_tool[index] = attempt;
  tools[index] = &made_tools[index];
  made_tools[index] = (ilk_tool){
      .struct_size = sizeof(ilk_tool),
      .flags = ILK_TOOL_REENTRANT,
      .name = text(names[index]),
      .description = text(attempt->tries),
      .input_schema = text(schema),
      .claims = claims,
      .n_claims = sizeof claims / sizeof *claims,
      .execute = execute,
  };
}

const ilk_plugin *ilk_plugin_v1(uint32_t host_minor) {
  (void)host_minor;
  if (plugin.n_tools != 0) return &plugin;
  for (size_t c = 0; c < CHAPTERS; c++)
    for (size_t i = 0; i < chapters[c]->count && plugin.n_tools < MOST_TOOLS; i++)
      make_tool(&chapters[c]->all[i], plugin.n_tools++);
  return &plugin;
}
