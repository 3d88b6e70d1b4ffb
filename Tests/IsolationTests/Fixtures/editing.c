/* What a call may do with system calls of its own below a directory that it claimed for itself. Each returns 0 if it came out
 * as it would have without a host in between, else an errno. */
#define _GNU_SOURCE
#include <dirent.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/xattr.h>
#include <unistd.h>

#define DIRECTORY_MODE ILK_EXCLUSIVE
#include "../../SandboxTests/Fixtures/tools.h"

static const char *directory; /* of the call that runs */
static const char *below(const char *name) {
  static char paths[8][2100];
  static unsigned next;
  char *path = paths[next++ % 8];
  snprintf(path, sizeof *paths, "%s/%s", directory, name);
  return path;
}

static int is_error(long result, int error) { return result < 0 && errno == error ? 0 : result < 0 ? errno : EIO; }
static int is_mode(const char *path, mode_t mode) {
  struct stat status;
  return stat(path, &status) != 0 ? errno : (status.st_mode & 07777) == mode ? 0 : EIO;
}
static int holds(const char *path, const char *content) {
  char bytes[64] = "";
  const int file = open(path, O_RDONLY);
  if (file < 0 || read(file, bytes, sizeof bytes - 1) < 0) return errno;
  close(file);
  return strcmp(bytes, content) == 0 ? 0 : EIO;
}
static int put(const char *path, int flags, const char *content) {
  const int file = open(path, O_WRONLY | flags, 0666);
  if (file < 0 || write(file, content, strlen(content)) < 0) return errno;
  return outcome(close(file));
}

#define TRY(CALL)                    \
  do {                               \
    const int error_ = CALL;         \
    if (error_ != 0) return error_;  \
  } while (0)
#define BELOW(ARGS) directory = argument(ARGS, "directory")

