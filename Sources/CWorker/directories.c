#define _GNU_SOURCE
#include "directories.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

_Static_assert(IW_DIRECTORY_SIZE == SANDBOX_PRIVATE_NAME, "a name is told as it is");

static struct {
  const sandbox_scratch *scratch;
  uint32_t held;
  int mounts; /* our own namespace of them; -1 = no call gets a /tmp */
  bool is_given[IW_CHILDREN_MAX];
} directories = {.mounts = -1};

void iw_directories_begin(const sandbox_scratch *scratch, uint32_t held) {
  directories.scratch = scratch;
  directories.held = held;
  if (held & SANDBOX_HELD_TMP) directories.mounts = open("/proc/self/ns/mnt", O_RDONLY | O_CLOEXEC);
}

void iw_directories_forget(void) {
  if (directories.mounts >= 0) close(directories.mounts);
  directories.mounts = -1;
}

/* As /tmp, if it can have that. */
static enum iw_gift give_place(pid_t process, iw_directory *directory) {
  const sandbox_scratch *scratch = directories.scratch;
  uint32_t place = 0;
  while (place < scratch->places && directories.is_given[place]) place++;
  if (directories.mounts < 0 || place == scratch->places) return IW_NOT_GIVEN;
  const int given = sandbox_private_give(scratch, place, process, directories.mounts);
  if (given <= 0) return given == 0 ? IW_NOT_GIVEN : IW_LOST;
  directories.is_given[place] = true;
  directory->place = (int)place;
  return IW_GIVEN;
}

enum iw_gift iw_directory_give(pid_t process, iw_directory *directory) {
  *directory = (iw_directory){.place = -1};
  const enum iw_gift gift = give_place(process, directory);
  if (gift != IW_NOT_GIVEN) return gift;
  if (sandbox_private_make(directories.scratch, directory->name) == 0) return IW_GIVEN;
  directory->name[0] = 0;
  return IW_NOT_GIVEN;
}

/* ---- removing, in steps: the guardian has other things to do */

enum { STEP = 20, MOST_STEPS = 100 /* whoever fills it faster has one less */, END = 2000 /* milliseconds */ };

static struct {
  iw_directory directory;
  int steps;
} left[IW_CHILDREN_MAX];
static size_t left_count;

/* False if there is more to do of it. */
static bool is_removed(const iw_directory *directory) {
  const int scratch = directories.scratch->descriptor;
  if (directory->place < 0) return sandbox_private_remove(scratch, directory->name, STEP) == 0 || errno != ETIMEDOUT;
  char name[SANDBOX_PRIVATE_NAME];
  sandbox_private_place((unsigned)directory->place, name);
  const bool is_empty = sandbox_private_empty(scratch, name, STEP) == 0;
  if (is_empty) directories.is_given[directory->place] = false; /* the next must find nothing there */
  return is_empty || errno != ETIMEDOUT;
}

bool iw_directories_tidy(void) {
  if (left_count == 0) return false;
  if (is_removed(&left[0].directory) || ++left[0].steps == MOST_STEPS) left[0] = left[--left_count];
  return left_count > 0;
}

void iw_directory_remove(const iw_directory *directory) {
  if (directory->place < 0 && directory->name[0] == 0) return;
  if (is_removed(directory) || left_count == IW_CHILDREN_MAX) return; /* what cannot be removed goes with scratch */
  left[left_count].steps = 0;
  left[left_count++].directory = *directory;
}

void iw_directories_end(void) { sandbox_private_end(directories.scratch, directories.held, END); }
