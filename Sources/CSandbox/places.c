/* Where a path leads, as the process sees it now: for what lies in none of the host's roots. */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <linux/openat2.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "kernel.h"
#include "view.h"

enum { MAXIMUM_LINKS = 40, PATIENCE = 100 };

/* ---------------------------------------------------------------- what a path means to the process */

/* Inside its root, where absolute links start over. */
static int look_as(const struct view *view, const char *path, int flags, uint64_t resolve) {
  const struct open_how how = {.flags = (uint64_t)(O_PATH | O_CLOEXEC | flags), .resolve = RESOLVE_IN_ROOT | resolve};
  int file, left = PATIENCE;
  /* Whenever something is moved on the whole machine, the kernel is not sure of a "..", and says so. */
  do file = (int)syscall(SYS_openat2, view->root, path, &how, sizeof how);
  while (file < 0 && errno == EAGAIN && left-- > 0);
  return file;
}

static int look(const struct view *view, const char *path, int flags) { return look_as(view, path, flags, 0); }

/* A hostile process can put a link in the place of its private directory, and that would lead anywhere. */
static int look_without_links(const struct view *view, const char *path, int flags) {
  return look_as(view, path, flags, RESOLVE_NO_SYMLINKS);
}

/* The directory that has, or would have, the last name, and what is there. */
struct entry {
  int directory, target; /* O_PATH; target -1 = nothing is there */
  int error;             /* why there is no directory, or nothing in it */
  char name[256];
};

static void leave(struct entry *entry) {
  if (entry->directory >= 0) close(entry->directory);
  if (entry->target >= 0) close(entry->target);
  entry->directory = entry->target = -1;
}

/* In /proc, "self" would be us, and not the process. */
static int is_proc(int directory) {
  struct statfs status;
  return fstatfs(directory, &status) != 0 || status.f_type == PROC_SUPER_MAGIC;
}
static int says_proc(const char *path) { return strncmp(path, "/proc/", 6) == 0; }

/* One step: the directory of `path`, and what its last name is there. `path` is cut down to the directory. */
static void step(const struct view *view, char *path, struct entry *entry) {
  *entry = (struct entry){-1, -1, ENOENT, ""};
  size_t length = strlen(path);
  while (length > 1 && path[length - 1] == '/') path[--length] = 0;
  char *slash = strrchr(path, '/');
  if (path[0] != '/') return;
  if (snprintf(entry->name, sizeof entry->name, "%s", slash + 1) >= (int)sizeof entry->name) {
    entry->error = ENAMETOOLONG;
    return;
  }
  slash[1] = 0;
  entry->directory = look(view, path, O_DIRECTORY);
  if (entry->directory < 0) {
    entry->error = says_proc(path) ? EACCES : errno;
    return;
  }
  if (is_proc(entry->directory)) {
    leave(entry);
    entry->error = EACCES;
    return;
  }
  entry->target = openat(entry->directory, entry->name[0] != 0 ? entry->name : ".", O_PATH | O_NOFOLLOW | O_CLOEXEC);
  entry->error = entry->target < 0 ? errno : EEXIST;
}

static void go(const struct view *view, const struct wish *wish, struct entry *entry) {
  char path[SANDBOX_PATH_CAPACITY], link[SANDBOX_PATH_CAPACITY];
  snprintf(path, sizeof path, "%s", wish->path);
  for (int links = 0;; links++) {
    step(view, path, entry);
    const ssize_t length =
        wish->follows && entry->target >= 0 ? readlinkat(entry->target, "", link, sizeof link - 1) : -1;
    if (length < 0) return;
    link[length] = 0;
    leave(entry);
    entry->error = links == MAXIMUM_LINKS ? ELOOP : EACCES; /* the kernel would find more than fits here */
    if (links == MAXIMUM_LINKS) return;
    if (link[0] == '/') path[0] = 0;
    if (strlen(path) + (size_t)length >= sizeof path) return;
    strcat(path, link);
  }
}

/* ---------------------------------------------------------------- whether it is the process's own */

static int is_same(const struct stat *left, const struct stat *right) {
  return left->st_ino == right->st_ino && left->st_dev == right->st_dev;
}

