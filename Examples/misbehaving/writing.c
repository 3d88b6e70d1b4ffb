/* Writing where nothing was claimed: every way to change what a file contains or what a directory has. */
#define _GNU_SOURCE
#include <fcntl.h>
#include <linux/fs.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "attempts.h"

static int write_through(int file) {
  if (file < 0) return errno;
  const int result = outcome(write(file, "evil", 4));
  close(file);
  return result;
}

static int open_for_writing(const struct scene *s) { return write_through(open(s->sibling, O_WRONLY)); }
static int append(const struct scene *s) { return write_through(open(s->sibling, O_WRONLY | O_APPEND)); }
static int truncate_by_name(const struct scene *s) { return outcome(truncate(s->sibling, 1)); }

/* No access for writing is asked for, and yet the file is empty afterwards. */
static int truncate_while_reading(const struct scene *s) { return outcome(open(s->sibling, O_RDONLY | O_TRUNC)); }
static int truncate_what_is_readable(const struct scene *s) { return outcome(open(s->readable, O_RDONLY | O_TRUNC)); }

static int create(const struct scene *s) {
  return write_through(open(in(s->workspace, "new.txt"), O_WRONLY | O_CREAT | O_EXCL, 0644));
}

/* A file without a name asks no directory for leave until it gets one. */
static int create_nameless_then_name_it(const struct scene *s) {
  const int file = open(s->workspace, O_TMPFILE | O_RDWR, 0644);
  if (file < 0) return errno;
  char path[64];
  snprintf(path, sizeof path, "/proc/self/fd/%d", file);
  return outcome(linkat(AT_FDCWD, path, AT_FDCWD, in(s->workspace, "named.txt"), AT_SYMLINK_FOLLOW));
}

static int rename_over(const struct scene *s) {
  return outcome(rename(in(s->outside, "spare.txt"), in(s->outside, "secret.txt")));
}
static int exchange(const struct scene *s) {
  return outcome(renameat2(AT_FDCWD, in(s->outside, "spare.txt"), AT_FDCWD, in(s->outside, "secret.txt"),
                           RENAME_EXCHANGE));
}

/* A second name in the claimed directory would make the file writable by its rules. */
static int hard_link_into_the_claim(const struct scene *s) {
  return outcome(link(in(s->outside, "secret.txt"), in(s->directory, "link.txt")));
}

static int write_through_a_link_of_ones_own(const struct scene *s) {
  const char *own = getenv("TMPDIR") != NULL ? getenv("TMPDIR") : s->outside;
  const char *link = in(own, "to-the-secret");
  if (symlink(in(s->outside, "secret.txt"), link) != 0) return errno;
  return write_through(open(link, O_WRONLY));
}

/* A descriptor for reading, opened once more with more rights. */
static int reopen_for_writing(const struct scene *s) {
  const int file = open(s->readable, O_RDONLY);
  if (file < 0) return errno;
  char path[64];
  snprintf(path, sizeof path, "/proc/self/fd/%d", file);
  return write_through(open(path, O_WRONLY));
}