static int makes_a_file(ilk_str args) {
  BELOW(args);
  umask(027);
  TRY(put(below("new"), O_CREAT | O_EXCL, "one"));
  TRY(is_mode(below("new"), 0640));
  TRY(put(below("new"), O_APPEND, " two"));
  TRY(holds(below("new"), "one two"));
  TRY(put(below("new"), O_CREAT | O_TRUNC, "3"));
  TRY(holds(below("new"), "3"));
  TRY(is_error(open(below("new"), O_WRONLY | O_CREAT | O_EXCL, 0666), EEXIST));
  TRY(outcome(truncate(below("new"), 0)));
  TRY(holds(below("new"), ""));
  TRY(is_error(chmod(below("new"), 04751), EPERM));
  TRY(is_error(chmod(below("new"), 02751), EPERM));
  TRY(outcome(chmod(below("new"), 0751)));
  return is_mode(below("new"), 0751);
}
static int writes_for_all_with_an_open_umask(ilk_str args) {
  BELOW(args);
  umask(0);
  TRY(put(below("open"), O_CREAT, ""));
  TRY(outcome(mkdir(below("opened"), 0777)));
  TRY(is_mode(below("open"), 0666));
  return is_mode(below("opened"), 0777);
}
static int makes_directories(ilk_str args) {
  BELOW(args);
  TRY(outcome(mkdir(below("d"), 0700)));
  TRY(outcome(mkdir(below("d/e"), 0700)));
  TRY(put(below("d/e/f"), O_CREAT, "f"));
  TRY(is_error(mkdir(below("d"), 0700), EEXIST));
  TRY(is_error(mkdir(below("not/there"), 0700), ENOENT));
  TRY(is_error(rmdir(below("d/e")), ENOTEMPTY));
  TRY(is_error(unlink(below("d/e")), EISDIR));
  TRY(is_error(rmdir(below("d/e/f")), ENOTDIR));
  TRY(outcome(unlink(below("d/e/f"))));
  return outcome(rmdir(below("d/e")));
}
static int renames(ilk_str args) {
  BELOW(args);
  TRY(put(below("a"), O_CREAT, "a"));
  TRY(put(below("b"), O_CREAT, "b"));
  TRY(is_error(renameat2(AT_FDCWD, below("a"), AT_FDCWD, below("b"), RENAME_NOREPLACE), EEXIST));
  TRY(outcome(renameat2(AT_FDCWD, below("a"), AT_FDCWD, below("b"), RENAME_EXCHANGE)));
  TRY(holds(below("a"), "b"));
  TRY(outcome(rename(below("a"), below("b"))));
  TRY(holds(below("b"), "b"));
  TRY(outcome(mkdir(below("moved"), 0755)));
  TRY(outcome(rename(below("b"), below("moved/c"))));
  TRY(outcome(rename(below("moved"), below("again"))));
  return holds(below("again/c"), "b");
}
static int links(ilk_str args) {
  BELOW(args);
  char target[16] = "";
  TRY(put(below("one"), O_CREAT, "one"));
  TRY(outcome(link(below("one"), below("two"))));
  TRY(holds(below("two"), "one"));
  TRY(outcome(symlink("one", below("three"))));
  TRY(holds(below("three"), "one"));
  TRY(outcome(readlink(below("three"), target, sizeof target)));
  TRY(strcmp(target, "one") == 0 ? 0 : EIO);
  TRY(is_error(open(below("three"), O_RDONLY | O_NOFOLLOW), ELOOP));
  return outcome(unlink(below("two")));
}
static int by_descriptor(ilk_str args) {
  BELOW(args);
  const int top = open(directory, O_RDONLY | O_DIRECTORY);
  if (top < 0) return errno;
  const int file = openat(top, "relative", O_RDWR | O_CREAT | O_CLOEXEC | O_NONBLOCK, 0644);
  if (file < 0 || write(file, "x", 1) != 1) return errno;
  TRY((fcntl(file, F_GETFD) & FD_CLOEXEC) && (fcntl(file, F_GETFL) & O_NONBLOCK) ? 0 : EIO);
  const int other = openat(top, "./relative", O_RDONLY);
  TRY(!(fcntl(other, F_GETFD) & FD_CLOEXEC) && !(fcntl(other, F_GETFL) & O_NONBLOCK) ? 0 : EIO);
  TRY(outcome(fchdir(top)));
  TRY(holds("relative", "x"));
  TRY(outcome(fchmod(file, 0600)));
  TRY(is_mode("relative", 0600));
  const struct timespec times[2] = {{1, 0}, {2, 0}};
  TRY(outcome(futimens(other, times)));
  DIR *names = opendir(".");
  int count = 0;
  while (names != NULL && readdir(names) != NULL) count++;
  return count > 2 ? 0 : EIO;
}
static int through_a_link_of_its_own(ilk_str args) {
  BELOW(args);
  char link[2100], file[2100];
  snprintf(link, sizeof link, "%s/link", getenv("TMPDIR"));
  snprintf(file, sizeof file, "%s/file", getenv("TMPDIR"));
  TRY(outcome(symlink(below("inside.txt"), link)));
  TRY(put(link, O_TRUNC, "through"));
  TRY(holds(below("inside.txt"), "through"));
  TRY(put(file, O_CREAT, "own"));
  TRY(is_error(rename(file, below("from-outside")), EXDEV));
  return is_error(rename(below("inside.txt"), file), EXDEV);
}
static int goes_in_circles(ilk_str args) {
  BELOW(args);
  char own[2100];
  snprintf(own, sizeof own, "%s/circle", getenv("TMPDIR"));
  const char *circles[] = {own, below("circle")};
  for (int i = 0; i < 2; i++) {
    TRY(outcome(symlink("circle", circles[i])));
    TRY(is_error(open(circles[i], O_RDONLY), ELOOP));
    TRY(is_error(open(circles[i], O_WRONLY | O_CREAT, 0600), ELOOP));
    TRY(outcome(unlink(circles[i])));
  }
  return 0;
}
/* Only the thread itself can be given one; where it is refused, nobody minds. */
static void *wait_for_a_name(void *context) {
  sleep(1);
  return context;
}
static int names_a_thread(ilk_str args) {
  (void)args;
  pthread_t thread;
  TRY(pthread_create(&thread, NULL, wait_for_a_name, NULL));
  const int error = pthread_setname_np(thread, "worker-1");
  pthread_join(thread, NULL);
  return error == EACCES ? 0 : error != 0 ? error : EIO;
}
static int mode_of_a_thread(ilk_str args) {
  (void)args;
  char path[64];
  snprintf(path, sizeof path, "/proc/self/task/%d/comm", getpid());
  return outcome(chmod(path, 0600));
}
/* As many as the kernel follows. */
static int through_forty_links(ilk_str args) {
  char to[2100], link[2100];
  snprintf(to, sizeof to, "%s", argument(args, "sibling"));
  for (int i = 0; i < 40; i++) {
    snprintf(link, sizeof link, "%s/%d", getenv("TMPDIR"), i);
    TRY(outcome(symlink(to, link)));
    memcpy(to, link, sizeof to);
  }
  return outcome(open(link, O_RDONLY));
}
/* The link itself is meant, whatever it leads to. */
static int marks_a_link(ilk_str args) {
  BELOW(args);
  TRY(outcome(symlink(argument(args, "sibling"), below("marked"))));
  TRY(is_error(lsetxattr(below("marked"), "user.mark", "x", 1, 0), EOPNOTSUPP));
  TRY(is_error(lremovexattr(below("marked"), "user.mark"), EOPNOTSUPP));
  return outcome(unlink(below("marked")));
}
static int finds_nothing(ilk_str args) {
  TRY(is_error(open(argument(args, "missing"), O_RDONLY), ENOENT));
  TRY(is_error(open("", O_RDONLY), ENOENT));
  TRY(is_error(open("", O_WRONLY | O_CREAT, 0600), ENOENT));
  TRY(is_error(unlink(argument(args, "missing")), ENOENT));
  return is_error(mkdir(argument(args, "workspace"), 0755), EEXIST);
}
static int has_no_pipes(ilk_str args) {
  BELOW(args);
  TRY(is_error(mkfifo(below("pipe"), 0600), EPERM));
  return is_error(open(directory, O_TMPFILE | O_RDWR, 0600), EOPNOTSUPP);
}

