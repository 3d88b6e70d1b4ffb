/* The program is a binary search over system call numbers, so that a call costs about nine comparisons and not three
 * hundred:
 *
 *     another architecture's call? kill             (its numbers mean other things)
 *     number >= the middle leaf's first? right half : left half ...
 *     leaf: return, or test arguments and return
 *
 * The kernel remembers which numbers are allowed whatever their arguments, and runs nothing at all for those. */
#define _GNU_SOURCE
#include "filter.h"

#include <errno.h>
#include <linux/seccomp.h>
#include <stddef.h>
#include <stdlib.h>

#include "kernel.h"

#define X32_CALLS 0x40000000u /* x86-64's other numbering: not ours, as if it were not there */
/* Both machines are little-endian. */
#define LOWER_HALF(ARGUMENT) (offsetof(struct seccomp_data, args) + 8u * (ARGUMENT))

static void emit(struct filter *filter, struct sock_filter instruction) {
  if (filter->length < FILTER_CAPACITY) filter->code[filter->length++] = instruction;
  else filter->overflow = 1;
}

static void load(struct filter *filter, uint32_t offset) {
  emit(filter, (struct sock_filter)BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offset));
}

static void jump(struct filter *filter, uint16_t comparison, uint32_t value, uint8_t if_true, uint8_t if_false) {
  emit(filter, (struct sock_filter)BPF_JUMP(BPF_JMP | comparison | BPF_K, value, if_true, if_false));
}

static void answer(struct filter *filter, uint32_t action) {
  emit(filter, (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, action));
}

/* ---------------------------------------------------------------- leaves: what the tables say, in order */

static void add_leaf(struct filter *filter, struct leaf leaf) {
  if (filter->leaf_count < LEAF_CAPACITY) filter->leaves[filter->leaf_count++] = leaf;
  else filter->overflow = 1;
}

static void add_numbers(struct filter *filter, const int16_t *numbers, size_t count, uint32_t action) {
  for (size_t i = 0; i < count; i++) add_leaf(filter, (struct leaf){numbers[i], action, NULL, 0});
}

static void add_rules(struct filter *filter) {
  for (size_t i = 0; i < sandbox_rule_count;) {
    const struct rule *rules = &sandbox_rules[i];
    uint32_t count = 0;
    while (i + count < sandbox_rule_count && rules[count].number == rules->number) count++;
    add_leaf(filter, (struct leaf){rules->number, 0, rules, count});
    i += count;
  }
}

static int by_number(const void *left, const void *right) {
  return ((const struct leaf *)left)->first - ((const struct leaf *)right)->first;
}

static int same(const struct leaf *left, const struct leaf *right) {
  return left->rules == NULL && right->rules == NULL && left->action == right->action;
}

/* Puts leaves for the numbers between, and makes one of neighbours that answer alike. */
static int fill_gaps(struct filter *filter, uint32_t otherwise) {
  struct leaf *filled = filter->filled;
  uint32_t count = 0;
  int32_t next = 0;
  for (uint32_t i = 0; i <= filter->leaf_count; i++) {
    const int is_end = i == filter->leaf_count;
    if (!is_end && filter->leaves[i].first < next) return -1; /* named twice */
    if (is_end || filter->leaves[i].first > next) {
      if (count + 2 > LEAF_CAPACITY) return -1;
      const struct leaf gap = {next, otherwise, NULL, 0};
      if (count == 0 || !same(&filled[count - 1], &gap)) filled[count++] = gap;
    }
    if (is_end) break;
    if (count == 0 || !same(&filled[count - 1], &filter->leaves[i])) filled[count++] = filter->leaves[i];
    next = filter->leaves[i].first + 1;
  }
  for (uint32_t i = 0; i < count; i++) filter->leaves[i] = filled[i];
  filter->leaf_count = count;
  return 0;
}

/* ---------------------------------------------------------------- code */

/* One test; `skip` instructions further if it does not hold. */
static void emit_test(struct filter *filter, const struct test *test, uint8_t skip) {
  load(filter, LOWER_HALF(test->argument));
  if (test->mask != ~0u)
    emit(filter, (struct sock_filter)BPF_STMT(BPF_ALU | BPF_AND | BPF_K, test->mask));
  if (test->differs) jump(filter, BPF_JEQ, test->value, skip, 0);
  else jump(filter, BPF_JEQ, test->value, 0, skip);
}

static uint8_t test_length(const struct test *test) { return test->mask == 0 ? 0 : test->mask == ~0u ? 2 : 3; }

static void emit_rules(struct filter *filter, const struct leaf *leaf, filter_action action, const void *context) {
  for (uint32_t i = 0; i < leaf->rule_count; i++) {
    const struct rule *rule = &leaf->rules[i];
    const uint8_t second = test_length(&rule->second);
    if (rule->first.mask != 0) emit_test(filter, &rule->first, (uint8_t)(second + 1));
    if (second != 0) emit_test(filter, &rule->second, 1);
    answer(filter, action(rule->verdict, context));
  }
}

static void emit_search(struct filter *filter, uint32_t from, uint32_t to, filter_action action, const void *context) {
  if (from == to) {
    const struct leaf *leaf = &filter->leaves[from];
    if (leaf->rules == NULL) answer(filter, leaf->action);
    else emit_rules(filter, leaf, action, context);
    return;
  }
  const uint32_t middle = (from + to + 1) / 2;
  jump(filter, BPF_JGE, (uint32_t)filter->leaves[middle].first, 0, 1);
  const uint32_t to_right = filter->length;
  emit(filter, (struct sock_filter)BPF_STMT(BPF_JMP | BPF_JA, 0));
  emit_search(filter, from, middle - 1, action, context);
  if (!filter->overflow) filter->code[to_right].k = filter->length - to_right - 1;
  emit_search(filter, middle, to, action, context);
}

int filter_build(struct filter *filter, filter_action action, const void *context, uint32_t otherwise) {
  filter->length = filter->leaf_count = 0;
  filter->overflow = 0;
  add_numbers(filter, sandbox_allowed, sandbox_allowed_count, action(ALLOWED, context));
  add_numbers(filter, sandbox_refused, sandbox_refused_count, action(REFUSED, context));
  add_numbers(filter, sandbox_absent, sandbox_absent_count, action(ABSENT, context));
  add_numbers(filter, sandbox_programs_only, sandbox_programs_only_count, action(PROGRAMS_ONLY, context));
  for (size_t i = 0; i < sandbox_attempt_count; i++) {
    const struct attempt *attempt = &sandbox_attempts[i];
    if (attempt->verdict != DEPENDS)
      add_leaf(filter, (struct leaf){attempt->number, action(attempt->verdict, context), NULL, 0});
  }
  add_rules(filter);
  qsort(filter->leaves, filter->leaf_count, sizeof *filter->leaves, by_number);
  if (filter->overflow || fill_gaps(filter, otherwise) != 0) {
    errno = EOVERFLOW;
    return -1;
  }

  load(filter, offsetof(struct seccomp_data, arch));
  jump(filter, BPF_JEQ, ARCHITECTURE, 1, 0);
  answer(filter, SECCOMP_RET_KILL_PROCESS);
  load(filter, offsetof(struct seccomp_data, nr));
  jump(filter, BPF_JGE, X32_CALLS, 0, 1);
  answer(filter, SECCOMP_RET_ERRNO | ENOSYS);
  emit_search(filter, 0, filter->leaf_count - 1, action, context);
  if (filter->overflow) errno = EOVERFLOW;
  return filter->overflow ? -1 : 0;
}
