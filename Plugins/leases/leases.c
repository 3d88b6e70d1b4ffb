/* leases.c - things that outlive the call that made them: a small example of reservations, on the public boundary only.
 *
 * A lease stands for whatever a call leaves behind: a background process, a port, a slot on a device. lease_take gets a
 * unique name and one unit of a pool from the host and enrols the lease, so that both are held until lease_end. The
 * plugin keeps no list: the host knows what is enrolled, and who holds what when a call must be refused. */
#include <stdio.h>
#include <string.h>

#include "interlock.h"
#include "interlock_args.h"

#define KIND ILK_STR("lease")
#define NONE ((ilk_str){0, 0})

static const ilk_host *host;
static const ilk_reservation *reservations;

static ilk_status init(const ilk_plugin *plugin, const ilk_host *the_host, ilk_str config, void **self, char *err,
                       size_t err_capacity) {
  (void)plugin, (void)config;
  host = the_host;
  reservations = host->get_ext(host, ILK_EXT_RESERVATION);
  *self = NULL;
  if (reservations != NULL) return ILK_OK;
  snprintf(err, err_capacity, "this host has no %s", ILK_EXT_RESERVATION);
  return ILK_E_INTERNAL;
}

/* A text of bounded length that sinks add to; what is too much is left out. */
struct words {
  char bytes[4096];
  size_t length, chunks;
};

static void add(struct words *words, ilk_str piece) {
  const size_t room = sizeof words->bytes - words->length;
  const size_t count = piece.len < room ? piece.len : room;
  if (count > 0) memcpy(words->bytes + words->length, piece.ptr, count);
  words->length += count;
}

static ilk_str text_of(const struct words *words) { return (ilk_str){words->bytes, words->length}; }

static ilk_status keep(void *context, ilk_str chunk) {
  add(context, chunk);
  return ILK_OK;
}

/* Ends the call with the host's own words for what it answered. */
static ilk_status fail(ilk_call *call, ilk_status status) {
  if (status == ILK_E_CANCELLED || status == ILK_E_DENIED || status == ILK_E_STALE) return status;
  struct words words = {.length = 0};
  host->last_error(call, keep, &words);
  host->fail(call, ILK_E_TOOL, text_of(&words), NONE);
  return ILK_E_TOOL;
}

/* ---------------------------------------------------------------- lease_take */

enum { TAKE_NAME, TAKE_UNIT, TAKE_BOOK }; /* the places of its claims */

static ilk_status take(void *self, const ilk_tool *tool, ilk_call *call, ilk_str args) {
  (void)self, (void)tool, (void)args; /* the wish was read by the host, for the claim */
  struct words name = {.length = 0}, label = {.length = 0};
  ilk_status status = reservations->name(call, TAKE_NAME, keep, &name);
  if (status != ILK_OK) return fail(call, status);
  add(&label, (ilk_str)ILK_STR("lease "));
  add(&label, text_of(&name));
  status = reservations->enroll(call, (ilk_str)KIND, text_of(&name), text_of(&label));
  if (status != ILK_OK) return fail(call, status);
  return host->emit(call, NONE, text_of(&name));
}

static const ilk_claim take_name = {
    .struct_size = sizeof(ilk_claim), .type = ILK_CLAIM_NAME, .kind = KIND, .pointer = ILK_STR("/wish")};
static const ilk_claim take_unit = {
    .struct_size = sizeof(ilk_claim), .type = ILK_CLAIM_UNITS, .kind = ILK_STR("leases"), .units = 1, .capacity = 8};

/* Which leases there are is one more thing that calls read and change: a key of its own orders a list after the leases that
 * were taken before it. */
static const ilk_claim writes_book = {.struct_size = sizeof(ilk_claim),
                                      .type = ILK_CLAIM_KEY,
                                      .mode = ILK_EXCLUSIVE,
                                      .scope = ILK_EXACT,
                                      .kind = KIND,
                                      .key = ILK_STR("book")};
static const ilk_claim reads_book = {.struct_size = sizeof(ilk_claim),
                                     .type = ILK_CLAIM_KEY,
                                     .mode = ILK_SHARED,
                                     .scope = ILK_EXACT,
                                     .kind = KIND,
                                     .key = ILK_STR("book")};

static const ilk_claim *const take_claims[] = {
    [TAKE_NAME] = &take_name, [TAKE_UNIT] = &take_unit, [TAKE_BOOK] = &writes_book};
