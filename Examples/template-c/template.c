/* template.c - a complete Interlock plugin in C: copy it, rename things, replace the two tools by yours.
 *
 *     cc -std=c11 -Wall -Wextra -shared -fPIC -fvisibility=hidden -I ../../Sources/CInterlock/include \
 *        template.c -o template.so
 *
 * (or `make`, beside this file). It has
 *   template_count    a read-only tool: how many lines and bytes a file has
 *   template_append   an editing tool: adds a line to a file, and makes the file if there is none
 *
 * Read it beside interlock.h, from the bottom (the entry) to the top (the code of the tools), or from here on as it comes.
 * What to look for: the CLAIMS of each tool. They are all that the host needs to run calls side by side: appends to
 * different files at once, two appends to one file in the model's order, a count after the append that it follows. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "interlock.h"
#include "interlock_args.h" /* string arguments in C; any JSON library will do instead */

/* ---------------------------------------------------------------- 1  The host
 *
 * init() gets the host once, before any call. Both pointers stay valid for the life of the process. Constant while
 * calls run, so no call needs a lock for it: this is the only kind of state that a plugin should have. */
static const ilk_host *host;
static const ilk_fs *fs;

static ilk_status init(const ilk_plugin *plugin, const ilk_host *the_host, ilk_str config, void **self, char *err,
                       size_t err_capacity) {
  (void)plugin, (void)config;
  host = the_host;
  fs = host->get_ext(host, ILK_EXT_FS); /* optional: NULL where the host has no such service */
  if (fs == NULL) {
    snprintf(err, err_capacity, "this host has no %s", ILK_EXT_FS);
    return ILK_E_INTERNAL; /* the plugin is refused with these words, and nothing else of it is called */
  }
  *self = NULL; /* given back as the first argument of execute; not needed here */
  return ILK_OK;
}

/* ---------------------------------------------------------------- 2  Small helpers
 *
 * A text of ours, as the host takes it. The host copies before it returns. */
static ilk_str text(const char *s) { return (ilk_str){s, strlen(s)}; }

/* Ends a call because of what a host service answered: the model reads the host's own words. */
static ilk_status append_words(void *context, ilk_str chunk) {
  char *words = context;
  const size_t used = strlen(words), room = 511 - used;
  const size_t count = chunk.len < room ? chunk.len : room;
  if (count > 0) memcpy(words + used, chunk.ptr, count);
  words[used + count] = 0;
  return ILK_OK;
}

static ilk_status fail_as_host_said(ilk_call *call, ilk_status status) {
  /* These three end the call by themselves; pass them on untouched. */
  if (status == ILK_E_CANCELLED || status == ILK_E_DENIED || status == ILK_E_STALE) return status;
  char words[512] = "";
  host->last_error(call, append_words, words);
  host->fail(call, ILK_E_TOOL, text(words), (ilk_str){0, 0});
  return ILK_E_TOOL;
}

/* ---------------------------------------------------------------- 3  template_count, which only reads
 *
 * The file arrives in chunks and is never wholly in memory. A sink runs inside the service call that it was given to. */
struct count {
  unsigned long long lines, bytes;
};

static ilk_status count_chunk(void *context, ilk_str chunk) {
  struct count *count = context;
  count->bytes += chunk.len;
  for (size_t i = 0; i < chunk.len; i++) count->lines += chunk.ptr[i] == '\n';
  return ILK_OK; /* anything else would stop the reading, and be what read() answers */
}

static ilk_status execute_count(void *self, const ilk_tool *tool, ilk_call *call, ilk_str args) {
  (void)self, (void)tool;
  char path[4097];
  if (ilk_args_string(args, "path", path, sizeof path) < 0) { /* the schema has seen to the rest: it is a string */
    host->fail(call, ILK_E_ARGS, text("the path is longer than 4096 bytes"), (ilk_str){0, 0});
    return ILK_E_ARGS;
  }
  struct count count = {0, 0};
  ilk_status status = fs->read(call, text(path), 0, UINT64_MAX, count_chunk, &count, NULL);
  if (status != ILK_OK) return fail_as_host_said(call, status);

  char answer[96];
  snprintf(answer, sizeof answer, "%llu lines, %llu bytes", count.lines, count.bytes);
  return host->emit(call, (ilk_str){0, 0}, text(answer)); /* an empty media type means text/plain */
}

/* What it needs: the file that the argument "path" names, shared with other readers. */
static const ilk_claim count_path = {
    .struct_size = sizeof(ilk_claim),
    .type = ILK_CLAIM_KEY,
    .mode = ILK_SHARED,
    .scope = ILK_EXACT,
    .kind = ILK_STR("path"),
    .pointer = ILK_STR("/path"), /* a JSON Pointer into the arguments */
};
static const ilk_claim *const count_claims[] = {&count_path};

static const ilk_tool count_tool = {
    .struct_size = sizeof(ilk_tool),
    .flags = ILK_TOOL_READ_ONLY | ILK_TOOL_REENTRANT,
    .name = ILK_STR("template_count"),
    .title = ILK_STR("Count lines"),
    .description = ILK_STR("Counts the lines and bytes of a file."),
    .input_schema = ILK_STR("{\"type\":\"object\","
                            "\"properties\":{\"path\":{\"type\":\"string\",\"description\":"
                            "\"The file, relative to the workspace.\"}},"
                            "\"required\":[\"path\"],\"additionalProperties\":false}"),
    .claims = count_claims,
    .n_claims = 1,
    .execute = execute_count,
};

