/* Private directories: making and removing them. */
#define _GNU_SOURCE
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "private_directories.h"

int sandbox_private_make(const sandbox_scratch *scratch, char name[SANDBOX_PRIVATE_NAME]) {
  uint64_t words[2];
  if (getrandom(words, sizeof words, 0) != sizeof words) return -1;
  snprintf(name, SANDBOX_PRIVATE_NAME, "%016llx%016llx", (unsigned long long)words[0], (unsigned long long)words[1]);
  return mkdirat(scratch->descriptor, name, 0700);
}

void sandbox_private_place(unsigned place, char name[SANDBOX_PRIVATE_NAME]) {
  snprintf(name, SANDBOX_PRIVATE_NAME, "%u", place);
}

/* ---------------------------------------------------------------- removing
 *
 * A tree can be deeper than there are descriptors, and longer than a path may be. So nothing is descended: each
 * directory found is emptied once, and the directories in it are moved up to the top, to be found there. Landlock's
 * first version lets nothing be moved between directories: there it is descended, as deep as there are descriptors. */

static int is_dots(const char *name) { return strcmp(name, ".") == 0 || strcmp(name, "..") == 0; }

/* Whoever may fill a directory may take its mode away: then nobody could open it, move it, or remove what is in it. */
static int give_mode_back(int parent, const char *name) {
  char link[48];
  const int directory = openat(parent, name, O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
  if (directory < 0) return -1;
  snprintf(link, sizeof link, "/proc/self/fd/%d", directory);
  const int result = chmod(link, 0700);
  close(directory);
  return result;
}

static int open_directory(int parent, const char *name) {
  const int flags = O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC;
  int directory = openat(parent, name, flags);
  if (directory < 0 && errno == EACCES && give_mode_back(parent, name) == 0) directory = openat(parent, name, flags);
  if (directory >= 0) (void)!fchmod(directory, 0700);
  return directory;
}

struct emptying {
  int top;
  uint64_t prefix, moved; /* of the names of what is moved: nobody has made them */
  struct timespec until;
};

static int is_late(const struct emptying *emptying) {
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  const struct timespec *until = &emptying->until;
  const int late = now.tv_sec > until->tv_sec || (now.tv_sec == until->tv_sec && now.tv_nsec >= until->tv_nsec);
  if (late) errno = ETIMEDOUT;
  return late;
}

static int empty_into(struct emptying *emptying, int directory);

static int take_up(struct emptying *emptying, int directory, const char *name) {
  char number[48];
  snprintf(number, sizeof number, "%016llx.%llu", (unsigned long long)emptying->prefix, (unsigned long long)++emptying->moved);
  const int top = emptying->top;
  if (renameat2(directory, name, top, number, RENAME_NOREPLACE) == 0) return 0;
  if (errno == EEXIST) return 0; /* left for the next round */
  if (errno == EACCES && give_mode_back(directory, name) == 0)
    return renameat2(directory, name, top, number, RENAME_NOREPLACE);
  if (errno != EXDEV) return -1;
  const int below = open_directory(directory, name);
  const int result = below < 0 ? -1 : empty_into(emptying, below);
  if (below >= 0) close(below);
  return result == 0 ? unlinkat(directory, name, AT_REMOVEDIR) : -1;
}

/* Of the directory itself, which stays open. */
static DIR *list(int directory) {
  const int again = openat(directory, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  DIR *stream = again < 0 ? NULL : fdopendir(again);
  if (stream == NULL && again >= 0) close(again);
  return stream;
}

/* The next name but the dots; NULL with errno 0 if there is none, or what went wrong. */
static const char *next(DIR *stream) {
  const struct dirent *entry;
  do {
    errno = 0;
    entry = readdir(stream);
  } while (entry != NULL && is_dots(entry->d_name));
  return entry != NULL ? entry->d_name : NULL;
}

/* Removes what is not a directory; moves directories to the top under numbers as names. */
static int empty_into(struct emptying *emptying, int directory) {
  DIR *stream = list(directory);
  if (stream == NULL) return -1;
  int result = 0;
  const char *name;
  while (result == 0 && (name = next(stream)) != NULL) {
    if (is_late(emptying)) result = -1;
    else if (unlinkat(directory, name, 0) == 0) continue;
    else if (errno == EISDIR || errno == EPERM) result = take_up(emptying, directory, name);
    else if (errno != ENOENT) result = -1;
  }
  if (result == 0 && errno != 0) result = -1;
  closedir(stream);
  return result;
}

static int empty_and_remove(struct emptying *emptying, const char *name) {
  const int top = emptying->top;
  if (unlinkat(top, name, 0) == 0 || unlinkat(top, name, AT_REMOVEDIR) == 0) return 0;
  const int directory = open_directory(top, name);
  if (directory < 0) return -1;
  const int result = empty_into(emptying, directory);
  close(directory);
  if (result != 0) return -1;
  return unlinkat(top, name, AT_REMOVEDIR) == 0 || errno == ENOENT || errno == ENOTEMPTY ? 0 : -1;
}

/* One round over the top: every directory that it has is emptied and removed. Returns how many names there were, or -1. */
static int empty_round(struct emptying *emptying) {
  DIR *stream = list(emptying->top);
  if (stream == NULL) return -1;
  int found = 0, result = 0;
  const char *name;
  while (result == 0 && (name = next(stream)) != NULL) {
    found++;
    result = is_late(emptying) ? -1 : empty_and_remove(emptying, name);
  }
  if (result == 0 && errno != 0) result = -1;
  closedir(stream);
  return result == 0 ? found : -1;
}

static int empty(int top, unsigned milliseconds) {
  struct emptying emptying = {.top = top};
  if (getrandom(&emptying.prefix, sizeof emptying.prefix, 0) != sizeof emptying.prefix) return -1;
  clock_gettime(CLOCK_MONOTONIC, &emptying.until);
  emptying.until.tv_sec += milliseconds / 1000;
  emptying.until.tv_nsec += (long)(milliseconds % 1000) * 1000000;
  if (emptying.until.tv_nsec >= 1000000000) emptying.until.tv_sec++, emptying.until.tv_nsec -= 1000000000;
  int found;
  do found = empty_round(&emptying);
  while (found > 0);
  if (found == 0) futimens(top, NULL); /* whoever had it may have set its times */
  return found;
}

int sandbox_private_empty(int parent, const char *name, unsigned milliseconds) {
  const int top = open_directory(parent, name);
  const int result = top < 0 ? -1 : empty(top, milliseconds);
  if (top >= 0) close(top);
  return result;
}

int sandbox_private_remove(int parent, const char *name, unsigned milliseconds) {
  const int top = open_directory(parent, name);
  if (top < 0) return errno == ENOENT ? 0 : -1;
  const int result = empty(top, milliseconds);
  close(top);
  return result == 0 ? unlinkat(parent, name, AT_REMOVEDIR) : -1;
}