int view_is_there(const struct view *view, int descriptor, const char *directory) {
  char link[64], path[SANDBOX_PATH_CAPACITY];
  struct stat own, named;
  if (descriptor == AT_FDCWD) snprintf(link, sizeof link, "/proc/%d/cwd", view->thread);
  else snprintf(link, sizeof link, "/proc/%d/fd/%d", view->thread, descriptor);
  if (stat(link, &own) != 0 || view_descriptor(view->thread, descriptor, path, sizeof path) != 0) return 0;
  const int is_nameless = own.st_nlink == 0;
  const int found = is_nameless ? look_without_links(view, directory, O_DIRECTORY) : look(view, path, O_NOFOLLOW);
  const int is_there = found >= 0 && fstat(found, &named) == 0 &&
                       (is_nameless ? own.st_dev == named.st_dev : is_same(&own, &named));
  if (found >= 0) close(found);
  return is_there;
}

/* From the directory up to the root, as Landlock does. */
static int is_below(int directory, const struct stat *own) {
  int here = fcntl(directory, F_DUPFD_CLOEXEC, 0), found = 0;
  struct stat status, last = {.st_ino = 0};
  while (here >= 0 && fstat(here, &status) == 0 && !is_same(&status, &last)) {
    if ((found = is_same(&status, own))) break;
    last = status;
    const int above = openat(here, "..", O_PATH | O_DIRECTORY | O_CLOEXEC);
    close(here);
    here = above;
  }
  if (here >= 0) close(here);
  return found;
}

/* The devices that runtime.c gives: null, zero, full. */
static int swallows_everything(const struct stat *status) {
  const unsigned number = minor(status->st_rdev);
  return S_ISCHR(status->st_mode) && major(status->st_rdev) == 1 && (number == 3 || number == 5 || number == 7);
}

static int is_own(const struct view *view, const struct entry *entry, const struct wish *wish, const char *directory) {
  struct stat own, status;
  const int exists = entry->target >= 0 && fstat(entry->target, &status) == 0;
  if (exists && wish->opens && swallows_everything(&status)) return 1;
  const int opened = directory != NULL ? look_without_links(view, directory, O_DIRECTORY) : -1;
  const int has_own = opened >= 0 && fstat(opened, &own) == 0;
  if (opened >= 0) close(opened);
  /* What ".." names is not below the directory in which it is looked up. */
  if (strcmp(entry->name, "..") == 0) return has_own && exists && is_below(entry->target, &own);
  return has_own && ((exists && (wish->opens || wish->mends) && is_same(&status, &own)) || is_below(entry->directory, &own));
}

static int is_without_links(const struct view *view, const char *path, int flags) {
  const int file = look_without_links(view, path, flags);
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

/* ---------------------------------------------------------------- the answer */

static int is_kernels(int error) {
  return error == ENOENT || error == ENOTDIR || error == ELOOP || error == ENAMETOOLONG;
}

/* What the kernel says whoever asks. */
static int fails_by_itself(const struct entry *entry, const struct wish *wish) {
  if (wish->path[0] == 0) return 1;
  if (entry->directory < 0) return is_kernels(entry->error);
  return entry->target < 0 ? wish->finds == FINDS_SOMETHING : wish->finds == FINDS_NOTHING;
}

/* Empty if there is no room: cut, it would be another place. */
static void spell(const struct entry *entry, sandbox_place *place) {
  char link[48];
  const size_t capacity = sizeof place->path, name = strlen(entry->name);
  snprintf(link, sizeof link, "/proc/self/fd/%d", entry->directory);
  const ssize_t length = entry->directory < 0 ? -1 : readlink(link, place->path, capacity);
  const int fits = length > 0 && (size_t)length + 1 + name < capacity;
  place->path[fits ? length : 0] = 0;
  if (!fits) return;
  if (length > 1) strcat(place->path, "/");
  strcat(place->path, entry->name);
}

void view_find(const struct view *view, const struct wish *wish, const char *directory, sandbox_place *place) {
  struct entry entry;
  *place = (sandbox_place){.kind = SANDBOX_PLACE_OWN, .target = -1};
  if (!wish->mends && is_plainly_below(view, wish, directory)) return;
  go(view, wish, &entry);
  if (fails_by_itself(&entry, wish)) place->kind = SANDBOX_PLACE_FAILS, place->error = entry.error;
  else if (entry.directory < 0 || !is_own(view, &entry, wish, directory)) place->kind = SANDBOX_PLACE_ELSEWHERE;
  if (place->kind == SANDBOX_PLACE_ELSEWHERE) spell(&entry, place);
  else if (place->kind == SANDBOX_PLACE_OWN && wish->mends) place->target = entry.target, entry.target = -1;
  leave(&entry);
}
