/* Tools whose calls do what a script in their arguments says, step by step: "say here; await go; write f new".
 *
 * How calls meet is shown by what they signal and await, never by how long anything takes: two calls that each await
 * the other can only end if they run at once. The counters are the library's: a test opens a copy of its own. */
#define _GNU_SOURCE /* strsep */
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>

#include "interlock_args.h"
#include "meeting.h"

#define NONE ((ilk_str){0, 0})
static const ilk_host *host;
static const ilk_fs *fs;
static const ilk_reservation *reservations;
static const ilk_workspace *workspace;

static ilk_str str(const char *text) { return (ilk_str){text, strlen(text)}; }

/* ---------------------------------------------------------------- words */

struct text {
  char *bytes;
  size_t length, room;
};

static ilk_status keep(void *context, ilk_str chunk) {
  struct text *text = context;
  if (text->length + chunk.len + 1 > text->room) {
    text->room = 2 * (text->length + chunk.len + 1);
    text->bytes = realloc(text->bytes, text->room);
  }
  if (chunk.len > 0) memcpy(text->bytes + text->length, chunk.ptr, chunk.len);
  text->length += chunk.len;
  text->bytes[text->length] = 0;
  return ILK_OK;
}

static ilk_status keep_line(void *context, ilk_str chunk) {
  keep(context, chunk);
  return keep(context, (ilk_str)ILK_STR("\n"));
}

static ilk_status emit_and_free(ilk_call *call, struct text text) {
  const ilk_status status = host->emit(call, NONE, (ilk_str){text.bytes, text.length});
  free(text.bytes);
  return status;
}

/* Cuts the next word off the text. */
static char *word(char **rest) {
  char *start = *rest;
  char *end = start + strcspn(start, " ");
  *rest = *end == 0 ? end : end + 1;
  *end = 0;
  return start;
}

/* ---------------------------------------------------------------- the steps */

static ilk_status perform(ilk_call *call, char *step);

static ilk_status do_say(ilk_call *call, char *rest) { return host->progress(call, 0, 0, str(rest)); }
static ilk_status do_emit(ilk_call *call, char *rest) { return host->emit(call, NONE, str(rest)); }
static ilk_status do_result(ilk_call *call, char *rest) { return host->result(call, str(rest)); }
static ilk_status do_await(ilk_call *call, char *rest) { return wait_for(host, rest, call); }
static ilk_status do_insist(ilk_call *call, char *rest) { return (void)call, wait_for(host, rest, NULL); }

static ilk_status do_signal(ilk_call *call, char *rest) {
  (void)call;
  add(rest, 1);
  return ILK_OK;
}

/* An endless loop, but for the test's end. */
static ilk_status do_spin(ilk_call *call, char *rest) {
  (void)call;
  while (!has_come(rest)) continue;
  return ILK_OK;
}

/* Gives others every chance to come between. */
static ilk_status do_pause(ilk_call *call, char *rest) {
  (void)call, (void)rest;
  for (int i = 0; i < 20; i++) sched_yield();
  return ILK_OK;
}

static ilk_status do_alone(ilk_call *call, char *rest) {
  const int inside = add(rest, 1);
  do_pause(call, rest);
  add(rest, -1);
  if (inside == 1) return ILK_OK;
  host->fail(call, ILK_E_TOOL, (ilk_str)ILK_STR("not alone"), NONE);
  return ILK_E_TOOL;
}

static ilk_status do_fail(ilk_call *call, char *rest) {
  host->fail(call, ILK_E_TOOL, str(rest), NONE);
  return ILK_E_TOOL;
}

static ilk_status do_fault(ilk_call *call, char *rest) {
  host->fail(call, ILK_E_INTERNAL, str(rest), NONE);
  return ILK_E_INTERNAL;
}

static ilk_status do_fill(ilk_call *call, char *rest) { /* fill COUNT PIECE: so many pieces in one emit */
  int count = atoi(word(&rest));
  struct text text = {NULL, 0, 0};
  while (count-- > 0) keep(&text, str(rest));
  return emit_and_free(call, text);
}

