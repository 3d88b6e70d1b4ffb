/* Sockets, pipes and processes, in the shape of CLinux.h: a result, or -errno; EINTR is dealt with here. */
#ifndef LINUX_PROCESSES_H
#define LINUX_PROCESSES_H

#include <stddef.h>
#include <stdint.h>

/* packets: SOCK_SEQPACKET instead of SOCK_STREAM. */
long linux_socket_pair(int packets, int *_Nonnull ends);

/* All of it; never raises SIGPIPE. Descriptors travel with the first byte. Waits for room no longer than the process lives
 * (a descriptor of one; -1 = nobody's life matters; then -EPIPE), and all in all no longer than so many milliseconds (-1 = for
 * ever; then -ETIMEDOUT). */
long linux_send(int socket, const void *_Nonnull bytes, size_t size, const int *_Nullable descriptors, int count,
                int process, int milliseconds);
/* What is there, waiting until something is; 0 = the end. Descriptors that came along are closed, but for the first one
 * if descriptor is given; *descriptor is -1 if there was none. */
long linux_receive(int socket, void *_Nonnull buffer, size_t size, int *_Nullable descriptor);

/* The other side comes to the end of what was sent; it can go on sending. */
long linux_end_sending(int socket);
/* Nothing more can be sent either way, whoever has the other end; what was sent before can still be read, and then there is
 * the end. Whoever waits on it is woken. */
long linux_hang_up(int socket);

/* Waits until one of them is readable or at its end, at most so long (-1 = for ever). The result has a bit for each. */
long linux_wait_readable(const int *_Nonnull descriptors, int count, int milliseconds);

typedef struct {
  const char *_Nonnull executable;
  const char *_Nonnull name; /* argv[0]; there are no other arguments */
  const char *_Nullable const *_Nonnull environment;
  const int *_Nonnull descriptors; /* become 3, 4, …; 0 and 1 are /dev/null */
  int count;
  int error; /* becomes 2; -1 = /dev/null */
} linux_start;

/* The process's number. Default signal handlers, none blocked, a session of its own. */
long linux_spawn(const linux_start *_Nonnull start);

/* A descriptor of a child of ours that nobody waits for. Where there can be none, the child is ended: nobody else would. */
long linux_hold_child(int process);
/* SIGKILL, through the descriptor of a process. ESRCH is no error. */
long linux_kill(int process);
/* Waits for the end of a child, and takes its status (as wait does): -1 if somebody else took it. */
long linux_reap(int process, int *_Nonnull status);

/* "SEGV"; NULL for a number that is no signal. */
const char *_Nullable linux_signal_name(int number);

#endif
