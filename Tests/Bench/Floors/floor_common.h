/* What the floors have in common; to be included first. */
#ifndef FLOOR_COMMON_H
#define FLOOR_COMMON_H

#ifndef _GNU_SOURCE
#define _GNU_SOURCE /* before any header of the system */
#endif
#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "floors.h"

static inline void floor_check(int holds, const char *what) {
  if (holds) return;
  perror(what);
  exit(70);
}

static inline uint64_t floor_now(void) {
  struct timespec time;
  clock_gettime(CLOCK_MONOTONIC, &time);
  return (uint64_t)time.tv_sec * 1000000000u + (uint64_t)time.tv_nsec;
}

static inline void floor_nap(uint64_t nanoseconds) {
  struct timespec left = {(time_t)(nanoseconds / 1000000000u), (long)(nanoseconds % 1000000000u)};
  while (nanosleep(&left, &left) != 0 && errno == EINTR) {
  }
}

static inline void floor_start(pthread_t *thread, void *(*body)(void *), void *context) {
  const int failure = pthread_create(thread, NULL, body, context);
  if (failure != 0) errno = failure;
  floor_check(failure == 0, "pthread_create");
}

#endif
