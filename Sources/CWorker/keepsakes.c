/* Descriptors that the guardian keeps open for the host. */
#include "keepsakes.h"

#include <stddef.h>
#include <unistd.h>

#include "worker_protocol.h"

static struct {
  uint64_t ticket;
  int descriptor;
  bool is_process; /* the ticket is that of a process, and not of a call that shares one */
} kept[IW_CHILDREN_MAX];
static size_t count;

bool iw_keep(uint64_t ticket, int descriptor, bool is_process) {
  if (descriptor < 0 || count == IW_CHILDREN_MAX) return false;
  kept[count].ticket = ticket;
  kept[count].is_process = is_process;
  kept[count++].descriptor = descriptor;
  return true;
}

void iw_let_go(uint64_t ticket, bool is_process) {
  for (size_t i = 0; i < count; i++) {
    if (kept[i].ticket != ticket || kept[i].is_process != is_process) continue;
    close(kept[i].descriptor);
    kept[i] = kept[--count];
    return;
  }
}
