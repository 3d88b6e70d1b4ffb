/* What a guardian must not be led to mount: where somebody has put something else in place of what it has made. */
#define _GNU_SOURCE
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "driver.h"

/* In what a process that was given the place sees as /tmp. */
static const char mark[] = "/tmp/mark";

/* Whether a process with these namespaces of its own is given the place, and finds what the place holds. */
static const char *give(const sandbox_scratch *scratch, unsigned long namespaces) {
  int go[2], status = 0;
  const int own = open("/proc/self/ns/mnt", O_RDONLY | O_CLOEXEC);
  if (own < 0 || pipe(go) != 0) give_up("a pipe");
  const pid_t child = (pid_t)syscall(SYS_clone, namespaces | SIGCHLD, 0, 0, 0, 0);
  if (child == 0) {
    char byte;
    _exit(read(go[0], &byte, 1) == 1 && access(mark, F_OK) == 0 ? 0 : 1);
  }
  if (child < 0) give_up("a process to be given something");
  const int given = sandbox_private_give(scratch, 0, child, own);
  if (write(go[1], "", 1) != 1 || waitpid(child, &status, 0) != child) give_up("the process");
  close(own), close(go[0]), close(go[1]);
  return given < 0 ? "lost" : given == 0 ? "refused" : status == 0 ? "given" : "given and not there";
}

static void print_places(const char *directory) {
  sandbox_scratch scratch = {open(directory, O_PATH | O_DIRECTORY | O_CLOEXEC), directory, 1 << 20, 1};
  sandbox_report report;
  const sandbox_base base = {.namespaces = SANDBOX_HELD_USER | SANDBOX_HELD_MOUNT};
  if (sandbox_unshare(&base, &report) != 0 || sandbox_mount(&scratch, &report) != 0) give_up(report.words);
  if (!(report.held & SANDBOX_HELD_TMP)) give_up("places in scratch");
  const int all = scratch.descriptor;
  mkdirat(all, "0/mark", 0700);
  printf("as made: %s\n", give(&scratch, CLONE_NEWNS));

  printf("without mounts of its own: %s\n", give(&scratch, 0));

  renameat(all, "0", all, "kept");
  symlinkat("kept", all, "0");
  printf("a link: %s\n", give(&scratch, CLONE_NEWNS));

  unlinkat(all, "0", 0);
  mknodat(all, "0", S_IFREG | 0600, 0);
  printf("a file: %s\n", give(&scratch, CLONE_NEWNS));

  unlinkat(all, "0", 0);
  renameat(all, "kept", all, "0");
  char place[PATH_SIZE];
  snprintf(place, sizeof place, "%s/0", directory);
  if (mount("none", place, "tmpfs", 0, NULL) != 0 || mkdirat(all, "0/mark", 0700) != 0) give_up("mounting");
  printf("with something mounted on it: %s\n", give(&scratch, CLONE_NEWNS));
}

static void print_elsewhere(const char *directory) {
  sandbox_scratch scratch = {open(directory, O_PATH | O_DIRECTORY | O_CLOEXEC), "/", 1 << 20, 0};
  sandbox_report report;
  const sandbox_base base = {.namespaces = SANDBOX_HELD_USER | SANDBOX_HELD_MOUNT};
  if (sandbox_unshare(&base, &report) != 0) give_up(report.words);
  const int result = sandbox_mount(&scratch, &report);
  printf("a path to another directory: %s\n", result == 0 ? "mounted" : report.words);
}

/* Each in a process of its own, for there is no way back out of a namespace. */
static void in_child(void (*print)(const char *), const char *directory) {
  fflush(stdout);
  const pid_t child = fork();
  if (child == 0) {
    print(directory);
    fflush(stdout);
    _exit(0);
  }
  int status = 0;
  if (child < 0 || waitpid(child, &status, 0) != child || status != 0) give_up("a child that mounts");
}

int mount_what_is_there(const char *directory) {
  in_child(print_places, directory);
  in_child(print_elsewhere, directory);
  return 0;
}
