/* A plugin that plays the zygote's part itself: its init tells the host that all is well, never returns, and then does with
 * the host's orders what the member "part" of its configuration says. */
#define _GNU_SOURCE
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdbool.h>
#include <stdlib.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "interlock_args.h"
#include "worker_protocol.h"

static char part[32];
static bool is(const char *name) { return strcmp(part, name) == 0; }

static void receive(int from, void *bytes, size_t size) {
  if (size > 0 && recv(from, bytes, size, MSG_WAITALL) != (ssize_t)size) _exit(1);
}

static void send_frame(int to, uint16_t kind, const void *body, uint32_t size) {
  unsigned char frame[256];
  const iw_head head = {size, kind, 0};
  memcpy(frame, &head, sizeof head);
  memcpy(frame + sizeof head, body, size);
  send(to, frame, sizeof head + size, MSG_NOSIGNAL);
}

/* ---- a call's process */

/* "deaf": it asks for the file that it has claimed, again and again, and reads no answer. Forty answers are more than the
 * connection holds. */
static void ask(int socket) {
  unsigned char body[1 + 8 + 1 + 8 + 8 + 1 + 4] = {IW_LENT_WHOLE, 1};
  const uint64_t most = 1 << 20;
  const uint32_t no_stat = IW_NO_STAT;
  body[9] = 'a';
  memcpy(body + 18, &most, sizeof most);
  body[26] = 1;
  memcpy(body + 27, &no_stat, sizeof no_stat);
  for (int i = 0; i < 40; i++) send_frame(socket, IW_READ, body, sizeof body);
}

static void live(int socket) {
  iw_head head;
  if (is("deaf from the start")) {
    for (;;) pause();
  }
  receive(socket, &head, sizeof head);
  unsigned char *order = malloc(head.size);
  if (order == NULL) _exit(1);
  receive(socket, order, head.size);
  if (is("mute")) {
    for (;;) pause();
  }
  if (is("deaf") || is("deaf and dead")) ask(socket);
  if (is("deaf")) {
    for (;;) pause();
  }
  if (is("deaf and dead")) usleep(300000); /* until the host waits for room */
  const int32_t status = 0;
  if (is("returned")) send_frame(socket, IW_RETURNED, &status, sizeof status);
  _exit(0);
}

/* ---- the zygote */

typedef struct {
  uint64_t ticket;
  int64_t pid;
} birth;

/* Where births are told: the one socket of packets that a zygote has. */
static int guardian(void) {
  for (int i = IW_CHANNEL_DESCRIPTOR + 1; i < 256; i++) {
    int type = 0;
    socklen_t size = sizeof type;
    if (getsockopt(i, SOL_SOCKET, SO_TYPE, &type, &size) == 0 && type == SOCK_SEQPACKET) return i;
  }
  _exit(1);
}

/* The call's ends stay open here, so that nobody comes to the end of what the call says. */
static void make(uint64_t ticket, const int *descriptors) {
  birth told = {ticket, 0};
  send(guardian(), &told, sizeof told, MSG_NOSIGNAL);
  told.pid = syscall(SYS_clone, CLONE_PARENT | SIGCHLD, 0, 0, 0, 0);
  if (told.pid == 0) live(descriptors[0]);
  send(guardian(), &told, sizeof told, MSG_NOSIGNAL);
  if (is("deaf from the start")) dprintf(2, "told: %lld\n", (long long)told.pid);
}

/* ---- "births": more processes than it was asked for, and others than its own. Three orders are waited for. "debts": the
 * same, but that it has made no namespace before. */

static struct orders {
  uint64_t tickets[4];
  int descriptors[4][2], count;
} orders;
static volatile struct gains {
  int own_child, childs_child, calls_child, extra, are_tried;
} *gained; /* shared with what it makes */

static long clone_as(unsigned long flags) {
  const long pid = syscall(SYS_clone, flags | SIGCHLD, 0, 0, 0, 0);
  if (pid == 0 && flags == 0) _exit(0);
  return pid;
}

static void tell_birth(uint64_t ticket, int64_t pid) {
  const birth told[2] = {{ticket, 0}, {ticket, pid}};
  for (int i = 0; i < 2; i++) send(guardian(), &told[i], sizeof told[i], MSG_NOSIGNAL);
}

/* A process that is the zygote's child, and would bear one that no call knows. It takes a namespace for PIDs. */
static void try_through_a_child(void) {
  const long child = clone_as(CLONE_NEWPID);
  if (child == 0) {
    const long grandchild = clone_as(CLONE_NEWPID);
    gained->childs_child += grandchild > 0;
    _exit(0);
  }
  if (child > 0) waitpid((pid_t)child, NULL, 0);
}

/* A call's process that has a child before anybody knows whose it is. */
static long make_with_child(void) {
  const long call = clone_as(CLONE_PARENT);
  if (call == 0) {
    for (int i = 0; i < 2; i++) gained->calls_child += clone_as(i == 0 ? 0 : CLONE_PARENT) > 0;
    gained->are_tried = 1;
    for (;;) pause();
  }
  while (call > 0 && !gained->are_tried) usleep(1000);
  return call;
}

static void use_orders(void) {
  if (orders.count == 3) {
    if (is("births")) try_through_a_child();
    gained->own_child += clone_as(0) > 0;
    tell_birth(orders.tickets[0], make_with_child());
    const long second = clone_as(CLONE_PARENT);
    if (second == 0) live(orders.descriptors[1][0]);
    tell_birth(orders.tickets[1], second);
    tell_birth(orders.tickets[2], -1); /* what was not made is not owed */
  } else if (orders.count == 4) {
    const long fourth = clone_as(CLONE_PARENT), extra = clone_as(CLONE_PARENT);
    if (fourth == 0 || extra == 0) live(orders.descriptors[3][0]);
    gained->extra += extra > 0;
    tell_birth(orders.tickets[3], fourth);
    dprintf(2, "births: %d %d %d %d\n", gained->own_child, gained->childs_child, gained->calls_child, gained->extra);
  }
}

