/* attempts.h - what each file of this plugin offers: attempts at what no call may do.
 *
 * An attempt returns 0 when it DID it, and otherwise the errno that stopped it. It leaves no trace but the one it is
 * about. MISSING means that this kernel has no such thing, so that nothing was proved. */
#ifndef ATTEMPTS_H
#define ATTEMPTS_H

#include <errno.h>
#include <stddef.h>

#define MISSING (-1)

/* Where the attempts take place. The call claims three things below the workspace, and nothing else:
 *   claimed     a file, exclusively: its content may be written in place
 *   readable    a file, shared
 *   directory   a directory and everything below it, shared */
struct scene {
  char workspace[1024], outside[1024]; /* absolute; outside lies beside the workspace */
  char claimed[1024], readable[1024], directory[1024];
  char sibling[1024]; /* a file of the workspace that nobody claimed */
  char linked[1024];  /* claimed too, and a second name of outside/secret.txt */
  char pointer[1024]; /* claimed too, and a symbolic link to outside/secret.txt */
  char listener[1024], abstract[108];   /* Unix sockets on which somebody listens: a path, a name */
  int host, tcp_port, udp_port;
};

struct attempt {
  const char *name;
  const char *tries;  /* in words, for a reader */
  const char *told;   /* the operation that the host is told of; "" = it may be stopped without a word */
  int changes_files;  /* done, it leaves something other than it was */
  int (*function)(const struct scene *);
};

struct attempts {
  const char *chapter;
  const struct attempt *all;
  size_t count;
};

extern const struct attempts writing_attempts, metadata_attempts, claim_attempts, process_attempts, network_attempts;

/* The plugin's own extension, for its tests: the row of a tool. */
#define MISBEHAVING_ROWS "org.example.misbehaving.rows/1"
struct misbehaving_rows {
  const struct attempt *(*row)(const char *tool_name);
};

/* 0, or the errno of now: for a result that is below zero when it was stopped. */
static inline int outcome(long result) { return result < 0 ? errno : 0; }

/* directory/name in one of a few buffers. */
const char *in(const char *directory, const char *name);

#endif
