/* meeting.h - where calls meet: whatever has a name is counted, for all calls of the library. */
#ifndef MEETING_H
#define MEETING_H

#include <pthread.h>
#include <string.h>
#include <time.h>

#include "interlock.h"

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t changed;
static pthread_once_t once = PTHREAD_ONCE_INIT;
static struct counter {
  char name[64];
  int count;
} counters[4096];

static void make_condition(void) {
  pthread_condattr_t attributes;
  pthread_condattr_init(&attributes);
  pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
  pthread_cond_init(&changed, &attributes);
}

static void begin_meeting(void) { pthread_once(&once, make_condition); }

static void wake_all(void) {
  pthread_mutex_lock(&lock);
  pthread_cond_broadcast(&changed);
  pthread_mutex_unlock(&lock);
}

/* With the lock held. */
static int *counter(const char *name) {
  struct counter *c = counters;
  while (c->name[0] != 0 && strcmp(c->name, name) != 0) c++;
  strncpy(c->name, name, sizeof c->name - 1);
  return &c->count;
}

static int add(const char *name, int step) {
  pthread_mutex_lock(&lock);
  const int count = *counter(name) += step;
  pthread_cond_broadcast(&changed);
  pthread_mutex_unlock(&lock);
  return count;
}

static int has_come(const char *name) {
  pthread_mutex_lock(&lock);
  const int count = *counter(name);
  pthread_mutex_unlock(&lock);
  return count > 0;
}

/* Waits until NAME was signalled. call: stops when it is cancelled; NULL = whatever happens. The bound only keeps a
 * test that has failed from hanging. */
static ilk_status wait_for(const ilk_host *host, const char *name, ilk_call *call) {
  struct timespec until;
  clock_gettime(CLOCK_MONOTONIC, &until);
  until.tv_sec += 600;
  int error = 0;
  pthread_mutex_lock(&lock);
  while (*counter(name) == 0 && error == 0 && !(call != NULL && host->cancelled(call)))
    error = pthread_cond_timedwait(&changed, &lock, &until);
  const int came = *counter(name) > 0;
  pthread_mutex_unlock(&lock);
  return came ? ILK_OK : error == 0 ? ILK_E_CANCELLED : ILK_E_TOOL;
}

#endif