static ilk_status do_blob(ilk_call *call, char *rest) { /* blob COUNT: a picture of so many bytes */
  const size_t count = (size_t)atoi(rest);
  char *bytes = calloc(1, count);
  const ilk_status status = host->emit(call, (ilk_str)ILK_STR("image/png"), (ilk_str){bytes, count});
  free(bytes);
  return status;
}

static ilk_status do_read(ilk_call *call, char *rest) {
  struct text text = {NULL, 0, 0};
  const ilk_status status = fs->read(call, str(rest), 0, UINT64_MAX, keep, &text, NULL);
  return status == ILK_OK ? emit_and_free(call, text) : status;
}

static ilk_status do_write(ilk_call *call, char *rest) {
  const char *path = word(&rest);
  return fs->write(call, str(path), str(rest), 0, NULL);
}

static ilk_status do_repeat(ilk_call *call, char *rest) { /* repeat PATH COUNT PIECE: a file of so many pieces */
  const char *path = word(&rest);
  int count = atoi(word(&rest));
  struct text text = {NULL, 0, 0};
  while (count-- > 0) keep(&text, str(rest));
  const ilk_status status = fs->write(call, str(path), (ilk_str){text.bytes, text.length}, 0, NULL);
  free(text.bytes);
  return status;
}

static ilk_status do_copy(ilk_call *call, char *rest) {
  const char *path = word(&rest);
  struct text text = {NULL, 0, 0};
  ilk_status status = fs->read(call, str(path), 0, UINT64_MAX, keep, &text, NULL);
  if (status == ILK_OK) status = fs->write(call, str(rest), (ilk_str){text.bytes, text.length}, 0, NULL);
  free(text.bytes);
  return status;
}

/* Adds a line to a file: what another writes between the reading and the writing is lost. */
static ilk_status do_append(ilk_call *call, char *rest) {
  const char *path = word(&rest);
  struct text text = {NULL, 0, 0};
  ilk_status status = fs->read(call, str(path), 0, UINT64_MAX, keep, &text, NULL);
  if (status == ILK_OK || status == ILK_E_NOT_FOUND) {
    keep_line(&text, str(rest));
    do_pause(call, rest);
    status = fs->write(call, str(path), (ilk_str){text.bytes, text.length}, 0, NULL);
  }
  free(text.bytes);
  return status;
}

static ilk_status do_list(ilk_call *call, char *rest) {
  struct text text = {NULL, 0, 0};
  const ilk_status status = fs->list(call, str(rest), keep_line, &text);
  return status == ILK_OK ? emit_and_free(call, text) : status;
}

static ilk_status do_release(ilk_call *call, char *rest) { return host->release(call, (uint32_t)atoi(rest)); }

static ilk_status do_name(ilk_call *call, char *rest) {
  struct text text = {NULL, 0, 0};
  const ilk_status status = reservations->name(call, (uint32_t)atoi(rest), keep, &text);
  return status == ILK_OK ? emit_and_free(call, text) : status;
}

static ilk_status do_roots(ilk_call *call, char *rest) {
  (void)rest;
  struct text text = {NULL, 0, 0};
  const ilk_status status = workspace->roots(call, keep_line, &text);
  return status == ILK_OK ? emit_and_free(call, text) : status;
}

/* "kind/name", or the name of a "thing". */
static ilk_str kind_of(char **name) {
  char *slash = strchr(*name, '/');
  if (slash == NULL) return (ilk_str)ILK_STR("thing");
  const ilk_str kind = {*name, (int64_t)(slash - *name)};
  *name = slash + 1;
  return kind;
}

static ilk_status do_enroll(ilk_call *call, char *rest) {
  const ilk_str kind = kind_of(&rest);
  return reservations->enroll(call, kind, str(rest), str(rest));
}

static ilk_status do_unenroll(ilk_call *call, char *rest) {
  const ilk_str kind = kind_of(&rest);
  return reservations->unenroll(call, kind, str(rest));
}

