/* From tables to a program that the kernel runs at each system call. */
#ifndef FILTER_H
#define FILTER_H

#include <linux/filter.h>
#include <stdint.h>

#include "rules.h"

enum { FILTER_CAPACITY = 4096 /* BPF_MAXINSNS */, LEAF_CAPACITY = 1024 };

/* What each verdict comes to: SECCOMP_RET_*. */
typedef uint32_t (*filter_action)(uint8_t verdict, const void *context);

/* One stretch of system call numbers with one answer: from `first` to the next leaf's. */
struct leaf {
  int32_t first;
  uint32_t action;
  const struct rule *rules; /* or these, in order; NULL = always `action` */
  uint32_t rule_count;
};

struct filter {
  struct sock_filter code[FILTER_CAPACITY];
  uint32_t length;
  struct leaf leaves[LEAF_CAPACITY], filled[LEAF_CAPACITY];
  uint32_t leaf_count;
  int overflow;
};

/* Every system call that no table names gets `otherwise`. 0, or -1 if the tables do not fit or name a call twice. */
int filter_build(struct filter *filter, filter_action action, const void *context, uint32_t otherwise);

#endif
