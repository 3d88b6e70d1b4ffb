/* The two layers, in the order that each step needs. */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

#include "layers.h"

/* Killing a worker must end all that it started: by its PID namespace. Without programs there is nothing to end but threads,
 * and the calls, which the guardian knows. */
static int programs_can_be_ended(const sandbox_base *base, const sandbox_report *report) {
  return !(base->grants & SANDBOX_GRANT_PROGRAMS) || (report->held & SANDBOX_HELD_PID) ||
         (base->grants & SANDBOX_GRANT_BEST_EFFORT);
}

/* What the base layer permits to run, a call with the grant may run too. */
static int keep_programs(const sandbox_base *base) {
  for (uint32_t i = 0; i < base->path_count; i++)
    if ((base->paths[i].access & SANDBOX_EXECUTE) && sandbox_runtime_keep_programs(base->paths[i].descriptor) != 0)
      return -1;
  return 0;
}

int sandbox_enter_base(const sandbox_base *base, sandbox_report *report) {
  if (!programs_can_be_ended(base, report)) {
    errno = EPERM;
    return sandbox_failed(report, "programs need a PID namespace, or the grant best-effort");
  }
  if ((report->held & SANDBOX_HELD_PID) && sandbox_must_fork()) {
    errno = EINVAL;
    return sandbox_failed(report, "the base layer is for the first child in the PID namespace");
  }
  if (sandbox_forget_handlers(report) != 0) return -1;
  struct landlock_wish wish = {base->paths, base->path_count, base->grants, NULL, 0, 0};
  if (base->scratch != NULL) {
    wish.directory = &base->scratch->descriptor;
    wish.places = report->held & SANDBOX_HELD_TMP ? base->scratch->places : 0;
  }
  if (sandbox_runtime_open(base->grants) != 0) return sandbox_failed(report, "opening the runtime's files");
  if (keep_programs(base) != 0) return sandbox_failed(report, "opening the directories of programs");
  if (sandbox_set_limits(&base->limits, report) != 0) return -1;
  if (sandbox_drop_capabilities(0, report) != 0) return -1;
  if (sandbox_no_new_privileges(report) != 0) return -1;          /* what the two below need */
  if (sandbox_restrict_files(&wish, report) != 0) return -1;
  if (sandbox_filter_base(base, report) != 0) return -1;          /* last: it refuses what the others did */
  report->grants = base->grants;
  return 0;
}

/* Opens it too. Whatever else its path may lead to by now, the base layer does not permit. */
static int own_directory(const char *path, int *opened, sandbox_report *report) {
  *opened = -1;
  if (path == NULL) return 0;
  if (setenv("HOME", path, 1) != 0 || setenv("TMPDIR", path, 1) != 0)
    return sandbox_failed(report, "the environment of the call");
  *opened = open(path, O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
  return *opened >= 0 ? 0 : sandbox_failed(report, "the private directory of the call");
}

int sandbox_enter_call(const sandbox_call *call, const sandbox_report *base, sandbox_report *report) {
  sandbox_report_clear(report);
  report->held = base->held;
  report->grants = base->grants & call->grants;
  int directory;
  if (own_directory(call->private_directory, &directory, report) != 0) return -1;
  const struct landlock_wish wish = {NULL, 0, report->grants, directory < 0 ? NULL : &directory, 0, 1};
  if (sandbox_drop_capabilities(1, report) != 0) return -1;
  const int is_restricted = sandbox_restrict_files(&wish, report) == 0;
  if (directory >= 0) close(directory);
  if (!is_restricted) return -1;
  const uint32_t kept = sandbox_runtime_count();
  sandbox_runtime_close();
  if (sandbox_give_back_descriptors(kept, report) != 0) return -1;
  if (sandbox_filter_call(report->grants, base, report) != 0) return -1;
  return 0;
}
