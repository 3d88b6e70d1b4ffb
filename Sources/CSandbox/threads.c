/* Whose thread told of an attempt. */
#define _GNU_SOURCE
#include <stdio.h>
#include <sys/stat.h>

#include "sandbox.h"
#include "view.h"

enum { MAXIMUM_ANCESTORS = 1024 };

int sandbox_thread_is_plugin(int32_t thread) {
  char path[48];
  struct stat own, its;
  snprintf(path, sizeof path, "/proc/%d/exe", thread);
  return stat("/proc/self/exe", &own) == 0 && stat(path, &its) == 0 && own.st_dev == its.st_dev &&
         own.st_ino == its.st_ino;
}

int32_t sandbox_thread_process(int32_t thread) { return (int32_t)view_status(thread, "Tgid:"); }

int sandbox_thread_is_first(int32_t thread) { return view_status(thread, "NSpid:") == 1; }

static int find(int32_t process, const int32_t *processes, size_t count) {
  for (size_t i = 0; i < count; i++)
    if (processes[i] == process) return (int)i;
  return -1;
}

int sandbox_thread_owner(int32_t thread, const int32_t *processes, size_t count) {
  int found = find(thread, processes, count); /* nearly always: a first thread has its process's number */
  int32_t process = found < 0 ? (int32_t)view_status(thread, "Tgid:") : 0;
  for (int depth = 0; found < 0 && process > 1 && depth < MAXIMUM_ANCESTORS; depth++) {
    found = find(process, processes, count);
    process = (int32_t)view_status(process, "PPid:");
  }
  return found;
}
