#define _GNU_SOURCE
#include "view.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <linux/openat2.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/uio.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "kernel.h"
#include "layers.h"

enum { MAXIMUM_LINKS = 40, PAGE = 4096 };

int view_open(struct view *view, int32_t thread) {
  char path[48];
  snprintf(path, sizeof path, "/proc/%d/root", thread);
  view->thread = thread;
  view->root = open(path, O_PATH | O_DIRECTORY | O_CLOEXEC);
  return view->root < 0 ? -1 : 0;
}

void view_close(struct view *view) {
  if (view->root >= 0) close(view->root);
}

/* Page by page: the text may end just before memory that is not there. */
void view_text(int32_t thread, uint64_t address, char *text, size_t capacity) {
  size_t length = 0;
  while (length < capacity - 1) {
    size_t part = PAGE - (size_t)((address + length) & (PAGE - 1));
    if (part > capacity - 1 - length) part = capacity - 1 - length;
    const struct iovec to = {text + length, part}, from = {(void *)(uintptr_t)(address + length), part};
    if (process_vm_readv(thread, &to, 1, &from, 1, 0) != (ssize_t)part) break;
    const char *end = memchr(text + length, 0, part);
    if (end != NULL) return;
    length += part;
  }
  text[length == capacity - 1 ? length : 0] = 0;
}

int64_t view_status(int32_t thread, const char *field) {
  char path[48], text[4096];
  snprintf(path, sizeof path, "/proc/%d/status", thread);
  const int file = open(path, O_RDONLY | O_CLOEXEC);
  if (file < 0) return -1;
  const ssize_t length = read(file, text, sizeof text - 1);
  close(file);
  text[length > 0 ? length : 0] = 0;
  for (char *line = text; line != NULL && *line != 0;) {
    char *end = strchr(line, '\n');
    if (end != NULL) *end = 0;
    if (strncmp(line, field, strlen(field)) == 0) {
      const char *last = strrchr(line, '\t');
      return last != NULL ? strtoll(last, NULL, 10) : -1;
    }
    line = end != NULL ? end + 1 : NULL;
  }
  return -1;
}

void view_descriptor(int32_t thread, int descriptor, char *path, size_t capacity) {
  char link[64];
  if (descriptor == AT_FDCWD) snprintf(link, sizeof link, "/proc/%d/cwd", thread);
  else snprintf(link, sizeof link, "/proc/%d/fd/%d", thread, descriptor);
  const ssize_t length = readlink(link, path, capacity - 1);
  path[length > 0 ? length : 0] = 0;
}

/* ---------------------------------------------------------------- what a path means to the process */

/* Inside its root, where absolute links start over. */
static int look(const struct view *view, const char *path, int flags) {
  const struct open_how how = {.flags = (uint64_t)(O_PATH | O_CLOEXEC | flags), .resolve = RESOLVE_IN_ROOT};
  return (int)syscall(SYS_openat2, view->root, path, &how, sizeof how);
}

/* Where a path leads: the directory that has, or would have, the last name, and what is there. */
struct place {
  int directory, target; /* O_PATH; target -1 = nothing is there */
};

static void leave(struct place *place) {
  if (place->directory >= 0) close(place->directory);
  if (place->target >= 0) close(place->target);
}

/* There "self" would be us, and not the process. Nothing in /proc is ever covered. */
static int is_proc(int directory) {
  struct statfs status;
  return fstatfs(directory, &status) != 0 || status.f_type == PROC_SUPER_MAGIC;
}

static int go(const struct view *view, const char *wanted, int follows, struct place *place) {
  char path[SANDBOX_PATH_CAPACITY], link[SANDBOX_PATH_CAPACITY];
  snprintf(path, sizeof path, "%s", wanted);
  *place = (struct place){-1, -1};
  for (int links = 0; links < MAXIMUM_LINKS; links++) {
    size_t length = strlen(path);
    while (length > 1 && path[length - 1] == '/') path[--length] = 0;
    char *name = strrchr(path, '/');
    if (path[0] != '/' || name == NULL) return -1;
    char saved[256];
    if (snprintf(saved, sizeof saved, "%s", name + 1) >= (int)sizeof saved) return -1;
    name[1] = 0;
    place->directory = look(view, path, O_DIRECTORY);
    if (place->directory < 0 || is_proc(place->directory)) return -1;
    if (saved[0] == 0) snprintf(saved, sizeof saved, ".");
    place->target = openat(place->directory, saved, O_PATH | O_NOFOLLOW | O_CLOEXEC);
    const ssize_t to = follows && place->target >= 0 ? readlinkat(place->target, "", link, sizeof link - 1) : -1;
    if (to < 0) return 0;
    link[to] = 0;
    leave(place);
    *place = (struct place){-1, -1};
    const size_t room = sizeof path - strlen(path);
    if (link[0] == '/') snprintf(path, sizeof path, "%s", link);
    else if ((size_t)to >= room) return -1;
    else strcat(path, link);
  }
  return -1;
}

/* ---------------------------------------------------------------- whether that is given */

struct search {
  const sandbox_permission *permission;
  struct stat own; /* the private directory */
  uint32_t access;
  int has_own;
};

