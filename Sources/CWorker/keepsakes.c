/* Descriptors that the guardian keeps open for the host. */
#include "keepsakes.h"

#include <stddef.h>
#include <unistd.h>

#include "worker_protocol.h"

static struct {
  uint64_t ticket;
  int descriptor;
} kept[IW_CHILDREN_MAX];
static size_t count;

bool iw_keep(uint64_t ticket, int descriptor) {
  if (descriptor < 0 || count == IW_CHILDREN_MAX) return false;
  kept[count].ticket = ticket;
  kept[count++].descriptor = descriptor;
  return true;
}

void iw_let_go(uint64_t ticket) {
  for (size_t i = 0; i < count; i++) {
    if (kept[i].ticket != ticket) continue;
    close(kept[i].descriptor);
    kept[i] = kept[--count];
    return;
  }
}
