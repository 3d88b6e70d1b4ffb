#define _GNU_SOURCE
#include "directories.h"

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

void iw_directory_remove(const iw_directory *directory) {
  const int scratch = directories.scratch->descriptor;
  if (directory->place >= 0) {
    char name[SANDBOX_PRIVATE_NAME];
    sandbox_private_place((unsigned)directory->place, name);
    /* The next must find nothing there. */
    directories.is_given[directory->place] = sandbox_private_empty(scratch, name, SANDBOX_PRIVATE_PATIENCE) != 0;
  } else if (directory->name[0] != 0) {
    sandbox_private_remove(scratch, directory->name, SANDBOX_PRIVATE_PATIENCE); /* what cannot be removed goes with scratch */
  }
}

void iw_directories_end(void) { sandbox_private_end(directories.scratch, directories.held); }
