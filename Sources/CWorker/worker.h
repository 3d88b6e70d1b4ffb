/* The processes of a worker, in the order in which they begin. */
#ifndef IW_WORKER_H
#define IW_WORKER_H

#include <stdbool.h>
#include <stdint.h>
#include <stdnoreturn.h>

#include "sandbox.h"
#include "worker_protocol.h"

/* What IW_START said. Strings are NUL-terminated, and live as long as the process. */
typedef struct {
  uint32_t host_minor, grants, namespaces;
  uint64_t limits[IW_LIMITS];
  const char *plugin;
  sandbox_scratch scratch;
  uint32_t program_count;
  const char **programs; /* directories in which they may lie */
} iw_start;

/* What the zygote tells its guardian. pid 0: it is about to make the process, so that the guardian, who may see the process
 * first, takes it for no stranger. pid below 0: it could not be made. */
typedef struct {
  uint64_t ticket;
  int64_t pid;
} iw_birth;

/* report: what sandbox_unshare said. */
noreturn void iw_guard(const iw_start *start, const sandbox_report *report);

/* guardian: where births are told. */
noreturn void iw_be_zygote(const iw_start *start, const sandbox_report *report, int guardian);

/* What the layers of this worker are made from. */
sandbox_base iw_base(const iw_start *start);
/* Tells the host what holds, and hands it the listener. False when nobody is there any more. */
bool iw_tell_confined(const sandbox_report *report);

/* As fork, with flags besides, for a process that has one thread. Handlers of pthread_atfork do not run: with one thread
 * there is nothing that they would have to put in order. */
long iw_clone(unsigned long flags);

#endif
