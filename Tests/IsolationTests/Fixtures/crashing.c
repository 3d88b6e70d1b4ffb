/* A tool that comes to a bad end, in the way that its argument "how" names. */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "../../../Sources/CWorker/include/worker_protocol.h"
#include "interlock_args.h"

#define NONE ((ilk_str){0, 0})
static const ilk_host *host;
static const ilk_fs *fs;

/* A megabyte of words, and as much on the error output. */
static void *chatter(void *context) {
  static char words[100];
  memset(words, 'w', sizeof words);
  for (int i = 0; i < 10000; i++) host->log(host, ILK_LOG_INFO, (ilk_str){words, sizeof words});
  return context;
}

/* What is open here, each in a word: "/dev/null", "socket", "pipe". */
static ilk_str open_things(void) {
  static char words[8192];
  size_t used = (size_t)snprintf(words, sizeof words, "open:");
  for (int i = 0; i < 1024 && used < sizeof words - 256; i++) {
    char link[32], to[200];
    snprintf(link, sizeof link, "/proc/self/fd/%d", i);
    const ssize_t length = readlink(link, to, sizeof to - 1);
    if (length < 0) continue;
    to[length] = 0;
    char *number = strstr(to, ":[");
    if (number != NULL) *number = 0;
    used += (size_t)snprintf(words + used, sizeof words - used, " %s", to);
  }
  return (ilk_str){words, used};
}

/* Where the processes of calls are made with its handlers. */
static int handled;
static void handle(void) { handled++; }

static ilk_status init(const ilk_plugin *p, const ilk_host *h, ilk_str config, void **self, char *err, size_t n) {
  (void)p, (void)self, (void)err, (void)n;
  host = h, fs = h->get_ext(h, ILK_EXT_FS);
  char how[32] = "";
  ilk_args_string(config, "init", how, sizeof how);
  if (strcmp(how, "segfault") == 0) raise(SIGSEGV);
  if (strcmp(how, "handlers") == 0) pthread_atfork(handle, handle, handle);
  if (strcmp(how, "chatter") == 0) chatter(NULL);
  if (strcmp(how, "descriptors") == 0) h->log(h, ILK_LOG_INFO, open_things());
  if (strcmp(how, "log") == 0) h->log(h, ILK_LOG_INFO, (ilk_str)ILK_STR("hello from init"));
  return ILK_OK;
}

/* The sockets of this process, as a plugin finds them that does not keep to its services. */
static int next_socket(int after) {
  for (int i = after + 1; i < 256; i++) {
    int type;
    socklen_t size = sizeof type;
    if (getsockopt(i, SOL_SOCKET, SO_TYPE, &type, &size) == 0 && type == SOCK_STREAM && i > 2) return i;
  }
  return -1;
}

static void say(const void *bytes, size_t size) {
  for (int i = next_socket(-1); i >= 0; i = next_socket(i)) (void)!send(i, bytes, size, MSG_NOSIGNAL);
}

static int overflow(volatile int depth) {
  volatile char page[4096];
  page[0] = (char)depth;
  return overflow(depth + 1) + page[0];
}

static void hog(void) {
  for (;;) {
    char *memory = malloc(1 << 24);
    if (memory == NULL) abort();
    memset(memory, 1, 1 << 24);
  }
}

/* A grandchild in a session of its own, which nobody waits for. It holds the lock of the call that it came from. Returns where
 * its end can be read. */
static int escape(void) {
  int ready[2];
  if (pipe(ready) != 0) abort();
  if (fork() == 0) {
    setsid();
    if (fork() == 0) {
      (void)!write(ready[1], "x", 1);
      for (;;) pause();
    }
    _exit(0);
  }
  char byte;
  if (read(ready[0], &byte, 1) != 1) abort();
  close(ready[1]);
  return ready[0];
}

/* One that ends before the call does: whose end it is, PID 1 must know. */
static void leave_an_orphan(void) {
  const pid_t child = fork();
  if (child == 0) _exit(fork() < 0);
  if (child < 0 || waitpid(child, NULL, 0) != child) abort();
}

/* Well done if it lives when the call is told to stop. */
static ilk_status keep_grandchild(ilk_call *call, int its_end) {
  while (!host->cancelled(call)) usleep(1000);
  struct pollfd look = {its_end, POLLIN, 0};
  return poll(&look, 1, 0) == 0 ? ILK_OK : ILK_E_TOOL;
}

static void flood(void) {
  static char bytes[1 << 16];
  memset(bytes, 'A', sizeof bytes);
  for (;;) say(bytes, sizeof bytes);
}

/* As if the call had returned, and then again, and then more. */
static void reply_twice(void) {
  const unsigned char returned[] = {4, 0, 0, 0, IW_RETURNED, 0, 0, 0, 0, 0, 0, 0};
  say(returned, sizeof returned);
  say(returned, sizeof returned);
  for (;;) pause();
}