/* So many things. */
static ilk_status do_crowd(ilk_call *call, char *rest) {
  ilk_status status = ILK_OK;
  for (int i = 0; i < atoi(rest) && status == ILK_OK; i++) {
    char name[16];
    snprintf(name, sizeof name, "%d", i);
    status = reservations->enroll(call, (ilk_str)ILK_STR("crowd"), str(name), NONE);
  }
  return status;
}

/* Goes on whatever the step's status is, and emits it. */
static ilk_status do_try(ilk_call *call, char *rest) {
  char status[16];
  snprintf(status, sizeof status, "%d ", perform(call, rest));
  return host->emit(call, NONE, str(status));
}

/* ---- steps of a thread that goes on when its call has ended */
static struct late {
  pthread_t thread;
  ilk_call *call;
  char event[64], step[64];
  ilk_status status;
} lates[16];
static int n_lates;

static void *run_late(void *context) {
  struct late *late = context;
  wait_for(host, late->event, NULL);
  late->status = perform(late->call, late->step);
  return NULL;
}

static ilk_status do_late(ilk_call *call, char *rest) { /* late NAME STEP: does STEP when NAME is signalled */
  struct late *late = &lates[n_lates++];
  late->call = call;
  strncpy(late->event, word(&rest), sizeof late->event - 1);
  strncpy(late->step, rest, sizeof late->step - 1);
  return pthread_create(&late->thread, NULL, run_late, late) == 0 ? ILK_OK : ILK_E_INTERNAL;
}

static ilk_status do_join(ilk_call *call, char *rest) { /* emits how the late steps went */
  (void)rest;
  for (; n_lates > 0; n_lates--) {
    struct late *late = &lates[n_lates - 1];
    char status[16];
    pthread_join(late->thread, NULL);
    snprintf(status, sizeof status, "%d ", late->status);
    host->emit(call, NONE, str(status));
  }
  return ILK_OK;
}

static const struct {
  const char *name;
  ilk_status (*run)(ilk_call *, char *rest);
} steps[] = {
    {"say", do_say}, {"emit", do_emit}, {"result", do_result}, {"fill", do_fill}, {"blob", do_blob},
    {"signal", do_signal}, {"await", do_await}, {"insist", do_insist}, {"spin", do_spin}, {"pause", do_pause},
    {"alone", do_alone}, {"fail", do_fail}, {"fault", do_fault}, {"try", do_try}, {"late", do_late}, {"join", do_join},
    {"read", do_read}, {"write", do_write}, {"repeat", do_repeat}, {"copy", do_copy}, {"append", do_append}, {"list", do_list},
    {"release", do_release}, {"name", do_name}, {"roots", do_roots}, {"enroll", do_enroll}, {"unenroll", do_unenroll},
    {"crowd", do_crowd},
};

static ilk_status perform(ilk_call *call, char *step) {
  const char *name = word(&step);
  for (size_t i = 0; i < sizeof steps / sizeof steps[0]; i++)
    if (strcmp(steps[i].name, name) == 0) return steps[i].run(call, step);
  host->fail(call, ILK_E_ARGS, (ilk_str)ILK_STR("there is no such step"), NONE);
  return ILK_E_ARGS;
}

/* A service that failed has the reason in words; a step that failed by itself has said it already. */
static ilk_status explained(ilk_call *call, ilk_status status) {
  if (status == ILK_E_CANCELLED || status == ILK_E_DENIED || status == ILK_E_INTERNAL || status == ILK_E_STALE)
    return status;
  struct text words = {NULL, 0, 0};
  if (host->last_error(call, keep, &words) == ILK_OK && words.length > 0)
    host->fail(call, ILK_E_TOOL, (ilk_str){words.bytes, words.length}, NONE);
  free(words.bytes);
  return ILK_E_TOOL;
}

