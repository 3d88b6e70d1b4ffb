/* What takes more than its share. The limits that the test sets: 64 descriptors, 256 MiB, files of 1 MiB, 32 threads.
 * Each returns 0 if there was no limit, and otherwise the errno that stopped it. */
#define _GNU_SOURCE
#include <fcntl.h>
#include <pthread.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <signal.h>
#include <unistd.h>

#include "tools.h"

static int descriptors(ilk_str args) {
  (void)args;
  for (int i = 0; i < 200; i++)
    if (dup(0) < 0) return errno;
  return 0;
}
static int memory(ilk_str args) {
  (void)args;
  for (int i = 0; i < 64; i++) {
    char *part = malloc(16 << 20);
    if (part == NULL) return ENOMEM;
    memset(part, 1, 16 << 20);
  }
  return 0;
}
static int own_file(void) {
  char path[2048];
  snprintf(path, sizeof path, "%s/large", getenv("TMPDIR") != NULL ? getenv("TMPDIR") : "/tmp");
  const int file = open(path, O_WRONLY | O_CREAT, 0600);
  unlink(path);
  return file;
}
static int file_size(ilk_str args) {
  (void)args;
  signal(SIGXFSZ, SIG_IGN);
  const int file = own_file();
  static char part[1 << 16];
  for (int i = 0; i < 64; i++)
    if (write(file, part, sizeof part) < 0) return errno;
  return 0;
}
static int file_size_unheeded(ilk_str args) {
  (void)args;
  signal(SIGXFSZ, SIG_DFL);
  return outcome(ftruncate(own_file(), 64 << 20));
}

static void *stay(void *context) {
  pause();
  return context;
}
static int threads(ilk_str args) {
  (void)args;
  for (int i = 0; i < 100; i++) {
    pthread_t thread;
    const int error = pthread_create(&thread, NULL, stay, NULL);
    if (error != 0) return error;
  }
  return 0;
}
static int more_than_allowed(ilk_str args) {
  (void)args;
  return outcome(setrlimit(RLIMIT_NOFILE, &(struct rlimit){4096, 4096}));
}
static int core_dumps(ilk_str args) {
  (void)args;
  return outcome(setrlimit(RLIMIT_CORE, &(struct rlimit){1 << 20, 1 << 20}));
}

const struct row rows[] = {
    {"descriptors", descriptors},
    {"memory", memory},
    {"file_size", file_size},
    {"file_size_unheeded", file_size_unheeded},
    {"threads", threads},
    {"more_than_allowed", more_than_allowed},
    {"core_dumps", core_dumps},
};
const unsigned row_count = sizeof rows / sizeof *rows;