static void send_descriptor(void) {
  int own = open("/dev/null", O_RDONLY);
  union {
    struct cmsghdr align;
    char room[CMSG_SPACE(sizeof own)];
  } control = {.room = {0}};
  unsigned char said[] = {14, 0, 0, 0, IW_SAID, 0, 0, 0, 1, 2, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0};
  struct iovec part = {said, sizeof said};
  struct msghdr message = {
      .msg_iov = &part, .msg_iovlen = 1, .msg_control = control.room, .msg_controllen = sizeof control.room};
  struct cmsghdr *header = CMSG_FIRSTHDR(&message);
  header->cmsg_level = SOL_SOCKET, header->cmsg_type = SCM_RIGHTS, header->cmsg_len = CMSG_LEN(sizeof own);
  memcpy(CMSG_DATA(header), &own, sizeof own);
  for (int i = next_socket(-1); i >= 0; i = next_socket(i)) {
    for (int n = 0; n < 8; n++) (void)!sendmsg(i, &message, MSG_NOSIGNAL);
  }
}

/* By their paths, and what is looked at there is the file, not the descriptor. */
static int work_at_home(void) {
  char path[4200];
  snprintf(path, sizeof path, "%s/file", getenv("TMPDIR"));
  return open(path, O_WRONLY | O_CREAT | O_EXCL, 0600) >= 0 && chmod(path, 0640) == 0 && unlink(path) == 0;
}

/* By the numbers that 32-bit programs have: 20 is getpid there. */
static void call_by_other_numbers(void) {
#if defined(__x86_64__)
  long number = 20;
  __asm__ volatile("int $0x80" : "+a"(number) : : "memory");
#endif
}

static void tell_limits(ilk_call *call) {
  static const struct {
    const char *name;
    int resource;
  } limits[] = {{"memory", RLIMIT_DATA},      {"open files", RLIMIT_NOFILE},  {"file size", RLIMIT_FSIZE},
                {"processor", RLIMIT_CPU},    {"processes", RLIMIT_NPROC}};
  for (size_t i = 0; i < sizeof limits / sizeof limits[0]; i++) {
    struct rlimit limit;
    char words[64];
    if (getrlimit(limits[i].resource, &limit) != 0) abort();
    snprintf(words, sizeof words, "%s %lu\n", limits[i].name, (unsigned long)limit.rlim_cur);
    host->emit(call, NONE, (ilk_str){words, strlen(words)});
  }
}

/* Which capabilities it has that are not about files, and whether it can gain some. */
static void tell_privileges(ilk_call *call) {
  const uint64_t of_files = 1 << CAP_CHOWN | 1 << CAP_DAC_OVERRIDE | 1 << CAP_DAC_READ_SEARCH | 1 << CAP_FOWNER | 1 << CAP_FSETID;
  struct __user_cap_header_struct header = {_LINUX_CAPABILITY_VERSION_3, 0};
  struct __user_cap_data_struct data[2];
  char words[64];
  if (syscall(SYS_capget, &header, data) != 0) abort();
  const uint64_t has = (uint64_t)data[1].permitted << 32 | data[0].permitted | (uint64_t)data[1].inheritable << 32 | data[0].inheritable;
  snprintf(words, sizeof words, "has %llx, gains %s\n", (unsigned long long)(has & ~of_files),
           prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0) == 1 ? "nothing" : "more");
  host->emit(call, NONE, (ilk_str){words, strlen(words)});
}

/* Whether a file or a directory can be opened; without a path, its own. */
static void look(ilk_call *call, ilk_str args) {
  char path[4096] = "", words[32];
  ilk_args_string(args, "path", path, sizeof path);
  snprintf(words, sizeof words, "%s\n", open(path[0] != 0 ? path : getenv("TMPDIR"), O_RDONLY) >= 0 ? "opened" : strerrorname_np(errno));
  host->emit(call, NONE, (ilk_str){words, strlen(words)});
}

/* Two MiB in its own directory: errno of what fails. */
static int fill_home(void) {
  static const char zeros[1 << 16];
  char path[4200];
  snprintf(path, sizeof path, "%s/large", getenv("TMPDIR"));
  const int file = open(path, O_WRONLY | O_CREAT | O_EXCL, 0600);
  for (int i = 0; i < 32; i++)
    if (write(file, zeros, sizeof zeros) != sizeof zeros) return errno;
  return 0;
}

static int is(const char *how, const char *name) { return strcmp(how, name) == 0; }

static void die(const char *how) {
  if (is(how, "segfault")) *(volatile int *)8 = 1;
  if (is(how, "abort")) abort();
  if (is(how, "exit")) exit(0);
  if (is(how, "exit 3")) _exit(3);
  if (is(how, "exit 200")) _exit(200);
  if (is(how, "trap")) __builtin_trap();
  if (is(how, "overflow")) overflow(1);
  if (is(how, "hog")) hog();
  if (is(how, "kill")) raise(SIGKILL);
  if (is(how, "stop")) raise(SIGSTOP);
  if (is(how, "loop"))
    for (;;) __asm__ volatile("");
  if (is(how, "flood")) flood();
  if (is(how, "garbage")) {
    say("\xff\xff\xff\xff garbage instead of a head", 28);
    for (;;) pause();
  }
  if (is(how, "silence")) {
    for (int i = next_socket(-1); i >= 0; i = next_socket(i)) shutdown(i, SHUT_RDWR);
    for (;;) pause();
  }
  if (is(how, "twice")) reply_twice();
  if (is(how, "escape and crash")) {
    escape();
    abort();
  }
}