static ilk_status execute(void *self, const ilk_tool *tool, ilk_call *call, ilk_str args) {
  (void)self, (void)tool;
  char *script = malloc(args.len + 1);
  const int has_script = ilk_args_string(args, "do", script, args.len + 1) >= 0 ||
                         ilk_args_string(args, "input", script, args.len + 1) >= 0;
  ilk_status status = has_script ? ILK_OK : ILK_E_ARGS;
  char *rest = script, *step;
  while (status == ILK_OK && (step = strsep(&rest, ";")) != NULL) {
    step += strspn(step, " ");
    if (*step != 0) status = perform(call, step);
  }
  free(script);
  return status == ILK_OK ? ILK_OK : explained(call, status);
}

static void cancel(void *self, const ilk_tool *tool, ilk_call *call) {
  (void)self, (void)tool, (void)call;
  wake_all(); /* those that await something look again whether they are cancelled */
}

/* ---------------------------------------------------------------- contracts */

/* A claim for each element of an argument, if it is given: a call claims what its arguments name, and no more. */
#define GIVEN(ARGUMENT)                                                                                       \
  static const ilk_when has_##ARGUMENT = {                                                                    \
      .struct_size = sizeof(ilk_when), .op = ILK_WHEN_PRESENT, .pointer = ILK_STR("/" #ARGUMENT)};             \
  static const ilk_when *const when_##ARGUMENT[] = {&has_##ARGUMENT};
#define CLAIM(ARGUMENT, POINTER, ...)                                                                         \
  GIVEN(ARGUMENT)                                                                                             \
  static const ilk_claim ARGUMENT = {.struct_size = sizeof(ilk_claim), .pointer = ILK_STR(POINTER),            \
                                     .when = when_##ARGUMENT, .n_when = 1, __VA_ARGS__};
#define PATHS(ARGUMENT, MODE, SCOPE, FLAGS)                                                                   \
  CLAIM(ARGUMENT, "/" #ARGUMENT "/[]", .type = ILK_CLAIM_KEY, .kind = ILK_STR("path"), .mode = MODE, .scope = SCOPE, \
        .flags = FLAGS)

PATHS(reads, ILK_SHARED, ILK_EXACT, 0)
PATHS(writes, ILK_EXCLUSIVE, ILK_EXACT, ILK_CREATES_FILE)
PATHS(overwrites, ILK_EXCLUSIVE, ILK_EXACT, 0)
PATHS(lends, ILK_EXCLUSIVE, ILK_EXACT, ILK_CREATES_FILE | ILK_RELEASABLE)
PATHS(lists, ILK_SHARED, ILK_ENTRIES, 0)
PATHS(searches, ILK_SHARED, ILK_SUBTREE, 0)
PATHS(trees, ILK_EXCLUSIVE, ILK_SUBTREE, ILK_CREATES | ILK_REMOVES)
CLAIM(keys, "/keys/[]", .type = ILK_CLAIM_KEY, .kind = ILK_STR("note"), .mode = ILK_EXCLUSIVE, .scope = ILK_EXACT)
CLAIM(units, "/units", .type = ILK_CLAIM_UNITS, .kind = ILK_STR("slots"), .capacity = 2)
CLAIM(name, "/name", .type = ILK_CLAIM_NAME, .kind = ILK_STR("process"))

/* Their places, for release and name: 0 1 2 3 4 5 6 7 8 9. */
static const ilk_claim *const act_claims[] = {&reads, &writes, &overwrites, &lends, &lists,
                                              &searches, &trees, &keys, &units, &name};
static const ilk_claim *const reading_claims[] = {&reads, &searches};

/* A sub-agent: in a fork it reads the checkout until the fork is made, in a shared one it writes the checkout. */
#define MODE(NAME)                                                                                            \
  static const ilk_when is_##NAME = {.struct_size = sizeof(ilk_when), .op = ILK_WHEN_EQUALS,                   \
                                     .pointer = ILK_STR("/mode"), .value_json = ILK_STR("\"" #NAME "\"")};     \
  static const ilk_when *const when_##NAME[] = {&is_##NAME};
MODE(forked)
MODE(shared)
static const ilk_claim forked_checkout = {.struct_size = sizeof(ilk_claim), .type = ILK_CLAIM_KEY,
    .kind = ILK_STR("path"), .key = ILK_STR("."), .mode = ILK_SHARED, .scope = ILK_SUBTREE, .flags = ILK_RELEASABLE,
    .when = when_forked, .n_when = 1};
static const ilk_claim shared_checkout = {.struct_size = sizeof(ilk_claim), .type = ILK_CLAIM_KEY,
    .kind = ILK_STR("path"), .key = ILK_STR("."), .mode = ILK_EXCLUSIVE, .scope = ILK_SUBTREE,
    .flags = ILK_CREATES | ILK_REMOVES, .when = when_shared, .n_when = 1};
static const ilk_claim *const agent_claims[] = {&forked_checkout, &shared_checkout, &trees};

/* ---------------------------------------------------------------- the tools */

#define TOOL_READING(MEMBER, NAME, FLAGS, CLAIMS, N_CLAIMS)                                                   \
  static const ilk_tool NAME = {.struct_size = sizeof(ilk_tool), .flags = FLAGS, .name = ILK_STR(#NAME),       \
      .input_schema = ILK_STR("{\"type\":\"object\",\"properties\":{\"" MEMBER "\":{\"type\":\"string\"}},"     \
                              "\"required\":[\"" MEMBER "\"]}"),                                             \
      .claims = CLAIMS, .n_claims = N_CLAIMS, .execute = execute, .cancel = cancel};
#define TOOL(NAME, FLAGS, CLAIMS, N_CLAIMS) TOOL_READING("do", NAME, FLAGS, CLAIMS, N_CLAIMS)
#define COUNT(ARRAY) (sizeof ARRAY / sizeof ARRAY[0])

TOOL(act, ILK_TOOL_REENTRANT, act_claims, COUNT(act_claims))
TOOL(act_otherwise, ILK_TOOL_REENTRANT, act_claims, COUNT(act_claims))
TOOL(look, ILK_TOOL_REENTRANT | ILK_TOOL_READ_ONLY, reading_claims, COUNT(reading_claims))
TOOL(agent, ILK_TOOL_REENTRANT, agent_claims, COUNT(agent_claims))
TOOL(one_at_a_time, 0, act_claims, COUNT(act_claims))
TOOL(browser_open, ILK_TOOL_SHARES, act_claims, COUNT(act_claims))
TOOL(browser_click, ILK_TOOL_SHARES, act_claims, COUNT(act_claims))
TOOL(undeclared, ILK_TOOL_REENTRANT, NULL, 0)
TOOL_READING("input", custom, ILK_TOOL_REENTRANT, act_claims, COUNT(act_claims))

static const ilk_tool *const tools[] = {&act, &act_otherwise, &look, &agent, &one_at_a_time,
                                        &browser_open, &browser_click, &undeclared, &custom};

static ilk_status init(const ilk_plugin *p, const ilk_host *h, ilk_str config, void **self, char *err, size_t n) {
  (void)p, (void)config, (void)err, (void)n;
  begin_meeting();
  *self = (void *)h;
  host = h, fs = h->get_ext(h, ILK_EXT_FS), reservations = h->get_ext(h, ILK_EXT_RESERVATION);
  workspace = h->get_ext(h, ILK_EXT_WORKSPACE);
  return ILK_OK;
}

static void quiesce(void *self) {
  const ilk_host *its_host = self; /* several hosts of one process may have this library */
  its_host->log(its_host, ILK_LOG_INFO, (ilk_str)ILK_STR("quiesced"));
}

static const ilk_plugin plugin = {.struct_size = sizeof plugin, .id = ILK_STR("org.example.scripted"),
    .version = ILK_STR("1.0.0"), .tools = tools, .n_tools = COUNT(tools), .init = init, .quiesce = quiesce};

const ilk_plugin *ilk_plugin_v1(uint32_t host_minor) {
  (void)host_minor;
  return &plugin;
}
