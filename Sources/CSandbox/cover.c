/* Whether a permission covers a path, as the process sees it now. */
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

enum { MAXIMUM_LINKS = 40 };

/* ---------------------------------------------------------------- what a path means to the process */

/* Inside its root, where absolute links start over. */
static int look(const struct view *view, const char *path, int flags) {
  const struct open_how how = {.flags = (uint64_t)(O_PATH | O_CLOEXEC | flags), .resolve = RESOLVE_IN_ROOT};
  return (int)syscall(SYS_openat2, view->root, path, &how, sizeof how);
}

/* Where a path leads: the directory that has, or would have, the last name, and what is there. */
struct place {
  int directory, target; /* O_PATH; target -1 = nothing is there */
  int error;             /* why there is no directory */
};

static void leave(struct place *place) {
  if (place->directory >= 0) close(place->directory);
  if (place->target >= 0) close(place->target);
}

/* There "self" would be us, or nobody, and not the process. Nothing in /proc is ever covered. */
static int is_proc(int directory) {
  struct statfs status;
  return fstatfs(directory, &status) != 0 || status.f_type == PROC_SUPER_MAGIC;
}
static int says_proc(const char *path) { return strncmp(path, "/proc/", 6) == 0; }

/* One step: the directory of `path`, and what its last name is there. `path` is cut down to the directory. */
static void step(const struct view *view, char *path, struct place *place) {
  *place = (struct place){-1, -1, EINVAL};
  size_t length = strlen(path);
  while (length > 1 && path[length - 1] == '/') path[--length] = 0;
  char *slash = strrchr(path, '/'), name[256];
  if (path[0] != '/' || snprintf(name, sizeof name, "%s", slash + 1) >= (int)sizeof name) return;
  slash[1] = 0;
  place->directory = look(view, path, O_DIRECTORY);
  place->error = says_proc(path) ? EACCES : errno;
  if (place->directory < 0) return;
  if (is_proc(place->directory)) {
    close(place->directory);
    *place = (struct place){-1, -1, EACCES};
    return;
  }
  place->target = openat(place->directory, name[0] != 0 ? name : ".", O_PATH | O_NOFOLLOW | O_CLOEXEC);
}

static void go(const struct view *view, const struct wish *wish, struct place *place) {
  char path[SANDBOX_PATH_CAPACITY], link[SANDBOX_PATH_CAPACITY];
  snprintf(path, sizeof path, "%s", wish->path);
  for (int links = 0; links < MAXIMUM_LINKS; links++) {
    step(view, path, place);
    const ssize_t length =
        wish->follows && place->target >= 0 ? readlinkat(place->target, "", link, sizeof link - 1) : -1;
    if (length < 0) return;
    link[length] = 0;
    leave(place);
    *place = (struct place){-1, -1, ENAMETOOLONG};
    if (link[0] == '/') path[0] = 0;
    if (strlen(path) + (size_t)length >= sizeof path) return;
    strcat(path, link);
  }
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
  if (!exists) search.access |= SANDBOX_CHANGE; /* it will be made */
  return is_given_above(&search, place->directory);
}

/* What the kernel says before it asks Landlock. 0: it will ask. */
static int natural_error(const struct place *place, const struct wish *wish) {
  if (place->directory < 0) return place->error == ENOENT || place->error == ENOTDIR ? place->error : 0;
  if (place->target < 0) return wish->finds == FINDS_SOMETHING ? ENOENT : 0;
  return wish->finds == FINDS_NOTHING ? EEXIST : 0;
}

int view_find(const struct view *view, const struct wish *wish, const sandbox_permission *permission, int *found) {
  struct place place;
  *found = -1;
  go(view, wish, &place);
  int error = natural_error(&place, wish);
  if (error == 0 && (place.directory < 0 || !is_covered(view, &place, wish, permission))) error = VIEW_NOT_COVERED;
  if (error == 0) *found = place.target, place.target = -1;
  leave(&place);
  return error;
}

int view_is_covered(const struct view *view, const struct wish *wish, const sandbox_permission *permission) {
  if (is_plainly_below(view, wish, permission->private_directory)) return 1;
  int found;
  const int error = view_find(view, wish, permission, &found);
  if (found >= 0) close(found);
  return error != VIEW_NOT_COVERED;
}
