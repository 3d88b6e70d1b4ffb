#include "floor_common.h"

typedef struct job {
  struct job *next;
} job;

struct floor_pool {
  pthread_mutex_t mutex;
  pthread_cond_t work, done;
  job *first, **last;
  int idle, unfinished, closed, threads;
  pthread_t *ids;
};

static void *work(void *context) {
  floor_pool *pool = context;
  pthread_mutex_lock(&pool->mutex);
  for (;;) {
    while (pool->first == NULL && !pool->closed) {
      pool->idle++;
      pthread_cond_wait(&pool->work, &pool->mutex);
      pool->idle--;
    }
    job *next = pool->first;
    if (next == NULL) break;
    pool->first = next->next;
    if (pool->first == NULL) pool->last = &pool->first;
    pthread_mutex_unlock(&pool->mutex);
    /* the job would run here */
    pthread_mutex_lock(&pool->mutex);
    if (--pool->unfinished == 0) pthread_cond_signal(&pool->done);
  }
  pthread_mutex_unlock(&pool->mutex);
  return NULL;
}

floor_pool *floor_pool_open(int threads) {
  floor_pool *pool = calloc(1, sizeof *pool);
  floor_check(pool != NULL, "calloc");
  pthread_mutex_init(&pool->mutex, NULL);
  pthread_cond_init(&pool->work, NULL);
  pthread_cond_init(&pool->done, NULL);
  pool->last = &pool->first;
  pool->threads = threads;
  pool->ids = calloc((size_t)threads, sizeof *pool->ids);
  floor_check(pool->ids != NULL, "calloc");
  for (int i = 0; i < threads; i++) floor_start(&pool->ids[i], work, pool);
  return pool;
}

uint64_t floor_pool_run(floor_pool *pool, int count) {
  job *jobs = calloc((size_t)count, sizeof *jobs);
  floor_check(jobs != NULL, "calloc");
  const uint64_t start = floor_now();
  for (int i = 0; i < count; i++) {
    pthread_mutex_lock(&pool->mutex);
    *pool->last = &jobs[i];
    pool->last = &jobs[i].next;
    pool->unfinished++;
    const int wakes = pool->idle > 0;
    pthread_mutex_unlock(&pool->mutex);
    if (wakes) pthread_cond_signal(&pool->work);
  }
  pthread_mutex_lock(&pool->mutex);
  while (pool->unfinished > 0) pthread_cond_wait(&pool->done, &pool->mutex);
  pthread_mutex_unlock(&pool->mutex);
  const uint64_t time = floor_now() - start;
  free(jobs);
  return time;
}

void floor_pool_close(floor_pool *pool) {
  pthread_mutex_lock(&pool->mutex);
  pool->closed = 1;
  pthread_mutex_unlock(&pool->mutex);
  pthread_cond_broadcast(&pool->work);
  for (int i = 0; i < pool->threads; i++) pthread_join(pool->ids[i], NULL);
  free(pool->ids);
  pthread_cond_destroy(&pool->work);
  pthread_cond_destroy(&pool->done);
  pthread_mutex_destroy(&pool->mutex);
  free(pool);
}
