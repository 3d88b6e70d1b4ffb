/* What the verdicts of the tables come to, and the filter in force. */
#define _GNU_SOURCE
#include <errno.h>
#include <linux/seccomp.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include "filter.h"
#include "kernel.h"
#include "layers.h"
#include "rules.h"

#define ERROR(NUMBER) (SECCOMP_RET_ERRNO | (NUMBER))
#define TELL SECCOMP_RET_USER_NOTIF

struct choice {
  uint32_t grants, held;
  int tells;
};

/* What the filter answers to a verdict. What the host answers, where it is told: notify.c. */
static uint32_t action(uint8_t verdict, const void *context) {
  const struct choice *choice = context;
  const int programs = (choice->grants & SANDBOX_GRANT_PROGRAMS) != 0;
  const int network = (choice->grants & SANDBOX_GRANT_NETWORK) != 0;
  const uint32_t told_or_refused = choice->tells ? TELL : ERROR(EACCES);
  const uint32_t told_or_allowed = choice->tells ? TELL : SECCOMP_RET_ALLOW;
  switch ((enum verdict)verdict) {
    case ALLOWED: return SECCOMP_RET_ALLOW;
    case REFUSED: return ERROR(EPERM);
    case ABSENT: return ERROR(ENOSYS);
    case INAPPROPRIATE: return ERROR(ENOTTY);
    case NEVER:
    case ITSELF:
    case MENDING: return told_or_refused;
    case WRITING:
    case READING:
    case PAIRING: return told_or_allowed;
    case TRUNCATING: return choice->held & SANDBOX_HELD_TRUNCATE ? told_or_allowed : told_or_refused;
    /* Without notices the worker must be able to fork all the same: its calls cannot, see sandbox_filter_call. */
    case BEARING: return told_or_allowed;
    /* Telling would do harm: a shell forks while its children end, and a signal interrupts what is told. */
    case STARTING: return programs ? SECCOMP_RET_ALLOW : told_or_allowed;
    case RUNNING: return programs ? told_or_allowed : told_or_refused;
    case CONNECTING: return network ? told_or_allowed : told_or_refused;
    case PROGRAMS_ONLY: return programs ? SECCOMP_RET_ALLOW : ERROR(EPERM);
    case SIGNALLING:
      if (choice->tells) return TELL;
      return signals_stay_inside(choice->held) ? SECCOMP_RET_ALLOW : ERROR(EPERM);
    case SIGNALLING_A_THREAD:
      return signals_stay_inside(choice->held) ? SECCOMP_RET_ALLOW : told_or_refused;
  }
  return SECCOMP_RET_KILL_PROCESS;
}

/* Only what the base allowed for the sake of other calls, or of the worker. All else is the base's business, or the host's:
 * what it is told of it refuses by call, and then the call is known to have tried. */
static uint32_t tightened(uint8_t verdict, const void *context) {
  const struct choice *choice = context;
  const int programs = (choice->grants & SANDBOX_GRANT_PROGRAMS) != 0;
  const int network = (choice->grants & SANDBOX_GRANT_NETWORK) != 0;
  int is_refused = 0;
  switch ((enum verdict)verdict) {
    case STARTING:
    case PROGRAMS_ONLY: is_refused = !programs; break;
    case BEARING:
    case RUNNING: is_refused = !programs && !choice->tells; break;
    case CONNECTING: is_refused = !network && !choice->tells; break;
    default: break;
  }
  return is_refused ? ERROR(EPERM) : SECCOMP_RET_ALLOW;
}

static long install(const struct filter *filter, unsigned flags) {
  const struct sock_fprog program = {(unsigned short)filter->length, (struct sock_filter *)filter->code};
  return syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, flags, &program);
}

/* A notice that the host has received is not given up for a signal, where the kernel can (5.19). */
static long install_with_listener(const struct filter *filter) {
  const unsigned listener = SECCOMP_FILTER_FLAG_NEW_LISTENER;
  const long result = install(filter, listener | SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV);
  return result < 0 && errno == EINVAL ? install(filter, listener) : result;
}

typedef int (*filter_use)(struct filter *, const struct choice *, sandbox_report *);

static int with_filter(filter_use use, const struct choice *choice, sandbox_report *report) {
  struct filter *filter = mmap(NULL, sizeof *filter, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (filter == MAP_FAILED) return sandbox_failed(report, "seccomp: memory for the filter");
  const int result = use(filter, choice, report);
  munmap(filter, sizeof *filter);
  return result;
}

static int enter_base(struct filter *filter, const struct choice *asked, sandbox_report *report) {
  struct choice choice = *asked;
  choice.tells = 1;
  if (filter_build(filter, action, &choice, ERROR(ENOSYS)) != 0) return sandbox_failed(report, "seccomp: the tables");
  const long listener = install_with_listener(filter);
  if (listener >= 0) {
    report->listener = (int)listener;
    report->held |= SANDBOX_HELD_SYSCALLS | SANDBOX_HELD_NOTICES;
    return 0;
  }
  if (errno != EBUSY) return sandbox_failed(report, "seccomp: installing the filter with notices");

  /* We are inside somebody else's notices already (a container's): do without our own. */
  choice.tells = 0;
  if (filter_build(filter, action, &choice, ERROR(ENOSYS)) != 0) return sandbox_failed(report, "seccomp: the tables");
  if (install(filter, 0) != 0) return sandbox_failed(report, "seccomp: installing the filter");
  report->held |= SANDBOX_HELD_SYSCALLS;
  return 0;
}

int sandbox_filter_base(const sandbox_base *base, sandbox_report *report) {
  const struct choice choice = {base->grants, report->held, 0};
  return with_filter(enter_base, &choice, report);
}

static int enter_call(struct filter *filter, const struct choice *choice, sandbox_report *report) {
  if (filter_build(filter, tightened, choice, SECCOMP_RET_ALLOW) != 0)
    return sandbox_failed(report, "seccomp: the tables");
  return install(filter, 0) == 0 ? 0 : sandbox_failed(report, "seccomp: installing the call's filter");
}

/* Usually there is nothing left to refuse: with notices the host refuses, by call. */
int sandbox_filter_call(uint32_t grants, const sandbox_report *base, sandbox_report *report) {
  const int tells = (base->held & SANDBOX_HELD_NOTICES) != 0;
  const uint32_t open_in_base = tells ? base->grants & SANDBOX_GRANT_PROGRAMS : base->grants | SANDBOX_GRANT_PROGRAMS;
  if ((open_in_base & ~grants & (SANDBOX_GRANT_PROGRAMS | SANDBOX_GRANT_NETWORK)) == 0) return 0;
  const struct choice choice = {grants, base->held, tells};
  return with_filter(enter_call, &choice, report);
}
