/* What a call finds in /tmp, and leaves there. */
#define _GNU_SOURCE
#include <dirent.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#define FLAGS (strcmp(rows[i].name, "runs_a_program") == 0 ? ILK_TOOL_REENTRANT | ILK_TOOL_SPAWNS : ILK_TOOL_REENTRANT)
#include "../../SandboxTests/Fixtures/tools.h"

/* How many names /tmp has; -1 if it cannot be listed. */
static int names(void) {
  DIR *directory = opendir("/tmp");
  int count = directory == NULL ? -1 : 0;
  while (directory != NULL && readdir(directory) != NULL) count++;
  if (directory != NULL) closedir(directory);
  return count - 2;
}

static int write_file(const char *path) {
  const int file = open(path, O_WRONLY | O_CREAT | O_EXCL, 0600);
  const int result = file < 0 ? errno : outcome(write(file, "left", 4));
  if (file >= 0) close(file);
  return result;
}

static int is_home(const char *name) { return getenv(name) != NULL && strcmp(getenv(name), "/tmp") == 0; }

/* In the worker, before there was a call: of the /tmp that all have. */
static int old_tmp;
__attribute__((constructor)) static void begin(void) { old_tmp = open("/tmp", O_PATH | O_DIRECTORY | O_CLOEXEC); }

static int uses_an_old_handle(ilk_str args) {
  (void)args;
  if (!is_home("TMPDIR") || write_file("/tmp/interlock-left") != 0) return EIO; /* that name it has itself */
  return outcome(openat(old_tmp, "interlock-left", O_WRONLY | O_CREAT, 0600));
}

/* All that is done to files, and each is seen by every name that they have. */
static int leaves_something(ilk_str args) {
  (void)args;
  struct stat status;
  const struct timespec long_ago[2] = {{1, 0}, {1, 0}};
  if (stat("/tmp", &status) != 0 || status.st_mtim.tv_sec <= long_ago[0].tv_sec) return EIO;
  if (!is_home("HOME") || !is_home("TMPDIR") || names() != 0) return ENOTEMPTY;
  if (write_file("/tmp/interlock-left") != 0 || mkdir("/tmp/directory", 0700) != 0) return errno;
  if (write_file("/tmp/directory/file") != 0 || symlink("directory", "/tmp/link") != 0) return errno;
  if (rename("/tmp/directory/file", "/tmp/link/moved") != 0 || mkfifo("/tmp/fifo", 0600) != 0) return errno;
  if (stat("/tmp/directory/moved", &status) != 0 || chdir("/tmp") != 0 || stat("interlock-left", &status) != 0) return errno;
  if (lchown("/tmp/link", getuid(), getgid()) != 0 || utimensat(AT_FDCWD, "/tmp/link", long_ago, AT_SYMLINK_NOFOLLOW) != 0 ||
      lstat("/tmp/link", &status) != 0 || status.st_mtim.tv_sec != 1)
    return EPERM;
  if (utimensat(AT_FDCWD, "/tmp", long_ago, 0) != 0) return errno;
  const int link = open("/tmp/link", O_PATH | O_NOFOLLOW);
  if (link < 0 || utimensat(link, "", long_ago, AT_EMPTY_PATH | AT_SYMLINK_NOFOLLOW) != 0) return EPERM;
  char nameless[64];
  const int made = open("/tmp", O_TMPFILE | O_RDWR, 0600);
  snprintf(nameless, sizeof nameless, "/proc/self/fd/%d", made);
  if (made < 0 || linkat(AT_FDCWD, nameless, AT_FDCWD, "/tmp/named", AT_SYMLINK_FOLLOW) != 0 || unlink("/tmp/named") != 0)
    return EPERM;
  chmod("/tmp/directory", 0);
  return names() == 4 ? 0 : EIO;
}

/* Whoever has a directory of its own elsewhere. */
static int is_refused_tmp(ilk_str args) {
  (void)args;
  if (is_home("HOME") || is_home("TMPDIR")) return EEXIST;
  char path[2048];
  snprintf(path, sizeof path, "%s/file", getenv("TMPDIR"));
  return write_file(path) != 0 ? EIO : write_file("/tmp/interlock-left");
}

static int sees_the_workspace(ilk_str args) {
  struct stat status;
  const char *claimed = argument(args, "claimed");
  if (stat(claimed, &status) != 0 || chdir(argument(args, "directory")) != 0) return errno;
  return outcome(open(claimed, O_WRONLY));
}

static int runs_a_program(ilk_str args) {
  (void)args;
  const int status = system("echo hello > /tmp/said && test -s /tmp/said && cp /bin/true /tmp/own && /tmp/own");
  return status == 0 ? 0 : EIO;
}

const struct row rows[] = {
    {"leaves_something", leaves_something},
    {"uses_an_old_handle", uses_an_old_handle},
    {"is_refused_tmp", is_refused_tmp},
    {"sees_the_workspace", sees_the_workspace},
    {"runs_a_program", runs_a_program},
};
const unsigned row_count = sizeof rows / sizeof *rows;
