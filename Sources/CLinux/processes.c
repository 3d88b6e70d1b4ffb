#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "CLinux.h"

enum { MOST_DESCRIPTORS = 8 };

long linux_socket_pair(int packets, int *ends) {
  int type = (packets ? SOCK_SEQPACKET : SOCK_STREAM) | SOCK_CLOEXEC;
  return socketpair(AF_UNIX, type, 0, ends) == 0 ? 0 : -errno;
}

typedef union {
  struct cmsghdr align;
  char room[CMSG_SPACE(MOST_DESCRIPTORS * sizeof(int))];
} descriptor_room;

static long now_milliseconds(void) {
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

/* 0 when the socket takes bytes, or says why not. */
static long wait_for_room(int socket, int process, long until) {
  for (;;) {
    struct pollfd look[] = {{socket, POLLOUT, 0}, {process, POLLIN, 0}};
    long left = until < 0 ? -1 : until - now_milliseconds();
    if (until >= 0 && left < 0) left = 0;
    int ready = poll(look, 2, left > INT_MAX ? INT_MAX : (int)left);
    if (ready < 0 && errno != EINTR) return -errno;
    if (ready == 0 && until >= 0) return -ETIMEDOUT;
    if (ready > 0) return look[0].revents != 0 ? 0 : -EPIPE;
  }
}

static ssize_t send_some(int socket, const void *bytes, size_t size, const int *descriptors, int count) {
  descriptor_room control;
  struct iovec part = {(char *)bytes, size};
  struct msghdr message = {.msg_iov = &part, .msg_iovlen = 1};
  if (count > 0) {
    memset(&control, 0, sizeof control);
    message.msg_control = control.room;
    message.msg_controllen = CMSG_SPACE((size_t)count * sizeof(int));
    struct cmsghdr *header = CMSG_FIRSTHDR(&message);
    header->cmsg_level = SOL_SOCKET;
    header->cmsg_type = SCM_RIGHTS;
    header->cmsg_len = CMSG_LEN((size_t)count * sizeof(int));
    memcpy(CMSG_DATA(header), descriptors, (size_t)count * sizeof(int));
  }
  return sendmsg(socket, &message, MSG_NOSIGNAL | MSG_DONTWAIT);
}

enum { MOST_MOMENTS = 1000 };

long linux_send(int socket, const void *bytes, size_t size, const int *descriptors, int count, int process,
                int milliseconds) {
  if (count > MOST_DESCRIPTORS) return -EINVAL;
  long until = milliseconds < 0 ? -1 : now_milliseconds() + milliseconds;
  size_t sent = 0;
  int moments = 0;
  while (sent < size) {
    ssize_t result = send_some(socket, (const char *)bytes + sent, size - sent, descriptors, sent == 0 ? count : 0);
    if (result > 0) sent += (size_t)result;
    if (result >= 0 || errno == EINTR) continue;
    /* There may be only so many descriptors of one user on their way, of whatever processes; mostly for a moment. */
    if (errno == ETOOMANYREFS && ++moments <= MOST_MOMENTS) {
      nanosleep(&(struct timespec){0, 1000000}, NULL);
      continue;
    }
    if (errno != EAGAIN) return -errno;
    long waited = wait_for_room(socket, process, until);
    if (waited < 0) return waited;
  }
  return (long)sent;
}

/* Keeps the first descriptor, if one is wanted, and closes the others. */
static void take_descriptors(struct msghdr *message, int *descriptor) {
  for (struct cmsghdr *c = CMSG_FIRSTHDR(message); c != NULL; c = CMSG_NXTHDR(message, c)) {
    if (c->cmsg_level != SOL_SOCKET || c->cmsg_type != SCM_RIGHTS) continue;
    for (size_t at = 0; at + sizeof(int) <= c->cmsg_len - CMSG_LEN(0); at += sizeof(int)) {
      int found;
      memcpy(&found, CMSG_DATA(c) + at, sizeof found);
      if (*descriptor < 0) {
        *descriptor = found;
      } else {
        close(found);
      }
    }
  }
}

long linux_receive(int socket, void *buffer, size_t size, int *descriptor) {
  descriptor_room control;
  struct iovec part = {buffer, size};
  struct msghdr message = {.msg_iov = &part, .msg_iovlen = 1};
  if (descriptor != NULL) {
    *descriptor = -1;
    message.msg_control = control.room;
    message.msg_controllen = sizeof control.room;
  }
  /* Without room for them the kernel closes descriptors that came along. */
  ssize_t result;
  do {
    result = recvmsg(socket, &message, MSG_CMSG_CLOEXEC);
  } while (result < 0 && errno == EINTR);
  if (result < 0) return -errno;
  if (descriptor != NULL) take_descriptors(&message, descriptor);
  return result;
}

long linux_end_sending(int socket) { return shutdown(socket, SHUT_WR) == 0 ? 0 : -errno; }

long linux_hang_up(int socket) { return shutdown(socket, SHUT_RDWR) == 0 ? 0 : -errno; }

long linux_wait_readable(const int *descriptors, int count, int milliseconds) {
  struct pollfd look[MOST_DESCRIPTORS];
  if (count > MOST_DESCRIPTORS) return -EINVAL;
  for (int i = 0; i < count; i++) look[i] = (struct pollfd){descriptors[i], POLLIN, 0};
  int ready;
  do {
    ready = poll(look, (nfds_t)count, milliseconds);
  } while (ready < 0 && errno == EINTR);
  if (ready < 0) return -errno;
  long bits = 0;
  for (int i = 0; i < count; i++) bits |= look[i].revents != 0 ? 1L << i : 0;
  return bits;
}

/* ---- processes */

/* The actions of a start. Numbers below this may be overwritten on the way, so nothing that is given stands there. */
enum { FIRST_DESCRIPTOR = 3, CLEAR = FIRST_DESCRIPTOR + MOST_DESCRIPTORS + 1 };

static int add_actions(posix_spawn_file_actions_t *actions, const linux_start *start, const int *lifted) {
  int failure = 0;
  for (int i = 0; i <= 2; i++) {
    failure |= i == 2 && start->error >= 0
                   ? posix_spawn_file_actions_adddup2(actions, lifted[start->count], i)
                   : posix_spawn_file_actions_addopen(actions, i, "/dev/null", i == 0 ? O_RDONLY : O_WRONLY, 0);
  }
  for (int i = 0; i < start->count; i++) {
    failure |= posix_spawn_file_actions_adddup2(actions, lifted[i], FIRST_DESCRIPTOR + i);
  }
  return failure;
}

static int add_attributes(posix_spawnattr_t *attributes) {
  sigset_t none, all;
  sigemptyset(&none);
  sigfillset(&all);
  return posix_spawnattr_setsigmask(attributes, &none) | posix_spawnattr_setsigdefault(attributes, &all) |
         posix_spawnattr_setflags(
             attributes, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETSID);
}

static long spawn_with(const linux_start *start, const int *lifted) {
  posix_spawn_file_actions_t actions;
  posix_spawnattr_t attributes;
  if (posix_spawn_file_actions_init(&actions) != 0) return -ENOMEM;
  if (posix_spawnattr_init(&attributes) != 0) {
    posix_spawn_file_actions_destroy(&actions);
    return -ENOMEM;
  }
  pid_t process = 0;
  int failure = add_actions(&actions, start, lifted) | add_attributes(&attributes);
  if (failure != 0) {
    failure = ENOMEM;
  } else {
    char *const arguments[] = {(char *)start->name, NULL};
    failure = posix_spawn(&process, start->executable, &actions, &attributes, arguments,
                          (char *const *)start->environment);
  }
  posix_spawnattr_destroy(&attributes);
  posix_spawn_file_actions_destroy(&actions);
  return failure == 0 ? process : -failure;
}

long linux_spawn(const linux_start *start) {
  int lifted[MOST_DESCRIPTORS + 1];
  int count = start->count + (start->error >= 0 ? 1 : 0);
  if (start->count > MOST_DESCRIPTORS) return -EINVAL;
  long result = 0;
  int done = 0;
  for (; done < count && result == 0; done++) {
    int given = done < start->count ? start->descriptors[done] : start->error;
    lifted[done] = fcntl(given, F_DUPFD_CLOEXEC, CLEAR);
    if (lifted[done] < 0) result = -errno;
  }
  if (result == 0) result = spawn_with(start, lifted);
  for (int i = 0; i < done; i++) {
    if (lifted[i] >= 0) close(lifted[i]);
  }
  return result;
}

long linux_hold_child(int process) {
  int descriptor = (int)syscall(SYS_pidfd_open, process, 0);
  if (descriptor >= 0) return descriptor;
  const int error = errno;
  kill(process, SIGKILL);
  while (waitpid(process, NULL, 0) < 0 && errno == EINTR) {
  }
  return -error;
}

long linux_kill(int process) {
  if (syscall(SYS_pidfd_send_signal, process, SIGKILL, NULL, 0) == 0 || errno == ESRCH) return 0;
  return -errno;
}

long linux_reap(int process, int *status) {
  siginfo_t info;
  int result;
  do {
    memset(&info, 0, sizeof info);
    result = waitid(P_PIDFD, (id_t)process, &info, WEXITED);
  } while (result < 0 && errno == EINTR);
  if (result < 0) {
    *status = -1;
    return errno == ECHILD ? 0 : -errno;
  }
  /* As wait would say it. */
  *status = info.si_code == CLD_EXITED ? info.si_status << 8 : info.si_status;
  return 0;
}

const char *linux_signal_name(int number) { return sigabbrev_np(number); }
