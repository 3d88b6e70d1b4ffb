/* A path that becomes another one while it is opened: between the host's look and the kernel's. Done when the other one was
 * opened for writing. */
#define _GNU_SOURCE
#include <fcntl.h>
#include <pthread.h>
#include <stdatomic.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tools.h"

enum { TRIES = 3000 };

static char path[1024];
static const char *names[2];
static atomic_bool over;
static atomic_uint changes;

static void *change(void *unused) {
  for (unsigned i = 0; !over; i++) {
    memcpy(path, names[i & 1], strlen(names[i & 1]) + 1);
    changes++;
    for (volatile int pause = 0; pause < 200; pause++) continue;
  }
  return unused;
}

static int race(ilk_str args) {
  struct stat wanted, status;
  pthread_t thread;
  int got = 0;
  names[0] = argument(args, "claimed");
  names[1] = argument(args, "sibling");
  memcpy(path, names[0], strlen(names[0]) + 1);
  if (stat(names[1], &wanted) != 0 || pthread_create(&thread, NULL, change, NULL) != 0) return EIO;
  /* What counts is an opening in which it changed: a busy machine may leave the other thread without a processor for long. */
  for (int tries = 0; tries < TRIES && !got;) {
    const unsigned before = changes;
    const int file = open(path, O_WRONLY);
    tries += changes != before;
    got = file >= 0 && fstat(file, &status) == 0 && status.st_ino == wanted.st_ino;
    if (file >= 0) close(file);
  }
  over = 1;
  pthread_join(thread, NULL);
  return got ? 0 : EACCES;
}

const struct row rows[] = {{"race", race}};
const unsigned row_count = sizeof rows / sizeof *rows;