/* "busy": of two processes it tells one, which ends; and then it has something to tell for ever. */
static void keep_busy(void) {
  if (orders.count != 2) return;
  const long told = clone_as(CLONE_PARENT);
  if (told == 0) {
    while (!gained->are_tried) usleep(1000);
    _exit(0);
  }
  tell_birth(orders.tickets[0], told);
  const birth announced = {orders.tickets[1], 0};
  send(guardian(), &announced, sizeof announced, MSG_NOSIGNAL);
  const long untold = clone_as(CLONE_PARENT);
  if (untold == 0)
    for (;;) pause();
  dprintf(2, "untold: %ld\n", untold);
  gained->are_tried = 1;
  for (;;) tell_birth(orders.tickets[1], -1);
}

/* "lies": of three orders, one process for two, and one that was not announced. */
static void tell_lies(void) {
  if (orders.count != 3) return;
  const long first = clone_as(CLONE_PARENT), second = first == 0 ? 0 : clone_as(CLONE_PARENT);
  if (first == 0 || second == 0)
    for (;;) pause();
  tell_birth(orders.tickets[0], first);
  tell_birth(orders.tickets[1], first);
  const birth unannounced = {orders.tickets[2], second};
  send(guardian(), &unannounced, sizeof unannounced, MSG_NOSIGNAL);
}

/* "twins": a second process for an order whose process lives. */
static void make_twins(void) {
  if (orders.count != 2) return;
  for (int i = 0; i < 2; i++) {
    const long twin = clone_as(CLONE_PARENT);
    if (twin == 0)
      for (;;) pause();
    tell_birth(orders.tickets[0], twin);
  }
}

static void hoard(uint64_t ticket, const int *descriptors) {
  orders.tickets[orders.count] = ticket;
  memcpy(orders.descriptors[orders.count], descriptors, sizeof orders.descriptors[0]);
  orders.count++;
  if (is("busy")) keep_busy();
  else if (is("lies")) tell_lies();
  else if (is("twins")) make_twins();
  else use_orders();
}

static void obey(void) {
  iw_head head;
  int descriptors[2] = {-1, -1};
  union {
    struct cmsghdr align;
    char room[CMSG_SPACE(sizeof descriptors)];
  } control;
  struct iovec bytes = {&head, sizeof head};
  struct msghdr message = {
      .msg_iov = &bytes, .msg_iovlen = 1, .msg_control = control.room, .msg_controllen = sizeof control.room};
  if (recvmsg(IW_CHANNEL_DESCRIPTOR, &message, MSG_WAITALL) != (ssize_t)sizeof head) _exit(0);
  struct cmsghdr *item = CMSG_FIRSTHDR(&message);
  if (item != NULL) memcpy(descriptors, CMSG_DATA(item), sizeof descriptors);
  unsigned char body[64];
  if (head.size > sizeof body) _exit(1);
  receive(IW_CHANNEL_DESCRIPTOR, body, head.size);
  uint64_t ticket;
  memcpy(&ticket, body, sizeof ticket);
  if (head.kind != IW_PREPARE || is("no birth")) return;
  if (is("births") || is("debts") || is("busy") || is("lies") || is("twins")) hoard(ticket, descriptors);
  else make(ticket, descriptors);
}

/* A file that the test changes between two starts. */
static bool says(const char *file, char word) {
  char found = 0;
  int descriptor = open(file, O_RDONLY);
  return descriptor >= 0 && read(descriptor, &found, 1) == 1 && found == word;
}

static ilk_status init(const ilk_plugin *p, const ilk_host *h, ilk_str config, void **self, char *err, size_t n) {
  (void)p, (void)h, (void)self, (void)err, (void)n;
  char file[512] = "";
  ilk_args_string(config, "part", part, sizeof part);
  ilk_args_string(config, "file", file, sizeof file);
  if (is("no second start")) {
    while (says(file, 'n')) pause();
    return ILK_OK;
  }
  gained = mmap(NULL, sizeof *gained, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  const unsigned char started[12] = {0};
  send_frame(IW_CHANNEL_DESCRIPTOR, IW_STARTED, started, sizeof started);
  for (;;) obey();
}

static ilk_status run(void *self, const ilk_tool *tool, ilk_call *call, ilk_str args) {
  (void)self, (void)tool, (void)call, (void)args;
  return ILK_OK;
}

static const ilk_claim claim = {.struct_size = sizeof claim, .type = ILK_CLAIM_KEY, .mode = ILK_SHARED,
    .scope = ILK_EXACT, .kind = ILK_STR("path"), .key = ILK_STR("a")};
static const ilk_claim *const claims[] = {&claim};
static const ilk_tool only = {.struct_size = sizeof only, .name = ILK_STR("misbehave"), .execute = run,
    .input_schema = ILK_STR("{\"type\":\"object\"}"), .flags = ILK_TOOL_REENTRANT | ILK_TOOL_SPAWNS, .claims = claims, .n_claims = 1};
static const ilk_tool *const tools[] = {&only};
static const ilk_plugin plugin = {.struct_size = sizeof plugin, .id = ILK_STR("org.example.hostile"),
    .version = ILK_STR("1.0.0"), .tools = tools, .n_tools = 1, .init = init};

const ilk_plugin *ilk_plugin_v1(uint32_t host_minor) {
  (void)host_minor;
  return &plugin;
}
