/* Between the files of this room. Every function that returns int: 0, or -1 with the report's error and words set. */
#ifndef LAYERS_H
#define LAYERS_H

#include "sandbox.h"

/* Notes what failed, with the errno of now. Always -1, to return it. */
int sandbox_failed(sandbox_report *report, const char *what);

/* landlock.c: restricts the process to `paths` and to the runtime's own. */
struct landlock_wish {
  const sandbox_path *paths;
  uint32_t path_count;
  uint32_t grants;
  const int *directory; /* to change freely below: scratch, or the call's private directory; NULL: none */
  unsigned places;      /* how many directories in it can be elsewhere too: see sandbox_private_place */
  int is_call;          /* the call's layer: of /proc it lists only its own */
};
int sandbox_landlock_version(void);
int sandbox_restrict_files(const struct landlock_wish *wish, sandbox_report *report);

/* runtime.c: what any native code needs to read. Opened once, and closed by each call when its layer is on. */
#define ACCESS_DEVICE (1u << 16) /* ioctl too, for the few devices that are given */
int sandbox_runtime_open(uint32_t grants);
/* Below it programs may lie: for calls with the grant. After sandbox_runtime_open. */
int sandbox_runtime_keep_programs(int descriptor);
uint32_t sandbox_runtime_count(void); /* how many descriptors that takes */
int sandbox_runtime_each(uint32_t grants, int is_call, int (*use)(void *, int descriptor, uint32_t access),
                         void *context);
void sandbox_runtime_close(void);

/* seccomp.c */
int sandbox_filter_base(const sandbox_base *base, sandbox_report *report);
int sandbox_filter_call(uint32_t grants, const sandbox_report *base, sandbox_report *report);

/* limits.c. The descriptors of the runtime do not count: the base has so many more, and gives them back for a call. */
int sandbox_give_back_descriptors(uint32_t count, sandbox_report *report);
int sandbox_forget_handlers(sandbox_report *report);
int sandbox_set_limits(const sandbox_limits *limits, sandbox_report *report);
int sandbox_drop_capabilities(int for_call, sandbox_report *report);
int sandbox_no_new_privileges(sandbox_report *report);

/* namespaces.c: whether the caller's children, and not the caller, are in the PID namespace that it unshared. */
int sandbox_must_fork(void);

#endif
