#include "floor_common.h"

#include <semaphore.h>

typedef struct {
  sem_t mine, theirs;
  int times;
} table;

static void *answer(void *context) {
  table *both = context;
  for (int i = 0; i < both->times; i++) {
    while (sem_wait(&both->theirs) != 0) {
    }
    sem_post(&both->mine);
  }
  return NULL;
}

uint64_t floor_hand_over(int times) {
  table both = {.times = times / 2};
  sem_init(&both.mine, 0, 0);
  sem_init(&both.theirs, 0, 0);
  pthread_t other;
  floor_start(&other, answer, &both);
  const uint64_t start = floor_now();
  for (int i = 0; i < both.times; i++) {
    sem_post(&both.theirs);
    while (sem_wait(&both.mine) != 0) {
    }
  }
  const uint64_t time = floor_now() - start;
  pthread_join(other, NULL);
  sem_destroy(&both.mine);
  sem_destroy(&both.theirs);
  return time;
}

typedef struct {
  int naps;
  uint64_t nanoseconds;
} sleeper;

static void *sleep_through(void *context) {
  const sleeper *me = context;
  for (int i = 0; i < me->naps; i++) floor_nap(me->nanoseconds);
  return NULL;
}

uint64_t floor_naps(int naps, uint64_t nanoseconds) {
  sleeper me = {naps, nanoseconds};
  pthread_t thread;
  const uint64_t start = floor_now();
  floor_start(&thread, sleep_through, &me);
  pthread_join(thread, NULL);
  return floor_now() - start;
}

typedef struct {
  const floor_call *calls;
  int count, next, running;
  int *started;
  pthread_mutex_t mutex;
  pthread_rwlock_t locks[64];
} turn;

static void *take_calls(void *context) {
  turn *all = context;
  for (;;) {
    pthread_mutex_lock(&all->mutex);
    const int mine = all->next++;
    pthread_mutex_unlock(&all->mutex);
    if (mine >= all->count) return NULL;
    const floor_call *call = &all->calls[mine];
    for (int i = 0; i < 64; i++) {
      if (call->exclusive >> i & 1) pthread_rwlock_wrlock(&all->locks[i]);
      else if (call->shared >> i & 1) pthread_rwlock_rdlock(&all->locks[i]);
    }
    pthread_mutex_lock(&all->mutex);
    all->started[mine] = all->running++;
    pthread_mutex_unlock(&all->mutex);
    floor_nap(call->nap);
    for (int i = 0; i < 64; i++) {
      if ((call->exclusive | call->shared) >> i & 1) pthread_rwlock_unlock(&all->locks[i]);
    }
  }
}

uint64_t floor_sorted_locks(const floor_call *calls, int count, int workers, int *started) {
  turn all = {.calls = calls, .count = count, .started = started};
  pthread_mutex_init(&all.mutex, NULL);
  for (int i = 0; i < 64; i++) pthread_rwlock_init(&all.locks[i], NULL);
  pthread_t threads[64];
  floor_check(workers <= 64, "at most 64 workers");
  const uint64_t start = floor_now();
  for (int i = 0; i < workers; i++) floor_start(&threads[i], take_calls, &all);
  for (int i = 0; i < workers; i++) pthread_join(threads[i], NULL);
  const uint64_t time = floor_now() - start;
  for (int i = 0; i < 64; i++) pthread_rwlock_destroy(&all.locks[i]);
  pthread_mutex_destroy(&all.mutex);
  return time;
}
