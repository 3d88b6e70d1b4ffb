/* Which system calls there are for a worker, as data. filter.c makes a program of it, notify.c reads what was
 * attempted. */
#ifndef RULES_H
#define RULES_H

#include <stddef.h>
#include <stdint.h>

#include "sandbox.h"

/* What is done about a system call. What it comes to depends on the grants and the kernel: see action() in seccomp.c. */
enum verdict {
  ALLOWED,
  REFUSED,       /* EPERM, in silence: libraries try these by themselves, and do without */
  ABSENT,        /* ENOSYS, so that libraries take the older call, whose arguments a filter can see */
  INAPPROPRIATE, /* ENOTTY: what ioctl says of a request that a file does not know */
  NEVER,         /* told, and refused: it is no business of a plugin */
  ITSELF,        /* told: of the process that asks, and of no other */
  MENDING,       /* told, and never let through, as Landlock does not see it: the host does it where it may be done */
  WRITING,       /* told: the host does it, or Landlock decides */
  READING,       /* the same */
  TRUNCATING,    /* WRITING where Landlock mediates truncation, else never let through */
  STARTING,      /* a process: with the grant; else told */
  BEARING,       /* told: one that is no child, or the first of a namespace, as the worker makes them for calls */
  RUNNING,       /* told: a program, with the grant */
  CONNECTING,    /* told: the Internet, with the grant */
  PAIRING,       /* told: sockets of the process's own, for a call */
  PROGRAMS_ONLY, /* allowed with the grant for programs, else REFUSED */
  SIGNALLING,    /* told; to itself, or where the kernel keeps signals inside */
  SIGNALLING_A_THREAD /* the same, but raise() uses it: not told where the kernel keeps signals inside */
};

/* A test of the lower half of an argument. mask 0: no test. */
struct test {
  uint8_t argument;
  uint8_t differs; /* holds if the masked argument is not value */
  uint32_t mask, value;
};

/* The rows of one system call stand together and are tried in order; the last has no test. */
struct rule {
  int16_t number;
  uint8_t verdict;
  struct test first, second;
};

/* A system call that can be told of: what it attempts, and where its paths, flags and modes are. An argument's place is
 * 1 to 6; 0 = none. With a directory and no path the directory descriptor itself is meant. */
struct attempt {
  int16_t number;
  uint8_t verdict; /* DEPENDS: rules[] has it, by arguments */
  uint8_t operation;
  uint8_t directory, path, other_directory, other;
  uint8_t flags, mode; /* of what is opened or made */
  uint8_t value;       /* the new mode, or the new user; the group is behind it */
  uint32_t implied; /* flags that go without saying */
  const char *name;
};
enum { DEPENDS = 255 };

/* NULL if the call is never told of. */
const struct attempt *sandbox_attempt_of(int number);
/* The same answer as the filter's, of the same tables. */
uint8_t sandbox_verdict_of(const struct attempt *attempt, const uint64_t *arguments);

extern const int16_t sandbox_allowed[], sandbox_refused[], sandbox_absent[], sandbox_programs_only[];
extern const size_t sandbox_allowed_count, sandbox_refused_count, sandbox_absent_count, sandbox_programs_only_count;
extern const struct rule sandbox_rules[];
extern const size_t sandbox_rule_count;
extern const struct attempt sandbox_attempts[];
extern const size_t sandbox_attempt_count;

/* Whether a signal can reach nobody outside, so that the kernel may be let send it. */
static inline int signals_stay_inside(uint32_t held) {
  return (held & (SANDBOX_HELD_SIGNALS | SANDBOX_HELD_PID)) != 0;
}

#endif