/* ---------------------------------------------------------------- 4  template_append, which edits
 *
 * Reads the file, adds the line, replaces the file. Between the two no sibling call can change it: the claim is exclusive
 * from before the read until after the write. People with editors take no claims, so the write is conditional on the
 * version that was read. */
struct content {
  char *bytes;
  size_t length, capacity;
};

static ilk_status keep_chunk(void *context, ilk_str chunk) {
  struct content *content = context;
  if (chunk.len > content->capacity - content->length) {
    const size_t capacity = 2 * content->capacity + chunk.len;
    char *larger = realloc(content->bytes, capacity);
    if (larger == NULL) return ILK_E_INTERNAL;
    content->bytes = larger, content->capacity = capacity;
  }
  if (chunk.len > 0) memcpy(content->bytes + content->length, chunk.ptr, chunk.len);
  content->length += chunk.len;
  return ILK_OK;
}

static ilk_status append_line(ilk_call *call, const char *path, ilk_str line, struct content *content) {
  ilk_stat before = {.struct_size = sizeof before};
  ilk_status status = fs->read(call, text(path), 0, UINT64_MAX, keep_chunk, content, &before);
  const int is_new = status == ILK_E_NOT_FOUND;
  if (status != ILK_OK && !is_new) return fail_as_host_said(call, status);

  const ilk_str newline = ILK_STR("\n");
  const int is_open = content->length > 0 && content->bytes[content->length - 1] != '\n';
  if ((is_open && keep_chunk(content, newline) != ILK_OK) || keep_chunk(content, line) != ILK_OK ||
      keep_chunk(content, newline) != ILK_OK)
    return ILK_E_INTERNAL; /* no memory: the operator's to know, the model learns only the fact */

  const ilk_str whole = {content->bytes, content->length};
  status = is_new ? fs->write(call, text(path), whole, ILK_WRITE_NEW, NULL)
                  : fs->write(call, text(path), whole, ILK_WRITE_PRESENT, before.version);
  if (status != ILK_OK) return fail_as_host_said(call, status); /* ILK_E_CHANGED: somebody edited it meanwhile */
  return host->emit(call, (ilk_str){0, 0}, text(is_new ? "made the file with one line" : "added one line"));
}

static ilk_status execute_append(void *self, const ilk_tool *tool, ilk_call *call, ilk_str args) {
  (void)self, (void)tool;
  char path[4097];
  if (ilk_args_string(args, "path", path, sizeof path) < 0) {
    host->fail(call, ILK_E_ARGS, text("the path is longer than 4096 bytes"), (ilk_str){0, 0});
    return ILK_E_ARGS;
  }
  char *line = malloc(args.len + 1); /* an argument is never longer than the JSON that it stands in */
  if (line == NULL) return ILK_E_INTERNAL;
  const int64_t length = ilk_args_string(args, "line", line, args.len + 1);
  struct content content = {NULL, 0, 0};
  ilk_status status = ILK_E_ARGS;
  if (length >= 0) status = append_line(call, path, (ilk_str){line, (size_t)length}, &content);
  free(content.bytes); /* the host has copied what it wanted */
  free(line);
  return status;
}

/* What it needs: the file for itself, and leave to make it. Without ILK_CREATES_FILE a call on a missing file would be
 * denied, and the call would end as violated. */
static const ilk_claim append_path = {
    .struct_size = sizeof(ilk_claim),
    .type = ILK_CLAIM_KEY,
    .mode = ILK_EXCLUSIVE,
    .scope = ILK_EXACT,
    .flags = ILK_CREATES_FILE,
    .kind = ILK_STR("path"),
    .pointer = ILK_STR("/path"),
};
static const ilk_claim *const append_claims[] = {&append_path};

static const ilk_tool append_tool = {
    .struct_size = sizeof(ilk_tool),
    .flags = ILK_TOOL_REENTRANT, /* different files at once; claims keep calls on one file apart */
    .name = ILK_STR("template_append"),
    .title = ILK_STR("Append a line"),
    .description = ILK_STR("Adds a line at the end of a file. Makes the file if there is none."),
    .input_schema = ILK_STR("{\"type\":\"object\","
                            "\"properties\":{\"path\":{\"type\":\"string\",\"description\":"
                            "\"The file, relative to the workspace.\"},"
                            "\"line\":{\"type\":\"string\",\"description\":\"The line, without its line feed.\"}},"
                            "\"required\":[\"path\",\"line\"],\"additionalProperties\":false}"),
    .claims = append_claims,
    .n_claims = 1,
    .execute = execute_append,
};

/* ---------------------------------------------------------------- 5  The plugin, and the entry
 *
 * Everything above is constant data: nothing is built when the plugin is loaded, and nothing runs before a call does. */
static const ilk_tool *const tools[] = {&count_tool, &append_tool};

static const ilk_plugin plugin = {
    .struct_size = sizeof(ilk_plugin),
    .abi_minor = ILK_ABI_MINOR,
    .min_host_minor = 0,
    .id = ILK_STR("org.example.template"), /* yours: the reverse of a domain that you have */
    .version = ILK_STR("1.0.0"),
    .tools = tools,
    .n_tools = sizeof tools / sizeof tools[0],
    .init = init,
};

/* The only exported function. */
const ilk_plugin *ilk_plugin_v1(uint32_t host_minor) {
  (void)host_minor;
  return &plugin;
}
