/* floors.h - what the rows of the bench are measured against: the least that a program in C must do for the same work.
 * Times are nanoseconds of the monotonic clock. What cannot be done ends the process with a message. */
#ifndef FLOORS_H
#define FLOORS_H

#include <stddef.h>
#include <stdint.h>

#pragma clang assume_nonnull begin

/* ---- A pool of threads with one queue: no claims, no order, no answers. */
typedef struct floor_pool floor_pool;
floor_pool *floor_pool_open(int threads);
/* From the first of so many empty jobs handed over to the end of the last. */
uint64_t floor_pool_run(floor_pool *pool, int jobs);
void floor_pool_close(floor_pool *pool);

/* ---- Hand-over: two threads wake each other by semaphores, so many times. Time of all. */
uint64_t floor_hand_over(int times);

/* ---- Sleeping: so many naps of this length, one after another, on one new thread. */
uint64_t floor_naps(int naps, uint64_t nanoseconds);

/* ---- Edits: read, nap, append a byte, temporary file, fsync, rename, fsync of the directory. One thread for each file. */
uint64_t floor_edit_chains(const char *directory, int files, int edits, uint64_t nap);
/* The same edits of one file, all at once and without a lock. */
void floor_edit_unlocked(const char *path, int edits, uint64_t nap);

/* ---- Workers that take calls in the turn's order and wait for the locks of each, in the order of their names. */
typedef struct {
  uint64_t shared, exclusive; /* a bit for each lock */
  uint64_t nap;
} floor_call;
/* Time of all. started: at which place of the order each call got its locks. */
uint64_t floor_sorted_locks(const floor_call *calls, int count, int workers, int *started);

/* ---- Single-use processes: a parent without threads has one ready before each call; the call is a message there and back, and
 * over when its socket has come to its end. */
typedef struct floor_zygote floor_zygote;
floor_zygote *floor_zygote_open(void);
uint64_t floor_zygote_calls(floor_zygote *zygote, int calls);
void floor_zygote_close(floor_zygote *zygote);

/* ---- A short message to another process and back, so many times. */
uint64_t floor_round_trips(int times);

/* ---- From SIGKILL of a process that has a file's lock (flock) to the moment in which a thread that waits has it. */
uint64_t floor_kill_to_lock(const char *path);

/* ---- A program: from its start to its end, its output thrown away. */
uint64_t floor_spawn(const char *program, const char *_Nullable argument);

/* ---- Bytes that malloc has given out. */
size_t floor_heap_bytes(void);

/* ---- The type of the file system that holds path, as statfs tells it. */
uint64_t floor_file_system(const char *path);

#pragma clang assume_nonnull end
#endif