static int is_same(const struct stat *left, const struct stat *right) {
  return left->st_ino == right->st_ino && left->st_dev == right->st_dev;
}

static int gives(const struct search *search, const struct stat *status) {
  if (search->has_own && is_same(status, &search->own)) return 1;
  for (uint32_t i = 0; i < search->permission->path_count; i++) {
    const sandbox_path *path = &search->permission->paths[i];
    struct stat given;
    if ((path->access & search->access) != search->access || fstat(path->descriptor, &given) != 0) continue;
    const int has_other_names = S_ISREG(given.st_mode) && given.st_nlink > 1; /* as in landlock.c */
    if (is_same(status, &given) && !(has_other_names && (search->access & SANDBOX_OVERWRITE))) return 1;
  }
  return 0;
}

/* From the directory up to the root, as Landlock does. */
static int is_given_above(const struct search *search, int directory) {
  int here = dup(directory), given = 0;
  struct stat status, last = {.st_ino = 0};
  while (here >= 0 && fstat(here, &status) == 0 && !is_same(&status, &last)) {
    if ((given = gives(search, &status))) break;
    last = status;
    const int above = openat(here, "..", O_PATH | O_DIRECTORY | O_CLOEXEC);
    close(here);
    here = above;
  }
  if (here >= 0) close(here);
  return given;
}

/* The devices that runtime.c gives: null, zero, full. */
static int swallows_everything(const struct stat *status) {
  const unsigned number = minor(status->st_rdev);
  return S_ISCHR(status->st_mode) && major(status->st_rdev) == 1 && (number == 3 || number == 5 || number == 7);
}

static int is_without_links(const struct view *view, const char *path, int flags) {
  const struct open_how how = {.flags = (uint64_t)(O_PATH | O_CLOEXEC | flags),
                               .resolve = RESOLVE_IN_ROOT | RESOLVE_NO_SYMLINKS};
  const int file = (int)syscall(SYS_openat2, view->root, path, &how, sizeof how);
  if (file >= 0) close(file);
  return file >= 0;
}

/* The usual case, for less: the path says itself that it is in the private directory, and no link says otherwise. */
static int is_plainly_below(const struct view *view, const struct wish *wish, const char *directory) {
  const size_t length = directory != NULL ? strlen(directory) : 0;
  if (length == 0 || strncmp(wish->path, directory, length) != 0 || wish->path[length] != '/') return 0;
  if (strstr(wish->path, "/..") != NULL) return 0;
  if (is_without_links(view, wish->path, wish->follows ? 0 : O_NOFOLLOW)) return 1;
  if (errno != ENOENT) return 0;
  char parent[SANDBOX_PATH_CAPACITY];
  snprintf(parent, sizeof parent, "%s", wish->path);
  *strrchr(parent, '/') = 0;
  return is_without_links(view, parent, O_DIRECTORY);
}

static int is_covered(const struct view *view, const struct place *place, const struct wish *wish,
                      const sandbox_permission *permission) {
  struct search search = {.permission = permission, .access = wish->access};
  if (permission->private_directory != NULL) {
    const int own = look(view, permission->private_directory, O_DIRECTORY);
    search.has_own = own >= 0 && fstat(own, &search.own) == 0;
    if (own >= 0) close(own);
  }
  struct stat status;
  const int exists = place->target >= 0 && fstat(place->target, &status) == 0;
  if (exists && (search.access & SANDBOX_CHANGE) == 0 && (gives(&search, &status) || swallows_everything(&status)))
    return 1;
  if (!exists && wish->creates) search.access |= SANDBOX_CHANGE;
  return is_given_above(&search, place->directory);
}

int view_is_covered(const struct view *view, const struct wish *wish, const sandbox_permission *permission) {
  if (is_plainly_below(view, wish, permission->private_directory)) return 1;
  struct place place;
  const int covered = go(view, wish->path, wish->follows, &place) == 0 && is_covered(view, &place, wish, permission);
  leave(&place);
  return covered;
}

int view_find(const struct view *view, const struct wish *wish, const sandbox_permission *permission) {
  struct place place;
  const int covered = go(view, wish->path, wish->follows, &place) == 0 && is_covered(view, &place, wish, permission);
  const int found = covered ? place.target : -1;
  if (covered) place.target = -1;
  leave(&place);
  return found;
}

int view_opened(int32_t thread, int descriptor, int *writes) {
  char path[64], text[256];
  snprintf(path, sizeof path, "/proc/%d/fdinfo/%d", thread, descriptor);
  const int info = open(path, O_RDONLY | O_CLOEXEC);
  const ssize_t length = info >= 0 ? read(info, text, sizeof text - 1) : -1;
  if (info >= 0) close(info);
  text[length > 0 ? length : 0] = 0;
  const char *flags = strstr(text, "flags:\t");
  const long value = flags != NULL ? strtol(flags + 7, NULL, 8) : 0;
  *writes = (value & O_ACCMODE) != O_RDONLY && (value & O_PATH) == 0;
  snprintf(path, sizeof path, "/proc/%d/fd/%d", thread, descriptor);
  return open(path, O_PATH | O_CLOEXEC);
}
