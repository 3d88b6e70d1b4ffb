/* Limits, capabilities, and the bit that makes both final. */
#define _GNU_SOURCE
#include <errno.h>
#include <linux/capability.h>
#include <linux/securebits.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <unistd.h>

#include "kernel.h"
#include "layers.h"

void sandbox_report_clear(sandbox_report *report) { *report = (sandbox_report){.listener = -1}; }

int sandbox_failed(sandbox_report *report, const char *what) {
  report->error = errno;
  snprintf(report->words, sizeof report->words, "%s: %s", what, strerrordesc_np(report->error));
  return -1;
}

/* ---------------------------------------------------------------- limits */

struct limit {
  int resource;
  const char *name;
  uint64_t value; /* 0 = leave */
  uint64_t grace; /* how much higher the hard limit is */
};

/* Never above what the process has already: an ordinary user could not. */
static int set_limit(const struct limit *limit, sandbox_report *report) {
  struct rlimit now;
  if (getrlimit((__rlimit_resource_t)limit->resource, &now) != 0) return sandbox_failed(report, limit->name);
  struct rlimit next = {limit->value, limit->value + limit->grace};
  if (next.rlim_max > now.rlim_max) next.rlim_max = now.rlim_max;
  if (next.rlim_cur > next.rlim_max) next.rlim_cur = next.rlim_max;
  return setrlimit((__rlimit_resource_t)limit->resource, &next) == 0 ? 0 : sandbox_failed(report, limit->name);
}

/* A sanitizer keeps its books of the whole address space in private memory. */
#if defined(__has_feature)
#if __has_feature(thread_sanitizer) || __has_feature(address_sanitizer)
#define IS_SANITIZED 1
#endif
#endif
#ifndef IS_SANITIZED
#define IS_SANITIZED 0
#endif

int sandbox_set_limits(const sandbox_limits *limits, sandbox_report *report) {
  const uint64_t descriptors = limits->descriptors != 0 ? limits->descriptors + sandbox_runtime_count() : 0;
  const struct limit wanted[] = {
      {RLIMIT_DATA, "limit of memory", IS_SANITIZED ? 0 : limits->memory_bytes, 0},
      {RLIMIT_FSIZE, "limit of file size", limits->file_bytes, 0},
      {RLIMIT_CPU, "limit of processor time", limits->cpu_seconds, 1},
      {RLIMIT_NOFILE, "limit of open files", descriptors, 0},
      {RLIMIT_NPROC, "limit of processes", limits->processes, 0},
  };
  for (size_t i = 0; i < sizeof wanted / sizeof *wanted; i++)
    if (wanted[i].value != 0 && set_limit(&wanted[i], report) != 0) return -1;

  const struct limit off[] = {
      {RLIMIT_CORE, "limit of core dumps", 0, 0},
      {RLIMIT_MSGQUEUE, "limit of message queues", 0, 0},
      {RLIMIT_RTPRIO, "limit of real-time priority", 0, 0},
      {RLIMIT_NICE, "limit of priority", 0, 0},
  };
  for (size_t i = 0; i < sizeof off / sizeof *off; i++)
    if (set_limit(&off[i], report) != 0) return -1;
  report->held |= SANDBOX_HELD_LIMITS;
  return 0;
}

int sandbox_give_back_descriptors(uint32_t count, sandbox_report *report) {
  struct rlimit now;
  if (getrlimit(RLIMIT_NOFILE, &now) != 0) return sandbox_failed(report, "limit of open files");
  if (now.rlim_cur == RLIM_INFINITY || now.rlim_cur <= count) return 0;
  const struct limit lower = {RLIMIT_NOFILE, "limit of open files", now.rlim_cur - count, 0};
  return set_limit(&lower, report);
}

