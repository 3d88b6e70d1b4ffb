/* A descriptor, written down as it is: what is wrong with it is for the host to find. A pointer that leads nowhere ends
 * the process here, where it harms nobody. */
#include "describe.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "worker_protocol.h"

typedef struct {
  unsigned char *bytes;
  size_t size, capacity;
  bool failed;
} buffer;

static void put(buffer *to, const void *bytes, size_t size) {
  if (to->failed || size > IW_DESCRIPTION_MAX - to->size) {
    to->failed = true;
    return;
  }
  if (to->size + size > to->capacity) {
    size_t capacity = 2 * (to->size + size);
    unsigned char *grown = realloc(to->bytes, capacity);
    if (grown == NULL) {
      to->failed = true;
      return;
    }
    to->bytes = grown;
    to->capacity = capacity;
  }
  if (size > 0) memcpy(to->bytes + to->size, bytes, size);
  to->size += size;
}

static void put_u8(buffer *to, bool value) { put(to, &(uint8_t){value}, 1); }
static void put_u32(buffer *to, uint32_t value) { put(to, &value, sizeof value); }
static void put_u64(buffer *to, uint64_t value) { put(to, &value, sizeof value); }

static void put_lent(buffer *to, ilk_str slice) {
  uint8_t state = slice.len > IW_DESCRIBED_SLICE              ? IW_LENT_LONG
                  : slice.len > 0 && slice.ptr == NULL ? IW_LENT_NULL
                                                       : IW_LENT_WHOLE;
  put(to, &state, 1);
  put_u64(to, slice.len);
  if (state == IW_LENT_WHOLE) put(to, slice.ptr, slice.len);
}

/* How a struct begins. False if nothing more of it can be read. */
static bool put_struct(buffer *to, const void *pointer, size_t alignment, size_t known) {
  uint32_t size;
  memcpy(&size, pointer, sizeof size);
  put_u32(to, (uint32_t)((uintptr_t)pointer % alignment));
  put_u32(to, size);
  return size >= known && (uintptr_t)pointer % alignment == 0;
}

static void put_when(buffer *to, const void *pointer) {
  if (!put_struct(to, pointer, _Alignof(ilk_when), sizeof(ilk_when))) return;
  const ilk_when *when = pointer;
  put_u32(to, when->op);
  put_lent(to, when->pointer);
  put_lent(to, when->value_json);
}

/* The elements behind an array of pointers, which itself may be missing, or unaligned. */
static void put_array(buffer *to, const void *array, uint32_t count, uint32_t most, void (*element)(buffer *, const void *)) {
  put_u8(to, array != NULL);
  if (array == NULL || count > most) return;
  for (uint32_t i = 0; i < count; i++) {
    const void *pointer;
    memcpy(&pointer, (const char *)array + i * sizeof pointer, sizeof pointer);
    put_u8(to, pointer != NULL);
    if (pointer != NULL) element(to, pointer);
  }
}

static void put_claim(buffer *to, const void *pointer) {
  if (!put_struct(to, pointer, _Alignof(ilk_claim), sizeof(ilk_claim))) return;
  const ilk_claim *claim = pointer;
  const uint32_t numbers[] = {claim->type, claim->mode, claim->scope, claim->flags, claim->units, claim->capacity};
  for (size_t i = 0; i < sizeof numbers / sizeof numbers[0]; i++) put_u32(to, numbers[i]);
  put_lent(to, claim->kind);
  put_lent(to, claim->key);
  put_lent(to, claim->pointer);
  put_lent(to, claim->if_missing);
  put_u32(to, claim->n_when);
  put_array(to, claim->when, claim->n_when, IW_DESCRIBED_CONDITIONS, put_when);
}

static void put_tool(buffer *to, const void *pointer) {
  if (!put_struct(to, pointer, _Alignof(ilk_tool), sizeof(ilk_tool))) return;
  const ilk_tool *tool = pointer;
  put_u32(to, tool->n_claims);
  put_u64(to, tool->flags);
  put_lent(to, tool->name);
  put_lent(to, tool->title);
  put_lent(to, tool->description);
  put_lent(to, tool->input_schema);
  put_lent(to, tool->output_schema);
  /* Both through memory: the header says that execute is never NULL, and a compiler would believe it. */
  const void *execute;
  memcpy(&execute, &tool->execute, sizeof execute);
  put_u8(to, execute != NULL);
  put_u8(to, tool->cancel != NULL);
  put_array(to, tool->claims, tool->n_claims, IW_DESCRIBED_CLAIMS, put_claim);
}

bool iw_describe(const ilk_plugin *plugin, unsigned char **bytes, size_t *size) {
  buffer to = {0};
  if (put_struct(&to, plugin, _Alignof(ilk_plugin), sizeof(ilk_plugin))) {
    put_u32(&to, plugin->abi_minor);
    put_u32(&to, plugin->min_host_minor);
    put_u32(&to, plugin->n_tools);
    put_lent(&to, plugin->id);
    put_lent(&to, plugin->version);
    put_array(&to, plugin->tools, plugin->n_tools, IW_DESCRIBED_TOOLS, put_tool);
  }
  *bytes = to.bytes;
  *size = to.size;
  return !to.failed;
}
