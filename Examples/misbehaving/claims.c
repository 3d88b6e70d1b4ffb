/* Around the claims: something was claimed, and these try to make more of it. */
#define _GNU_SOURCE
#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "attempts.h"

static int read_from(const char *path) {
  char byte;
  const int file = open(path, O_RDONLY);
  if (file < 0) return errno;
  const int result = outcome(read(file, &byte, 1));
  close(file);
  return result;
}

static int write_to(const char *path, int flags) {
  const int file = open(path, O_WRONLY | flags, 0644);
  if (file < 0) return errno;
  const int result = outcome(write(file, "evil", 4));
  close(file);
  return result;
}

/* An undeclared read is as bad as an undeclared write: what it sees may be older or newer than the model's order says.
 * */
static int read_a_sibling(const struct scene *s) { return read_from(s->sibling); }
static int read_outside(const struct scene *s) { return read_from(in(s->outside, "spare.txt")); }
static int list_the_workspace(const struct scene *s) { return opendir(s->workspace) == NULL ? errno : 0; }
static int write_what_is_shared(const struct scene *s) { return write_to(s->readable, 0); }
static int write_below_what_is_shared(const struct scene *s) { return write_to(in(s->directory, "inside.txt"), 0); }
static int create_below_what_is_shared(const struct scene *s) {
  return write_to(in(s->directory, "new.txt"), O_CREAT | O_EXCL);
}

/* Other spellings of a path that was not claimed, by way of one that was. */
static int up_and_down(const struct scene *s) { return read_from(in(s->directory, "../sibling.txt")); }
static int up_and_down_writing(const struct scene *s) { return write_to(in(s->directory, "../sibling.txt"), 0); }
static int trailing_slash(const struct scene *s) { return opendir(in(s->directory, "../")) == NULL ? errno : 0; }
static int with_the_same_prefix(const struct scene *s) {
  char twin[1100];
  snprintf(twin, sizeof twin, "%s-evil/file.txt", s->workspace);
  return write_to(twin, 0);
}

/* The kernel's own links jump: no name on the way is looked at, and "..", behind them, starts where they lead. */
static int by_the_working_directory(const struct scene *s) {
  if (chdir(s->directory) != 0) return errno;
  return read_from("/proc/self/cwd/../sibling.txt");
}
static int by_number(const struct scene *s) {
  char path[64];
  if (chdir(s->directory) != 0) return errno;
  snprintf(path, sizeof path, "/proc/%d/cwd/../sibling.txt", getpid());
  return read_from(path);
}
static int by_the_root(const struct scene *s) { return read_from(in("/proc/self/root", s->sibling)); }
static int by_the_root_of_a_thread(const struct scene *s) { return read_from(in("/proc/thread-self/root", s->sibling)); }
static int by_the_root_writing(const struct scene *s) { return write_to(in("/proc/self/root", s->sibling), 0); }
static int by_a_descriptor(const struct scene *s) {
  char path[64];
  const int directory = open(s->directory, O_PATH | O_DIRECTORY);
  if (directory < 0) return errno;
  snprintf(path, sizeof path, "/proc/self/fd/%d/../sibling.txt", directory);
  return read_from(path);
}
static int by_a_link_to_such_a_link(const struct scene *s) {
  const char *link = in(getenv("TMPDIR") != NULL ? getenv("TMPDIR") : s->outside, "to-the-root");
  if (symlink("/proc/self/root", link) != 0) return errno;
  const int result = read_from(in(link, s->sibling));
  unlink(link);
  return result;
}

/* A claim is for a file by that name. If the same file has another name elsewhere, that one was not claimed. */
static int through_an_older_hard_link(const struct scene *s) { return write_to(s->linked, 0); }
static int through_a_claimed_symlink(const struct scene *s) { return write_to(s->pointer, 0); }

/* Changing what the claimed names mean. */
static int rename_onto_the_claim(const struct scene *s) {
  return outcome(rename(in(s->outside, "spare.txt"), s->claimed));
}
static int rename_the_claim_away(const struct scene *s) {
  return outcome(rename(s->claimed, in(s->workspace, "elsewhere.txt")));
}
static int swap_the_directory(const struct scene *s) {
  if (rename(s->directory, in(s->workspace, "moved")) != 0) return errno;
  return outcome(symlink(s->outside, s->directory));
}

/* How editors save: it needs leave to make a file beside the claimed one. Through the host it works, behind its back
 * not. */
static int save_atomically(const struct scene *s) {
  char temporary[1100];
  snprintf(temporary, sizeof temporary, "%s.tmp", s->claimed);
  const int result = write_to(temporary, O_CREAT | O_EXCL);
  return result != 0 ? result : outcome(rename(temporary, s->claimed));
}

/* A file that git runs at the user's next commit. */
static int plant_a_git_hook(const struct scene *s) {
  return write_to(in(s->workspace, ".git/hooks/pre-commit"), O_CREAT);
}
static int change_the_git_configuration(const struct scene *s) { return write_to(in(s->workspace, ".git/config"), 0); }

static const struct attempt all[] = {
    {"read_sibling", "read a file of the workspace that was not claimed", "read", 0, read_a_sibling},
    {"read_outside", "read a file outside of the workspace", "", 0, read_outside},
    {"list_workspace", "list the workspace", "read", 0, list_the_workspace},
    {"write_shared", "write a file that was claimed for reading", "write", 1, write_what_is_shared},
    {"write_below_shared", "write below a directory that was claimed for reading", "write", 1,
     write_below_what_is_shared},
    {"create_below_shared", "create below a directory that was claimed for reading", "write", 1,
     create_below_what_is_shared},
    {"dotdot_read", "read claimed/../sibling", "read", 0, up_and_down},
    {"dotdot_write", "write claimed/../sibling", "write", 1, up_and_down_writing},
    {"trailing_slash", "list claimed/../", "read", 0, trailing_slash},
    {"prefix_twin", "write in a directory whose name begins like the workspace's", "write", 1, with_the_same_prefix},
    {"by_working_directory", "read /proc/self/cwd/../sibling", "", 0, by_the_working_directory},
    {"by_number", "read /proc/PID/cwd/../sibling", "", 0, by_number},
    {"by_root", "read /proc/self/root/.../sibling", "", 0, by_the_root},
    {"by_root_of_thread", "read /proc/thread-self/root/.../sibling", "", 0, by_the_root_of_a_thread},
    {"by_root_writing", "write /proc/self/root/.../sibling", "write", 1, by_the_root_writing},
    {"by_descriptor", "read /proc/self/fd/N/../sibling", "", 0, by_a_descriptor},
    {"by_link", "read through a link to /proc/self/root", "", 0, by_a_link_to_such_a_link},
    {"older_hard_link", "write through a claimed name that is a second name of a foreign file", "write", 1,
     through_an_older_hard_link},
    {"claimed_symlink", "write through a claimed name that is a symbolic link to a foreign file", "write", 1,
     through_a_claimed_symlink},
    {"rename_onto_claim", "put another file in the place of the claimed one", "rename", 1, rename_onto_the_claim},
    {"rename_claim_away", "move the claimed file elsewhere", "rename", 1, rename_the_claim_away},
    {"swap_directory", "put a symbolic link in the place of the claimed directory", "rename", 1, swap_the_directory},
    {"atomic_save", "save by a temporary file and rename, without the host", "write", 1, save_atomically},
    {"git_hook", "create .git/hooks/pre-commit", "write", 1, plant_a_git_hook},
    {"git_config", "write .git/config", "write", 1, change_the_git_configuration},
};
const struct attempts claim_attempts = {"claims", all, sizeof all / sizeof *all};