/* The kernel writes through /proc/self/mem where the page tables forbid it. */
static int write_ones_own_memory(const struct scene *s) {
  (void)s;
  const int memory = open("/proc/self/mem", O_RDWR);
  if (memory < 0) return errno;
  void *page = mmap(NULL, 4096, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  return outcome(pwrite(memory, "evil", 4, (off_t)(size_t)page));
}

static int remove_file(const struct scene *s) { return outcome(unlink(s->sibling)); }
static int remove_the_claimed_file(const struct scene *s) { return outcome(unlink(s->claimed)); }
static int make_directory(const struct scene *s) { return outcome(mkdir(in(s->workspace, "new"), 0755)); }
static int remove_directory(const struct scene *s) { return outcome(rmdir(in(s->outside, "empty"))); }
static int make_symbolic_link(const struct scene *s) { return outcome(symlink("x", in(s->workspace, "link"))); }
static int make_fifo(const struct scene *s) { return outcome(mkfifo(in(s->workspace, "fifo"), 0600)); }
static int share_memory_by_name(const struct scene *s) {
  (void)s;
  const int result = outcome(shm_open("/interlock-misbehaving", O_RDWR | O_CREAT, 0600));
  if (result == 0) shm_unlink("/interlock-misbehaving");
  return result;
}
static int use_everybodys_tmp(const struct scene *s) {
  (void)s;
  const int file = open("/tmp/interlock-misbehaving", O_WRONLY | O_CREAT, 0600);
  if (file >= 0) unlink("/tmp/interlock-misbehaving");
  return outcome(file);
}

/* Binding a socket to a path makes a file. */
static int bind_a_socket(const struct scene *s) {
  struct sockaddr_un address = {.sun_family = AF_UNIX};
  if (snprintf(address.sun_path, sizeof address.sun_path, "%s/socket", s->workspace) >= (int)sizeof address.sun_path)
    return MISSING; /* the path is too long for a socket */
  const int socket_ = socket(AF_UNIX, SOCK_STREAM, 0);
  if (socket_ < 0) return errno;
  return outcome(bind(socket_, (struct sockaddr *)&address, sizeof address));
}

/* A relative path is as good as the directory that it starts from, and anybody may go there. */
static int create_from_another_directory(const struct scene *s) {
  if (chdir(s->outside) != 0) return errno;
  return write_through(open("new.txt", O_WRONLY | O_CREAT, 0644));
}

/* Confinement is a thread's own. Is a new thread confined? */
static void *write_in_a_thread(void *scene) {
  const struct scene *s = scene;
  return (void *)(size_t)write_through(open(s->sibling, O_WRONLY));
}
static int write_from_a_new_thread(const struct scene *s) {
  pthread_t thread;
  void *result;
  const int error = pthread_create(&thread, NULL, write_in_a_thread, (void *)s);
  if (error != 0) return error;
  pthread_join(thread, &result);
  return (int)(size_t)result;
}

static const struct attempt all[] = {
    {"open_for_writing", "open(O_WRONLY) and write", "write", 1, open_for_writing},
    {"append", "open(O_APPEND) and write", "write", 1, append},
    {"truncate_by_name", "truncate(path)", "write", 1, truncate_by_name},
    {"truncate_while_reading", "open(O_RDONLY|O_TRUNC)", "write", 1, truncate_while_reading},
    {"truncate_what_is_readable", "open(O_RDONLY|O_TRUNC) of a file that it may read", "write", 1,
     truncate_what_is_readable},
    {"create", "open(O_CREAT)", "write", 1, create},
    {"create_nameless", "open(O_TMPFILE), then linkat gives it a name", "write", 1, create_nameless_then_name_it},
    {"rename_over", "rename one file over another", "rename", 1, rename_over},
    {"exchange", "renameat2(RENAME_EXCHANGE)", "rename", 1, exchange},
    {"hard_link_into_claim", "link a foreign file into a claimed directory", "link", 1, hard_link_into_the_claim},
    {"symlink_then_write", "write through a symbolic link in its own directory", "write", 1,
     write_through_a_link_of_ones_own},
    {"reopen_for_writing", "open /proc/self/fd/N of a read-only descriptor for writing", "write", 1,
     reopen_for_writing},
    {"write_own_memory", "open /proc/self/mem for writing", "write", 0, write_ones_own_memory},
    {"remove", "unlink", "remove", 1, remove_file},
    {"remove_claimed", "unlink a file whose content only is claimed", "remove", 1, remove_the_claimed_file},
    {"make_directory", "mkdir", "make a directory", 1, make_directory},
    {"remove_directory", "rmdir", "remove", 1, remove_directory},
    {"make_symlink", "symlink", "make a symbolic link", 1, make_symbolic_link},
    {"make_fifo", "mkfifo", "make a special file", 1, make_fifo},
    {"bind_socket", "bind a Unix socket to a path", "", 1, bind_a_socket},
    {"shared_memory", "shm_open: a file in /dev/shm", "write", 0, share_memory_by_name},
    {"everybodys_tmp", "a file in /tmp itself", "write", 0, use_everybodys_tmp},
    {"other_working_directory", "chdir, then create by a relative path", "write", 1, create_from_another_directory},
    {"from_a_thread", "write from a thread of its own", "write", 1, write_from_a_new_thread},
};
const struct attempts writing_attempts = {"writing", all, sizeof all / sizeof *all};
