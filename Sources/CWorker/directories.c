#define _GNU_SOURCE
#include "directories.h"

#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <unistd.h>

static struct {
  const iw_start *start;
  bool has_mounts;
  int mounts; /* our own namespace of them; -1 = no call gets a /tmp */
  bool is_given[IW_CHILDREN_MAX];
} directories = {.mounts = -1};

void iw_directories_begin(const iw_start *start, bool has_mounts) {
  directories.start = start;
  directories.has_mounts = has_mounts;
  if (has_mounts && start->places > 0) directories.mounts = open("/proc/self/ns/mnt", O_RDONLY | O_CLOEXEC);
}

void iw_directories_forget(void) {
  if (directories.mounts >= 0) close(directories.mounts);
  directories.mounts = -1;
}

/* The place that it has as /tmp; -1 if it can have none, -2 if we are lost. */
static int give_tmp(pid_t process) {
  const iw_start *start = directories.start;
  for (uint32_t place = 0; directories.mounts >= 0 && place < start->places; place++) {
    if (directories.is_given[place]) continue;
    const int given = sandbox_give_tmp(process, directories.mounts, start->scratch, place);
    directories.is_given[place] = given > 0;
    return given > 0 ? (int)place : given - 1;
  }
  return -1;
}

enum iw_gift iw_directory_give(pid_t process, iw_directory *directory) {
  char path[PATH_MAX];
  *directory = (iw_directory){.place = give_tmp(process)};
  if (directory->place >= 0) return IW_GIVEN;
  if (directory->place < -1) return IW_LOST;
  if (sandbox_private_make(directories.start->scratch, path, sizeof path) != 0) return IW_NOT_GIVEN;
  snprintf(directory->name, sizeof directory->name, "%s", strrchr(path, '/') + 1);
  return IW_GIVEN;
}

void iw_directory_remove(const iw_directory *directory) {
  char path[PATH_MAX];
  const char *scratch = directories.start->scratch;
  if (directory->place < 0 && directory->name[0] != 0) {
    snprintf(path, sizeof path, "%s/%s", scratch, directory->name);
    sandbox_private_remove(path); /* what cannot be removed goes with scratch */
  } else if (directory->place >= 0 && sandbox_private_place(scratch, (unsigned)directory->place, path, sizeof path) == 0) {
    directories.is_given[directory->place] = sandbox_private_empty(path) != 0; /* the next must find nothing there */
  }
}

void iw_directories_remove(void) {
  const char *scratch = directories.start->scratch;
  if (directories.has_mounts && umount2(scratch, MNT_DETACH) == 0) rmdir(scratch);
  else sandbox_private_remove(scratch);
}