/* What is longer than a path may be fails, and is nowhere taken for what it begins with. */
static int has_no_longer_paths(ilk_str args) {
  BELOW(args);
  char path[6000] = "", name[201];
  int depth = 0, error = 0;
  snprintf(path, sizeof path, "%s", directory);
  while (strlen(path) < 5000) strcat(path, "/.");
  TRY(is_error(open(path, O_RDONLY), ENAMETOOLONG));
  TRY(is_error(mkdir(path, 0700), ENAMETOOLONG));
  TRY(is_error(symlink(path, below("long")), ENAMETOOLONG));
  memset(name, 'n', sizeof name - 1), name[sizeof name - 1] = 0;
  TRY(outcome(chdir(directory)));
  for (; depth < 40 && error == 0; depth++) error = mkdir(name, 0700) != 0 || chdir(name) != 0 ? errno : 0;
  for (int i = 1; i < depth; i++) TRY(chdir("..") != 0 || rmdir(name) != 0 ? errno : 0);
  return error == ENAMETOOLONG ? 0 : EIO;
}
/* Nor is a file emptied by an opening that fails. */
static int cuts_only_what_it_opens(ilk_str args) {
  BELOW(args);
  struct rlimit limit;
  TRY(put(below("whole"), O_CREAT, "whole"));
  TRY(outcome(getrlimit(RLIMIT_NOFILE, &limit)));
  const struct rlimit none = {0, limit.rlim_max};
  TRY(outcome(setrlimit(RLIMIT_NOFILE, &none)));
  const int failed = is_error(open(below("whole"), O_WRONLY | O_TRUNC), EMFILE);
  TRY(outcome(setrlimit(RLIMIT_NOFILE, &limit)));
  TRY(failed);
  TRY(holds(below("whole"), "whole"));
  TRY(outcome(open(below("whole"), O_RDONLY | O_TRUNC | O_CLOEXEC)));
  return holds(below("whole"), "");
}
static int keeps_its_limit_of_sizes(ilk_str args) {
  BELOW(args);
  const struct rlimit small = {1000, 1000};
  TRY(put(below("sized"), O_CREAT, "x"));
  TRY(outcome(truncate(below("sized"), 3000)));
  TRY(outcome(setrlimit(RLIMIT_FSIZE, &small)));
  TRY(is_error(truncate(below("sized"), 3001), EFBIG));
  TRY(outcome(truncate(below("sized"), 2000))); /* as the system does: it becomes smaller */
  TRY(outcome(truncate(below("sized"), 500)));
  return outcome(truncate(below("sized"), 1000));
}

