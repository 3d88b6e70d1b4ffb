#include "floor_common.h"

#include <signal.h>
#include <string.h>
#include <sys/file.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>
#include <fcntl.h>

enum { MESSAGE = 64 };

static void receive_all(int socket, char *bytes) {
  for (size_t got = 0; got < MESSAGE;) {
    const ssize_t size = read(socket, bytes + got, MESSAGE - got);
    if (size == 0) _exit(0);
    floor_check(size > 0 || errno == EINTR, "read");
    got += size > 0 ? (size_t)size : 0;
  }
}

static void send_all(int socket, const char *bytes) {
  floor_check(send(socket, bytes, MESSAGE, MSG_NOSIGNAL) == MESSAGE, "send");
}

static pid_t floor_fork(void) {
  const pid_t pid = fork();
  floor_check(pid >= 0, "fork");
  if (pid == 0) prctl(PR_SET_PDEATHSIG, SIGKILL);
  return pid;
}

static void pair_of(int type, int ends[2]) {
  floor_check(socketpair(AF_UNIX, type | SOCK_CLOEXEC, 0, ends) == 0, "socketpair");
}

/* ---- single-use children: a parent makes one ready ahead of each call; the kernel reaps it */

static void send_descriptor(int socket, int descriptor) {
  char byte = 0, room[CMSG_SPACE(sizeof descriptor)] = {0};
  struct iovec part = {&byte, 1};
  struct msghdr message = {.msg_iov = &part, .msg_iovlen = 1, .msg_control = room, .msg_controllen = sizeof room};
  struct cmsghdr *header = CMSG_FIRSTHDR(&message);
  *header = (struct cmsghdr){.cmsg_len = CMSG_LEN(sizeof descriptor), .cmsg_level = SOL_SOCKET, .cmsg_type = SCM_RIGHTS};
  memcpy(CMSG_DATA(header), &descriptor, sizeof descriptor);
  floor_check(sendmsg(socket, &message, MSG_NOSIGNAL) == 1, "sendmsg");
}

static int receive_descriptor(int socket) {
  int descriptor = -1;
  char byte, room[CMSG_SPACE(sizeof descriptor)];
  struct iovec part = {&byte, 1};
  struct msghdr message = {.msg_iov = &part, .msg_iovlen = 1, .msg_control = room, .msg_controllen = sizeof room};
  if (recvmsg(socket, &message, MSG_CMSG_CLOEXEC) != 1 || CMSG_FIRSTHDR(&message) == NULL) _exit(0);
  memcpy(&descriptor, CMSG_DATA(CMSG_FIRSTHDR(&message)), sizeof descriptor);
  return descriptor;
}

static void serve_one(int socket) {
  char bytes[MESSAGE];
  receive_all(socket, bytes);
  send_all(socket, bytes);
  _exit(0);
}

/* One child lives on until its call; when the next is asked for, the last is gone or going. */
static void be_zygote(int orders) {
  for (;;) {
    const int socket = receive_descriptor(orders);
    const pid_t child = floor_fork();
    if (child == 0) {
      close(orders);
      serve_one(socket);
    }
    close(socket);
  }
}

struct floor_zygote {
  pid_t pid;
  int orders;
  int ready; /* the socket of the child that waits */
};

static void make_ready(struct floor_zygote *zygote) {
  int ends[2];
  pair_of(SOCK_STREAM, ends);
  send_descriptor(zygote->orders, ends[1]);
  close(ends[1]);
  zygote->ready = ends[0];
}

floor_zygote *floor_zygote_open(void) {
  struct floor_zygote *zygote = malloc(sizeof *zygote);
  floor_check(zygote != NULL, "malloc");
  int ends[2];
  pair_of(SOCK_STREAM, ends);
  zygote->pid = floor_fork();
  if (zygote->pid == 0) {
    signal(SIGCHLD, SIG_IGN); /* its children are reaped by the kernel when they end */
    close(ends[0]);
    be_zygote(ends[1]);
  }
  close(ends[1]);
  zygote->orders = ends[0];
  make_ready(zygote);
  return zygote;
}

uint64_t floor_zygote_calls(floor_zygote *zygote, int calls) {
  const uint64_t start = floor_now();
  char bytes[MESSAGE] = {0};
  for (int i = 0; i < calls; i++) {
    const int socket = zygote->ready;
    send_all(socket, bytes);
    make_ready(zygote);
    receive_all(socket, bytes);
    /* Its end is that of its socket: a call's claims may be given back then and not before. */
    while (read(socket, bytes, 1) < 0 && errno == EINTR) {
    }
    close(socket);
  }
  return floor_now() - start;
}

void floor_zygote_close(floor_zygote *zygote) {
  close(zygote->ready);
  close(zygote->orders);
  kill(zygote->pid, SIGKILL);
  waitpid(zygote->pid, NULL, 0);
  free(zygote);
}

/* ---- */

uint64_t floor_round_trips(int times) {
  int ends[2];
  char bytes[MESSAGE] = {0};
  pair_of(SOCK_STREAM, ends);
  const pid_t child = floor_fork();
  if (child == 0) {
    close(ends[0]);
    for (;;) {
      receive_all(ends[1], bytes);
      send_all(ends[1], bytes);
    }
  }
  close(ends[1]);
  const uint64_t start = floor_now();
  for (int i = 0; i < times; i++) {
    send_all(ends[0], bytes);
    receive_all(ends[0], bytes);
  }
  const uint64_t time = floor_now() - start;
  close(ends[0]);
  waitpid(child, NULL, 0);
  return time;
}

static int open_lock(const char *path) {
  const int file = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
  floor_check(file >= 0, path);
  return file;
}

static void *wait_for_lock(void *context) {
  const int file = open_lock(context);
  while (flock(file, LOCK_EX) != 0) {
  }
  uint64_t *time = malloc(sizeof *time);
  floor_check(time != NULL, "malloc");
  *time = floor_now();
  close(file);
  return time;
}

uint64_t floor_kill_to_lock(const char *path) {
  int ends[2];
  char byte = 0;
  pair_of(SOCK_STREAM, ends);
  const pid_t child = floor_fork();
  if (child == 0) {
    const int file = open_lock(path);
    while (flock(file, LOCK_EX) != 0) {
    }
    floor_check(write(ends[1], &byte, 1) == 1, "write");
    for (;;) pause();
  }
  floor_check(read(ends[0], &byte, 1) == 1, "read");
  pthread_t waiter;
  floor_start(&waiter, wait_for_lock, (void *)path);
  floor_nap(2000000); /* until it waits */
  const uint64_t start = floor_now();
  kill(child, SIGKILL);
  void *time;
  pthread_join(waiter, &time);
  const uint64_t passed = *(uint64_t *)time - start;
  free(time);
  waitpid(child, NULL, 0);
  close(ends[0]);
  close(ends[1]);
  return passed;
}
