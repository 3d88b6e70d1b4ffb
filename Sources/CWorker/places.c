#define _GNU_SOURCE
#include "places.h"

#include <poll.h>
#include <stdlib.h>
#include <time.h>

#include "worker_protocol.h"

enum { PLACE_BITS = 12, PLACES = 1 << PLACE_BITS };
_Static_assert(PLACES >= IW_CHILDREN_MAX, "a zygote with threads runs as many calls as it may have children");

static iw_place places[PLACES];
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t unused = PTHREAD_COND_INITIALIZER; /* some place's users came to 0 */

_Thread_local iw_place *iw_mine;

static uintptr_t number(ilk_call *call) { return (uintptr_t)call; }
static iw_place *place_of(ilk_call *call) { return &places[number(call) & (PLACES - 1)]; }

ilk_call *iw_place_take(int socket, int cancelling, uint64_t deadline) {
  pthread_mutex_lock(&lock);
  iw_place *place = places;
  /* No host runs more calls than there are places (WorkerOptions.mostCalls). */
  while (atomic_load(&place->handle) != 0 || place->users > 0) {
    if (++place == places + PLACES) abort();
  }
  place->socket = socket;
  place->cancelling = cancelling;
  place->deadline = deadline;
  place->lost = false;
  atomic_store(&place->cancelled, false);
  atomic_store(&place->looked_at, 0);
  if (place->generation++ == 0) pthread_mutex_init(&place->talk, NULL);
  uintptr_t handle = place->generation << PLACE_BITS | (uintptr_t)(place - places);
  atomic_store(&place->handle, handle);
  pthread_mutex_unlock(&lock);
  return (ilk_call *)handle;
}

void iw_place_give_back(ilk_call *call) {
  iw_place *place = place_of(call);
  pthread_mutex_lock(&lock);
  atomic_store(&place->handle, 0);
  while (place->users > 0) pthread_cond_wait(&unused, &lock);
  pthread_mutex_unlock(&lock);
}

iw_place *iw_pin(ilk_call *call) {
  if (call == NULL) return NULL;
  iw_place *place = place_of(call);
  pthread_mutex_lock(&lock);
  bool is_running = atomic_load(&place->handle) == number(call);
  if (is_running) place->users++;
  pthread_mutex_unlock(&lock);
  return is_running ? place : NULL;
}

void iw_unpin(iw_place *place) {
  pthread_mutex_lock(&lock);
  if (--place->users == 0 && atomic_load(&place->handle) == 0) pthread_cond_broadcast(&unused);
  pthread_mutex_unlock(&lock);
}

static uint64_t coarse_now(void) {
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC_COARSE, &now);
  return (uint64_t)now.tv_sec * 1000000000 + (uint64_t)now.tv_nsec;
}

bool iw_is_cancelled(ilk_call *call) {
  iw_place *place = place_of(call);
  if (call == NULL || atomic_load(&place->handle) != number(call)) return true;
  if (atomic_load(&place->cancelled)) return true;
  /* The coarse clock ticks every few milliseconds: a tool that asks in a tight loop makes one system call per tick. */
  uint64_t now = coarse_now();
  if (atomic_exchange(&place->looked_at, now) == now) return false;
  if (iw_pin(call) == NULL) return true;
  struct pollfd look = {place->cancelling, POLLIN, 0};
  if (poll(&look, 1, 0) > 0) atomic_store(&place->cancelled, true);
  iw_unpin(place);
  return atomic_load(&place->cancelled);
}
