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

static int empty_into(int top, int directory, uint64_t *moved);

static int take_up(int top, int directory, const char *name, uint64_t *moved) {
  char number[24];
  snprintf(number, sizeof number, "%llu", (unsigned long long)++*moved);
  if (renameat2(directory, name, top, number, RENAME_NOREPLACE) == 0) return 0;
  if (errno == EEXIST) return 0; /* left for the next round */
  if (errno == EACCES && give_mode_back(directory, name) == 0)
    return renameat2(directory, name, top, number, RENAME_NOREPLACE);
  if (errno != EXDEV) return -1;
  const int below = open_directory(directory, name);
  const int result = below < 0 ? -1 : empty_into(top, below, moved);
  if (below >= 0) close(below);
  return result == 0 ? unlinkat(directory, name, AT_REMOVEDIR) : -1;
}

/* Removes what is not a directory; moves directories to the top under numbers as names. */
static int empty_into(int top, int directory, uint64_t *moved) {
  DIR *stream = fdopendir(dup(directory));
  if (stream == NULL) return -1;
  int result = 0;
  for (const struct dirent *entry; (entry = readdir(stream)) != NULL && result == 0;) {
    if (is_dots(entry->d_name) || unlinkat(directory, entry->d_name, 0) == 0) continue;
    if (errno == EISDIR || errno == EPERM) result = take_up(top, directory, entry->d_name, moved);
    else if (errno != ENOENT) result = -1;
  }
  closedir(stream);
  return result;
}

/* One round over the top: every directory that it has is emptied and removed. Returns how many, or -1. */
static int empty_round(int top, uint64_t *moved) {
  const int again = open_directory(top, ".");
  DIR *stream = again < 0 ? NULL : fdopendir(again);
  if (stream == NULL) return -1;
  int found = 0, result = 0;
  for (const struct dirent *entry; (entry = readdir(stream)) != NULL && result == 0;) {
    if (is_dots(entry->d_name)) continue;
    found++;
    if (unlinkat(top, entry->d_name, 0) == 0 || unlinkat(top, entry->d_name, AT_REMOVEDIR) == 0) continue;
    const int directory = open_directory(top, entry->d_name);
    result = directory < 0 ? -1 : empty_into(top, directory, moved);
    if (directory >= 0) close(directory);
    if (result == 0 && unlinkat(top, entry->d_name, AT_REMOVEDIR) != 0 && errno != ENOENT && errno != ENOTEMPTY)
      result = -1;
  }
  closedir(stream);
  return result == 0 ? found : -1;
}

int sandbox_private_empty(int parent, const char *name) {
  const int top = open_directory(parent, name);
  if (top < 0) return -1;
  uint64_t moved = 0;
  int found;
  do found = empty_round(top, &moved);
  while (found > 0);
  const int error = errno;
  futimens(top, NULL); /* whoever had it may have set its times */
  close(top);
  errno = error;
  return found;
}

int sandbox_private_remove(int parent, const char *name) {
  if (sandbox_private_empty(parent, name) != 0) return errno == ENOENT ? 0 : -1;
  return unlinkat(parent, name, AT_REMOVEDIR);
}
