/* What a call may do: all of it must work as well with the layers as without. */
#define _GNU_SOURCE
#include <dirent.h>
#include <dlfcn.h>
#include <fcntl.h>
#include <locale.h>
#include <poll.h>
#include <pthread.h>
#include <pwd.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/timerfd.h>
#include <sys/uio.h>
#include <time.h>
#include <unistd.h>

#include "tools.h"

static int read_all(const char *path) {
  char bytes[64];
  const int file = open(path, O_RDONLY);
  if (file < 0) return errno;
  const ssize_t count = read(file, bytes, sizeof bytes);
  close(file);
  return count > 0 ? 0 : EIO;
}

static int read_claimed(ilk_str args) { return read_all(argument(args, "claimed")); }
static int read_shared(ilk_str args) { return read_all(argument(args, "readable")); }
static int read_below(ilk_str args) {
  char path[2048];
  snprintf(path, sizeof path, "%s/inside.txt", argument(args, "directory"));
  return read_all(path);
}
static int list_claimed(ilk_str args) {
  DIR *directory = opendir(argument(args, "directory"));
  if (directory == NULL) return errno;
  int names = 0;
  while (readdir(directory) != NULL) names++;
  closedir(directory);
  return names == 4 ? 0 : EIO;
}
static int overwrite_claimed(ilk_str args) {
  const int file = open(argument(args, "claimed"), O_WRONLY | O_TRUNC);
  return file < 0 ? errno : outcome(write(file, "new", 3));
}
static int truncate_claimed(ilk_str args) { return outcome(truncate(argument(args, "claimed"), 1)); }
static int change_claimed_mode_and_times(ilk_str args) {
  const struct timespec times[2] = {{1000, 0}, {2000, 0}};
  const char *claimed = argument(args, "claimed");
  struct stat status;
  if (chmod(claimed, 0600) != 0 || utimensat(AT_FDCWD, claimed, times, 0) != 0 || stat(claimed, &status) != 0)
    return errno;
  return (status.st_mode & 07777) == 0600 && status.st_mtim.tv_sec == 2000 ? 0 : EIO;
}
static int touch_claimed(ilk_str args) {
  const int file = open(argument(args, "claimed"), O_WRONLY);
  struct stat status;
  if (file < 0 || futimens(file, NULL) != 0 || fchmod(file, 0640) != 0 || fstat(file, &status) != 0) return errno;
  return (status.st_mode & 07777) == 0640 ? 0 : EIO;
}

/* Its own directory: anything. Unconfined there is none, and another stands in. */
static const char *own(const char *name) {
  static char paths[4][2048];
  static unsigned next;
  char *path = paths[next++ % 4];
  snprintf(path, sizeof paths[0], "%s/%s", getenv("TMPDIR") != NULL ? getenv("TMPDIR") : "/tmp", name);
  return path;
}
static int work_in_its_directory(ilk_str args) {
  (void)args;
  char below[2100];
  snprintf(below, sizeof below, "%s/file", own("d"));
  struct stat status;
  if (mkdir(own("d"), 0700) != 0) return errno;
  const int file = open(below, O_RDWR | O_CREAT | O_EXCL, 0666);
  if (file < 0 || write(file, "x", 1) != 1 || fchmod(file, 0751) != 0 || fstat(file, &status) != 0) return errno;
  if ((status.st_mode & 07777) != 0751) return EIO;
  if (rename(below, own("moved")) != 0 || symlink("moved", own("link")) != 0 || link(own("moved"), own("again")) != 0)
    return errno;
  if (chmod(own("link"), 0600) != 0 || stat(own("moved"), &status) != 0) return errno;
  if ((status.st_mode & 07777) != 0600) return EIO;
  if (mkfifo(own("fifo"), 0600) != 0 || chown(own("moved"), getuid(), getgid()) != 0) return errno;
  for (int i = 0; i < 4; i++)
    if (unlink(own((const char *[]){"moved", "link", "again", "fifo"}[i])) != 0) return errno;
  return outcome(rmdir(own("d")));
}
static int temporary_file(ilk_str args) {
  (void)args;
  char path[2048];
  snprintf(path, sizeof path, "%s", own("XXXXXX"));
  const int file = mkstemp(path);
  return file < 0 ? errno : outcome(unlink(path));
}
static int open_a_pipe_again(ilk_str args) {
  (void)args;
  int ends[2];
  char path[64];
  if (pipe(ends) != 0) return errno;
  snprintf(path, sizeof path, "/dev/fd/%d", ends[1]);
  const int again = open(path, O_WRONLY);
  return again < 0 ? errno : outcome(write(again, "x", 1));
}
static int swallow(ilk_str args) {
  (void)args;
  const int null = open("/dev/null", O_RDWR | O_TRUNC);
  return null < 0 ? errno : outcome(write(null, "x", 1));
}

