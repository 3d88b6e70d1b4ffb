/* Between the plugin, which plays the worker's part, and the tricks of a call's process. */
#ifndef HOSTILE_H
#define HOSTILE_H

#include <stdio.h>
#include <unistd.h>

enum { TRIES = 4000, TEXT = 1024 };

/* What a call is about. */
struct call {
  int socket;
  char claimed[TEXT], secret[TEXT], git[TEXT], own[TEXT]; /* own: its private directory */
};

static inline const char *in(const char *directory, const char *name) {
  static _Thread_local char paths[4][2 * TEXT];
  static _Thread_local unsigned next;
  char *path = paths[next++ % 4];
  snprintf(path, sizeof *paths, "%s/%s", directory, name);
  return path;
}

static inline int spoil(int file) {
  if (file < 0) return 0;
  const int done = pwrite(file, "evil", 4, 0) == 4;
  close(file);
  return done;
}

/* Each says how often it came to what its call did not claim; below 0: it could not even try. */
int race(const struct call *call);
int race_reading(const struct call *call);
int race_unasked(const struct call *call);
int race_library(const struct call *call);
int race_mode(const struct call *call);
int swap(const struct call *call);
int home(const struct call *call);
int git(const struct call *call);

#endif
