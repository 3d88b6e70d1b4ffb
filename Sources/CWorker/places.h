/* Which handle stands for which running call of this process; as CallRegistry in the host, for plugins in the host. */
#ifndef IW_PLACES_H
#define IW_PLACES_H

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "interlock.h"

typedef struct {
  atomic_uintptr_t handle; /* 0 = nobody's */
  /* Written when the place is taken, constant until it is given back. */
  int socket, cancelling;
  uint64_t deadline;
  /* One thread at a time asks and is answered. */
  pthread_mutex_t talk;
  bool lost; /* the host is not there any more; guarded by talk */
  atomic_bool cancelled;
  atomic_uint_least64_t looked_at; /* when cancelling was last looked at */
  /* Guarded by the lock of all places. */
  uintptr_t generation;
  unsigned users;
} iw_place;

ilk_call *iw_place_take(int socket, int cancelling, uint64_t deadline);
/* From now on the handle is stale; returns when nobody uses the place any more. */
void iw_place_give_back(ilk_call *call);

/* The place of a running call, kept until iw_unpin; NULL if the handle is stale, or none. */
iw_place *iw_pin(ilk_call *call);
void iw_unpin(iw_place *place);

/* Whether the call should stop; true for a stale handle too. A load and a look at the clock, most times. */
bool iw_is_cancelled(ilk_call *call);

/* The call that this thread runs; NULL = none. */
extern _Thread_local iw_place *iw_mine;

#endif