static const ilk_tool take_tool = {
    .struct_size = sizeof(ilk_tool),
    .flags = ILK_TOOL_REENTRANT,
    .name = ILK_STR("lease_take"),
    .title = ILK_STR("Take a lease"),
    .description = ILK_STR("Takes one of a limited number of leases and answers with its name, which is the one wished for "
                           "or, if that is taken, a similar one. It is held until lease_end."),
    .input_schema = ILK_STR("{\"type\":\"object\",\"properties\":{\"wish\":{\"type\":\"string\",\"description\":"
                            "\"The name that the lease should have.\",\"minLength\":1,\"maxLength\":64}},"
                            "\"required\":[\"wish\"],\"additionalProperties\":false}"),
    .claims = take_claims,
    .n_claims = sizeof take_claims / sizeof take_claims[0],
    .execute = take,
};

/* ---------------------------------------------------------------- lease_list */

static ilk_status keep_name(void *context, ilk_str chunk) { /* chunks alternate between name and label */
  struct words *words = context;
  if (words->chunks++ % 2 == 0) {
    add(words, chunk);
    add(words, (ilk_str)ILK_STR("\n"));
  }
  return ILK_OK;
}

static ilk_status list(void *self, const ilk_tool *tool, ilk_call *call, ilk_str args) {
  (void)self, (void)tool, (void)args;
  struct words names = {.length = 0, .chunks = 0};
  const ilk_status status = reservations->enrolled(call, (ilk_str)KIND, keep_name, &names);
  if (status != ILK_OK) return fail(call, status);
  return host->emit(call, NONE, names.length > 0 ? text_of(&names) : (ilk_str)ILK_STR("there are no leases"));
}

static const ilk_claim *const list_claims[] = {&reads_book};
static const ilk_tool list_tool = {
    .struct_size = sizeof(ilk_tool),
    .flags = ILK_TOOL_READ_ONLY | ILK_TOOL_REENTRANT | ILK_TOOL_IDEMPOTENT,
    .name = ILK_STR("lease_list"),
    .title = ILK_STR("List leases"),
    .description = ILK_STR("Lists the names of the leases that are held, one per line."),
    .input_schema = ILK_STR("{\"type\":\"object\",\"additionalProperties\":false}"),
    .claims = list_claims,
    .n_claims = 1,
    .execute = list,
};

/* ---------------------------------------------------------------- lease_end */

static ilk_status end(void *self, const ilk_tool *tool, ilk_call *call, ilk_str args) {
  (void)self, (void)tool;
  char name[1024];
  const int64_t length = ilk_args_string(args, "name", name, sizeof name);
  if (length < 0) {
    host->fail(call, ILK_E_ARGS, (ilk_str)ILK_STR("no lease has so long a name"), NONE);
    return ILK_E_ARGS;
  }
  const ilk_status status = reservations->unenroll(call, (ilk_str)KIND, (ilk_str){name, (size_t)length});
  if (status != ILK_OK) return fail(call, status);
  return host->emit(call, NONE, (ilk_str)ILK_STR("ended"));
}

static const ilk_claim *const end_claims[] = {&writes_book};
static const ilk_tool end_tool = {
    .struct_size = sizeof(ilk_tool),
    .flags = ILK_TOOL_REENTRANT,
    .name = ILK_STR("lease_end"),
    .title = ILK_STR("End a lease"),
    .description = ILK_STR("Ends a lease, so that its name and its place can be taken again."),
    .input_schema = ILK_STR("{\"type\":\"object\",\"properties\":{\"name\":{\"type\":\"string\",\"description\":"
                            "\"As lease_take answered it.\"}},"
                            "\"required\":[\"name\"],\"additionalProperties\":false}"),
    .claims = end_claims,
    .n_claims = 1,
    .execute = end,
};

/* ---------------------------------------------------------------- the plugin */

static const ilk_tool *const tools[] = {&take_tool, &list_tool, &end_tool};
static const ilk_plugin plugin = {
    .struct_size = sizeof(ilk_plugin),
    .abi_minor = ILK_ABI_MINOR,
    .id = ILK_STR("dev.interlock.leases"),
    .version = ILK_STR("1.0.0"),
    .tools = tools,
    .n_tools = sizeof tools / sizeof tools[0],
    .init = init,
};

const ilk_plugin *ilk_plugin_v1(uint32_t host_minor) {
  (void)host_minor;
  return &plugin;
}
