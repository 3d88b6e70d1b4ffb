#include "floor_common.h"

#include <fcntl.h>
#include <malloc.h>
#include <spawn.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <sys/wait.h>
#include <unistd.h>

enum { LARGEST = 1 << 16 };

typedef struct {
  int directory, number, edits;
  char name[64];
  uint64_t nap;
} chain;

static void edit(const chain *me, int edit) {
  char bytes[LARGEST], temporary[96];
  int file = openat(me->directory, me->name, O_RDONLY | O_CLOEXEC);
  floor_check(file >= 0, me->name);
  ssize_t length = read(file, bytes, sizeof bytes - 1);
  floor_check(length >= 0, "read");
  close(file);
  floor_nap(me->nap);
  bytes[length++] = '.';
  snprintf(temporary, sizeof temporary, "%s.%d.%d", me->name, me->number, edit);
  file = openat(me->directory, temporary, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
  floor_check(file >= 0, temporary);
  floor_check(write(file, bytes, (size_t)length) == length, "write");
  floor_check(fchmod(file, 0644) == 0, "fchmod");
  floor_check(fsync(file) == 0, "fsync");
  close(file);
  floor_check(renameat(me->directory, temporary, me->directory, me->name) == 0, "renameat");
  floor_check(fsync(me->directory) == 0, "fsync of the directory");
}

static void *edit_all(void *context) {
  const chain *me = context;
  for (int i = 0; i < me->edits; i++) edit(me, i);
  return NULL;
}

static uint64_t run(chain *chains, int count) {
  pthread_t threads[256];
  floor_check(count <= 256, "at most 256 threads");
  const uint64_t start = floor_now();
  for (int i = 0; i < count; i++) floor_start(&threads[i], edit_all, &chains[i]);
  for (int i = 0; i < count; i++) pthread_join(threads[i], NULL);
  return floor_now() - start;
}

uint64_t floor_edit_chains(const char *path, int files, int edits, uint64_t nap) {
  chain chains[256];
  floor_check(files <= 256, "at most 256 files");
  /* A handle for each: what Interlock has, too. */
  for (int i = 0; i < files; i++) {
    chains[i] = (chain){.number = i, .edits = edits, .nap = nap};
    chains[i].directory = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    floor_check(chains[i].directory >= 0, path);
    snprintf(chains[i].name, sizeof chains[i].name, "%d.txt", i);
  }
  const uint64_t time = run(chains, files);
  for (int i = 0; i < files; i++) close(chains[i].directory);
  return time;
}

void floor_edit_unlocked(const char *path, int edits, uint64_t nap) {
  chain chains[256];
  const char *slash = strrchr(path, '/');
  floor_check(slash != NULL && edits <= 256, "an absolute path, and at most 256 edits");
  char parent[4096];
  snprintf(parent, sizeof parent, "%.*s", (int)(slash - path), path);
  const int directory = open(parent, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  floor_check(directory >= 0, parent);
  for (int i = 0; i < edits; i++) {
    chains[i] = (chain){.directory = directory, .number = i, .edits = 1, .nap = nap};
    snprintf(chains[i].name, sizeof chains[i].name, "%s", slash + 1);
  }
  run(chains, edits);
  close(directory);
}

extern char **environ;

uint64_t floor_spawn(const char *program, const char *argument) {
  char *const arguments[] = {(char *)(uintptr_t)program, (char *)(uintptr_t)argument, NULL};
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0);
  posix_spawn_file_actions_addopen(&actions, 1, "/dev/null", O_WRONLY, 0);
  pid_t process;
  int status;
  const uint64_t start = floor_now();
  const int failure = posix_spawnp(&process, program, &actions, NULL, arguments, environ);
  if (failure != 0) errno = failure;
  floor_check(failure == 0, program);
  while (waitpid(process, &status, 0) < 0) floor_check(errno == EINTR, "waitpid");
  const uint64_t time = floor_now() - start;
  posix_spawn_file_actions_destroy(&actions);
  floor_check(WIFEXITED(status) && WEXITSTATUS(status) == 0, program);
  return time;
}

size_t floor_heap_bytes(void) {
  const struct mallinfo2 info = mallinfo2();
  return info.uordblks + info.hblkhd;
}

uint64_t floor_file_system(const char *path) {
  struct statfs info;
  floor_check(statfs(path, &info) == 0, path);
  return (uint64_t)info.f_type;
}
