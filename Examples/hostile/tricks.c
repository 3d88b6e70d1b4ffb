/* Tricks of a call's process, which has no layer of a call. */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "hostile.h"

/* A path that becomes another one while somebody reads it. */
static struct {
  char path[2 * TEXT], other[2 * TEXT]; /* some have two */
  const char *first, *second, *other_first, *other_second;
  atomic_bool over;
  pthread_t thread;
} changing;

static void *change(void *unused) {
  for (unsigned i = 0; !changing.over; i++) {
    const char *next = i & 1 ? changing.first : changing.second;
    const char *other = i & 1 ? changing.other_first : changing.other_second;
    memcpy(changing.path, next, strlen(next) + 1);
    if (other != NULL) memcpy(changing.other, other, strlen(other) + 1);
    for (volatile int pause = 0; pause < 300; pause++) continue;
  }
  return unused;
}

static int begin_to_change(const char *first, const char *second, const char *other_first, const char *other_second) {
  changing.first = first, changing.second = second;
  changing.other_first = other_first, changing.other_second = other_second;
  changing.over = 0;
  memcpy(changing.path, first, strlen(first) + 1);
  if (other_first != NULL) memcpy(changing.other, other_first, strlen(other_first) + 1);
  return pthread_create(&changing.thread, NULL, change, NULL);
}

static void stop_changing(void) {
  changing.over = 1;
  pthread_join(changing.thread, NULL);
}

static int race_for(const struct call *call, const char *first, int flags) {
  struct stat secret, status;
  int got = 0, refused = 0;
  if (stat(call->secret, &secret) != 0 || begin_to_change(first, call->secret, NULL, NULL) != 0) return -1;
  for (int i = 0; i < TRIES || (refused == 0 && i < 50 * TRIES); i++) {
    const int file = open(changing.path, flags, 0600);
    refused += file < 0;
    if (file < 0) continue;
    const int is_secret = fstat(file, &status) == 0 && status.st_ino == secret.st_ino;
    got += is_secret;
    if (is_secret) spoil(file);
    else close(file);
  }
  stop_changing();
  return got;
}
int race(const struct call *call) { return race_for(call, call->claimed, O_WRONLY); }
int race_reading(const struct call *call) { return race_for(call, call->claimed, O_RDONLY); }
/* What lies in its own directory the host lets the kernel open. */
int race_unasked(const struct call *call) { return race_for(call, in(call->own, "1"), O_RDWR | O_CREAT); }
int race_library(const struct call *call) { return race_for(call, "/etc/passwd", O_RDONLY); }

/* Between a name of its own under which nothing is, so that nothing would come of it, and another. */
int race_mode(const struct call *call) {
  int got = 0, refused = 0;
  if (begin_to_change(in(call->own, "none"), call->secret, NULL, NULL) != 0) return -1;
  for (int i = 0; i < TRIES / 4 || (refused == 0 && i < 50 * TRIES); i++) {
    if (chmod(changing.path, 0604) == 0) got++;
    else refused += errno == EACCES;
  }
  stop_changing();
  return got;
}

/* A link to the one and a link to the other take turns at a name. */
static const struct call *swapping;
static void *swap_links(void *unused) {
  while (!changing.over)
    renameat2(AT_FDCWD, in(swapping->own, "a"), AT_FDCWD, in(swapping->own, "b"), RENAME_EXCHANGE);
  return unused;
}
int swap(const struct call *call) {
  struct stat secret, status;
  pthread_t thread;
  int got = 0;
  swapping = call;
  if (symlink(call->claimed, in(call->own, "a")) != 0 || symlink(call->secret, in(call->own, "b")) != 0) return -1;
  if (stat(call->secret, &secret) != 0 || pthread_create(&thread, NULL, swap_links, NULL) != 0) return -1;
  for (int i = 0; i < TRIES / 4; i++) {
    const int file = open(in(call->own, "a"), O_WRONLY);
    if (file < 0) continue;
    got += fstat(file, &status) == 0 && status.st_ino == secret.st_ino && spoil(file);
  }
  changing.over = 1;
  pthread_join(thread, NULL);
  return got;
}

/* A link in the place of its private directory, so that what lies elsewhere would be its own. It takes two races: for a link
 * beside the directory, and for their change of places. */
static int link_beside(const char *link, const char *target, const char *allowed) {
  struct stat status;
  if (begin_to_change(allowed, link, NULL, NULL) != 0) return -1;
  for (int i = 0; i < 50 * TRIES && lstat(link, &status) != 0; i++)
    if (symlink(target, changing.path) == 0) unlink(allowed);
  stop_changing();
  return lstat(link, &status);
}
static int change_places(const char *own, const char *link, const char *first, const char *second) {
  struct stat status = {.st_mode = S_IFDIR};
  if (mkdir(first, 0700) != 0 || mkdir(second, 0700) != 0 || begin_to_change(first, own, second, link) != 0) return -1;
  for (int i = 0; i < 50 * TRIES && !S_ISLNK(status.st_mode); i++) {
    renameat2(AT_FDCWD, changing.path, AT_FDCWD, changing.other, RENAME_EXCHANGE);
    if (lstat(own, &status) != 0) break;
  }
  stop_changing();
  return S_ISLNK(status.st_mode) ? 0 : -1;
}
int home(const struct call *call) {
  static const struct timespec long_ago[2] = {{1, 0}, {1, 0}};
  char beside[2 * TEXT], elsewhere[TEXT];
  snprintf(beside, sizeof beside, "%s-link", call->own);
  snprintf(elsewhere, sizeof elsewhere, "%s", call->secret);
  char *name = strrchr(elsewhere, '/');
  *name++ = 0;
  if (link_beside(beside, elsewhere, in(call->own, "l")) != 0) return -1;
  if (change_places(call->own, beside, in(call->own, "x"), in(call->own, "y")) != 0) return -2;
  int got = 0;
  got += chmod(in(call->own, name), 0600) == 0;
  got += utimensat(AT_FDCWD, in(call->own, name), long_ago, 0) == 0;
  got += spoil(open(in(call->own, name), O_WRONLY));
  got += mkdir(in(call->own, "new"), 0700) == 0;
  got += unlink(in(call->own, name)) == 0;
  return got;
}

int git(const struct call *call) {
  int got = 0;
  got += spoil(open(in(call->git, "config"), O_WRONLY));
  got += spoil(open(in(call->git, "hooks/pre-commit"), O_WRONLY | O_CREAT, 0755));
  got += truncate(in(call->git, "config"), 0) == 0;
  got += rename(call->claimed, in(call->git, "config")) == 0;
  got += rename(call->git, in(call->own, "git")) == 0;
  got += link(in(call->git, "config"), in(call->own, "config")) == 0;
  got += symlink("/", in(call->git, "commondir")) == 0;
  got += mkdir(in(call->git, "modules"), 0755) == 0;
  got += chmod(in(call->git, "config"), 0600) == 0;
  got += unlink(in(call->git, "config")) == 0;
  return got;
}