static void *nothing(void *context) { return context; }
static int start_threads(ilk_str args) {
  (void)args;
  for (int i = 0; i < 8; i++) {
    pthread_t thread;
    const int error = pthread_create(&thread, NULL, nothing, NULL);
    if (error != 0) return error;
    pthread_join(thread, NULL);
  }
  return 0;
}
static int use_the_library(ilk_str args) {
  (void)args;
  void *library = dlopen("libm.so.6", RTLD_NOW);
  if (library == NULL || dlsym(library, "cos") == NULL) return ENOENT;
  return getpwuid(getuid()) != NULL || getuid() != 0 ? 0 : ENOENT;
}
static int tell_the_time(ilk_str args) {
  (void)args;
  setenv("TZ", "Asia/Tokyo", 1);
  tzset();
  const time_t then = 0;
  struct tm local;
  return localtime_r(&then, &local) != NULL && local.tm_hour == 9 ? 0 : EIO;
}
static int allocate(ilk_str args) {
  (void)args;
  char *memory = malloc(64 << 20);
  if (memory == NULL) return ENOMEM;
  memset(memory, 1, 64 << 20);
  free(memory);
  void *shared = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  return shared == MAP_FAILED ? errno : 0;
}
static int wait_for_things(ilk_str args) {
  (void)args;
  int ends[2];
  const int event = eventfd(1, EFD_CLOEXEC), timer = timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC);
  if (event < 0 || timer < 0 || socketpair(AF_UNIX, SOCK_STREAM, 0, ends) != 0) return errno;
  struct pollfd look = {event, POLLIN, 0};
  return poll(&look, 1, 1000) == 1 && write(ends[0], "x", 1) == 1 ? 0 : EIO;
}
static volatile sig_atomic_t caught;
static void catch (int signal) { caught = signal; }
static int signal_itself(ilk_str args) {
  (void)args;
  signal(SIGUSR1, catch);
  if (raise(SIGUSR1) != 0 || caught != SIGUSR1) return errno;
  caught = 0;
  return kill(getpid(), SIGUSR1) == 0 && caught == SIGUSR1 ? 0 : errno;
}
static int look_at_itself(ilk_str args) {
  (void)args;
  return read_all("/proc/self/status");
}
/* As libraries do that do not know that 0 means oneself. */
static int look_at_itself_by_number(ilk_str args) {
  (void)args;
  char word[] = "word", copy[sizeof word] = "";
  struct rlimit limit;
  struct iovec to = {copy, sizeof copy}, from = {word, sizeof word};
  if (prlimit(getpid(), RLIMIT_NOFILE, NULL, &limit) != 0) return errno;
  if (process_vm_readv(getpid(), &to, 1, &from, 1, 0) != sizeof copy) return errno;
  return strcmp(copy, word) == 0 ? 0 : EIO;
}

/* As Dispatch does: by the thread's number, which is not the process's. */
static void *read_own_statistics(void *context) {
  char path[64];
  snprintf(path, sizeof path, "/proc/%ld/stat", syscall(SYS_gettid));
  *(int *)context = read_all(path);
  return NULL;
}
static int look_at_a_thread(ilk_str args) {
  (void)args;
  pthread_t thread;
  int result = EIO;
  if (pthread_create(&thread, NULL, read_own_statistics, &result) != 0) return EAGAIN;
  pthread_join(thread, NULL);
  return result;
}

const struct row rows[] = {
    {"read_claimed", read_claimed},
    {"read_shared", read_shared},
    {"read_below", read_below},
    {"list_claimed", list_claimed},
    {"overwrite_claimed", overwrite_claimed},
    {"truncate_claimed", truncate_claimed},
    {"change_claimed_mode_and_times", change_claimed_mode_and_times},
    {"touch_claimed", touch_claimed},
    {"work_in_its_directory", work_in_its_directory},
    {"temporary_file", temporary_file},
    {"open_a_pipe_again", open_a_pipe_again},
    {"swallow", swallow},
    {"start_threads", start_threads},
    {"use_the_library", use_the_library},
    {"tell_the_time", tell_the_time},
    {"allocate", allocate},
    {"wait_for_things", wait_for_things},
    {"signal_itself", signal_itself},
    {"look_at_itself", look_at_itself},
    {"look_at_itself_by_number", look_at_itself_by_number},
    {"look_at_a_thread", look_at_a_thread},
};
const unsigned row_count = sizeof rows / sizeof *rows;