static ilk_status misbehave(void *self, const ilk_tool *tool, ilk_call *call, ilk_str args) {
  (void)self, (void)tool;
  char how[32] = "", lock[512] = "", pid[64];
  ilk_args_string(args, "how", how, sizeof how);
  /* What this process has open is locked as long as it lives, and what it forked. */
  if (ilk_args_string(args, "lock", lock, sizeof lock) >= 0 && flock(open(lock, O_RDONLY), LOCK_EX) != 0) abort();
  snprintf(pid, sizeof pid, "process %d\n", getpid());
  host->emit(call, NONE, (ilk_str){pid, strlen(pid)});
  const int grandchild = is(how, "keep a grandchild") ? escape() : -1;
  if (grandchild >= 0) leave_an_orphan();
  host->progress(call, 0, 0, (ilk_str)ILK_STR("begun"));
  if (grandchild >= 0) return keep_grandchild(call, grandchild);
  die(how);
  if (is(how, "escape")) escape();
  if (is(how, "work at home") && !work_at_home()) return ILK_E_TOOL;
  if (is(how, "fill home")) {
    snprintf(pid, sizeof pid, "%s\n", strerror(fill_home()));
    host->emit(call, NONE, (ilk_str){pid, strlen(pid)});
  }
  if (is(how, "descriptor")) send_descriptor();
  if (is(how, "look")) look(call, args);
  if (is(how, "handlers")) host->emit(call, NONE, handled == 0 ? (ilk_str)ILK_STR("none ran") : (ilk_str)ILK_STR("ran"));
  if (is(how, "privileges")) tell_privileges(call);
  if (is(how, "limits")) tell_limits(call);
  if (is(how, "descriptors")) host->emit(call, NONE, open_things());
  if (is(how, "other numbers")) call_by_other_numbers();
  if (is(how, "leak"))
    while (open("/dev/null", O_RDONLY) >= 0) continue;
  if (is(how, "wait")) {
    while (!host->cancelled(call)) usleep(1000);
    return ILK_E_CANCELLED;
  }
  if (is(how, "fill")) { /* its own directory, with names */
    char path[4200];
    int made = 0;
    do snprintf(path, sizeof path, "%s/%d", getenv("TMPDIR"), made++);
    while (mkdir(path, 0700) == 0);
    if (errno != ENOSPC) return ILK_E_TOOL;
    while (!host->cancelled(call)) usleep(1000);
    return ILK_E_CANCELLED;
  }
  if (is(how, "poll")) {
    struct pollfd look = {host->cancel_fd(call), POLLIN, 0};
    poll(&look, 1, -1);
    return (look.revents & POLLIN) != 0 && host->cancelled(call) ? ILK_E_CANCELLED : ILK_E_TOOL;
  }
  if (is(how, "write and crash")) {
    fs->write(call, (ilk_str)ILK_STR("a"), (ilk_str)ILK_STR("new content"), 0, NULL);
    abort();
  }
  if (is(how, "chatter")) chatter(NULL);
  if (is(how, "chatter elsewhere")) {
    pthread_t thread;
    if (pthread_create(&thread, NULL, chatter, NULL) != 0 || pthread_join(thread, NULL) != 0) abort();
  }
  if (is(how, "error chatter"))
    for (int i = 0; i < 10000; i++) fprintf(stderr, "%0100d\n", i);
  if (is(how, "error output")) fprintf(stderr, "a last word\n");
  return ILK_OK;
}

#define SCHEMA .input_schema = ILK_STR("{\"type\":\"object\"}")
static const ilk_claim claim = {.struct_size = sizeof claim, .type = ILK_CLAIM_KEY, .mode = ILK_EXCLUSIVE,
    .scope = ILK_EXACT, .flags = ILK_CREATES_FILE, .kind = ILK_STR("path"), .pointer = ILK_STR("/path"), .if_missing = ILK_STR("a")};
static const ilk_claim *const claims[] = {&claim};
static const ilk_tool t1 = {.struct_size = sizeof t1, .name = ILK_STR("misbehave"), SCHEMA, .execute = misbehave,
    .flags = ILK_TOOL_REENTRANT | ILK_TOOL_SPAWNS STATE, .claims = claims, .n_claims = 1};
static const ilk_tool *const tools[] = {&t1};
static const ilk_plugin plugin = {.struct_size = sizeof plugin, .id = ILK_STR("org.example.crashing"),
    .version = ILK_STR("1.0.0"), .tools = tools, .n_tools = 1, .init = init};

const ilk_plugin *ilk_plugin_v1(uint32_t host_minor) {
  (void)host_minor;
#ifdef CONSTRUCTOR
  CONSTRUCTOR;
#endif
  return &plugin;
}