/* A language's runtime may have installed handlers that start programs when something crashes. A worker only dies. */
int sandbox_forget_handlers(sandbox_report *report) {
  for (int number = 1; number < NSIG; number++) {
    struct sigaction action;
    if (sigaction(number, NULL, &action) != 0 || action.sa_handler == SIG_DFL || action.sa_handler == SIG_IGN) continue;
    if (signal(number, SIG_DFL) == SIG_ERR) return sandbox_failed(report, "the handlers of signals");
  }
  return 0;
}

int sandbox_close_from(int first) { return close_range((unsigned)first, ~0u, 0); }

/* ---------------------------------------------------------------- capabilities
 *
 * Root keeps what makes it root over files, or it could not read a workspace that belongs to an ordinary user; Landlock
 * says which files. All else goes, and no program brings it back. Inside a user namespace the worker keeps
 * CAP_SYS_ADMIN of that namespace, to give each call a PID namespace; mounts and other namespaces are refused to it by
 * seccomp, and the call drops it. */
#define BIT(CAPABILITY) (1ull << (CAPABILITY))
#define OVER_FILES \
  (BIT(CAP_CHOWN) | BIT(CAP_DAC_OVERRIDE) | BIT(CAP_DAC_READ_SEARCH) | BIT(CAP_FOWNER) | BIT(CAP_FSETID))
/* Being root, or becoming it, gives no capability. */
#define ROOT_IS_NOTHING (SECBIT_NOROOT | SECBIT_NOROOT_LOCKED | SECBIT_NO_SETUID_FIXUP | SECBIT_NO_SETUID_FIXUP_LOCKED)

static int get_capabilities(uint64_t *permitted) {
  struct __user_cap_header_struct header = {_LINUX_CAPABILITY_VERSION_3, 0};
  struct __user_cap_data_struct data[2];
  if (syscall(SYS_capget, &header, data) != 0) return -1;
  *permitted = (uint64_t)data[1].permitted << 32 | data[0].permitted;
  return 0;
}

static int set_capabilities(uint64_t kept, uint64_t inherited) {
  struct __user_cap_header_struct header = {_LINUX_CAPABILITY_VERSION_3, 0};
  struct __user_cap_data_struct data[2];
  for (int i = 0; i < 2; i++) {
    const uint32_t part = (uint32_t)(kept >> 32 * i);
    data[i] = (struct __user_cap_data_struct){part, part, (uint32_t)(inherited >> 32 * i)};
  }
  return (int)syscall(SYS_capset, &header, data);
}

int sandbox_drop_capabilities(int for_call, sandbox_report *report) {
  uint64_t permitted;
  if (get_capabilities(&permitted) != 0) return sandbox_failed(report, "reading capabilities");
  if (permitted & BIT(CAP_SETPCAP)) {
    for (int capability = 0; capability < 64; capability++)
      if (!(OVER_FILES & BIT(capability)) && prctl(PR_CAPBSET_DROP, capability, 0, 0, 0) != 0 && errno != EINVAL)
        return sandbox_failed(report, "dropping capabilities for good");
    if (prctl(PR_SET_SECUREBITS, ROOT_IS_NOTHING, 0, 0, 0) != 0)
      return sandbox_failed(report, "taking the capabilities from root");
  }
  const uint64_t inherited = geteuid() == 0 ? OVER_FILES & permitted : 0;
  const uint64_t own = !for_call && (report->held & SANDBOX_HELD_USER) ? BIT(CAP_SYS_ADMIN) : 0;
  if (prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0) != 0 ||
      set_capabilities((inherited | own) & permitted, inherited) != 0)
    return sandbox_failed(report, "dropping capabilities");
  for (int capability = 0; capability < 64; capability++)
    if ((inherited & BIT(capability)) && prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_RAISE, capability, 0, 0) != 0)
      return sandbox_failed(report, "keeping root's capabilities over files");
  report->held |= SANDBOX_HELD_CAPABILITIES;
  return 0;
}

int sandbox_no_new_privileges(sandbox_report *report) {
  if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0) return sandbox_failed(report, "no_new_privs");
  report->held |= SANDBOX_HELD_NO_NEW_PRIVILEGES;
  return 0;
}