/* What it may not: there either. */
static int hook(ilk_str args) {
  BELOW(args);
  return put(below(".git/hooks/pre-commit"), O_CREAT, "evil");
}
static int missing_place(ilk_str args) {
  BELOW(args);
  return outcome(mkdir(below("kept-missing"), 0755));
}
static int link_to_a_missing_place(ilk_str args) {
  BELOW(args);
  return outcome(symlink("/", below("kept-missing")));
}
static int git_moved_away(ilk_str args) {
  BELOW(args);
  return outcome(rename(below(".git"), below("elsewhere")));
}
static int configuration_opened_by_another_name(ilk_str args) {
  BELOW(args);
  return outcome(link(below(".git/config"), below("configuration")));
}
static int file_with_two_names(ilk_str args) {
  BELOW(args);
  TRY(put(below("first"), O_CREAT, "x"));
  TRY(outcome(link(below("first"), below("second"))));
  return put(below("second"), 0, "y");
}
static int file_that_lends_its_owner(ilk_str args) {
  BELOW(args);
  return outcome(open(below("lends"), O_WRONLY | O_CREAT, 04755));
}
static int pull_in_a_sibling(ilk_str args) {
  BELOW(args);
  return outcome(link(argument(args, "sibling"), below("pulled-in")));
}

const struct row rows[] = {
    {"makes_a_file", makes_a_file},
    {"writes_for_all_with_an_open_umask", writes_for_all_with_an_open_umask},
    {"makes_directories", makes_directories},
    {"renames", renames},
    {"links", links},
    {"by_descriptor", by_descriptor},
    {"through_a_link_of_its_own", through_a_link_of_its_own},
    {"goes_in_circles", goes_in_circles},
    {"marks_a_link", marks_a_link},
    {"names_a_thread", names_a_thread},
    {"finds_nothing", finds_nothing},
    {"has_no_pipes", has_no_pipes},
    {"has_no_longer_paths", has_no_longer_paths},
    {"cuts_only_what_it_opens", cuts_only_what_it_opens},
    {"keeps_its_limit_of_sizes", keeps_its_limit_of_sizes},
    {"mode_of_a_thread", mode_of_a_thread},
    {"through_forty_links", through_forty_links},
    {"hook", hook},
    {"missing_place", missing_place},
    {"link_to_a_missing_place", link_to_a_missing_place},
    {"git_moved_away", git_moved_away},
    {"configuration_opened_by_another_name", configuration_opened_by_another_name},
    {"file_with_two_names", file_with_two_names},
    {"file_that_lends_its_owner", file_that_lends_its_owner},
    {"pull_in_a_sibling", pull_in_a_sibling},
};
const unsigned row_count = sizeof rows / sizeof *rows;
