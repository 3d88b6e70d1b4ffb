/* What the worker sees in other ways than the host, where it has a mount namespace: /proc and scratch. */
#define _GNU_SOURCE
#include <stdio.h>
#include <sys/mount.h>

#include "layers.h"

static int mount_scratch(const sandbox_base *base) {
  char options[96];
  snprintf(options, sizeof options, "mode=0700,size=%llu,nr_inodes=65536", (unsigned long long)base->scratch_bytes);
  return mount("tmpfs", base->scratch, "tmpfs", MS_NOSUID | MS_NODEV, options);
}

int sandbox_mount(const sandbox_base *base, sandbox_report *report) {
  if (!(report->held & SANDBOX_HELD_MOUNT)) return 0;
  /* Ours must not show outside. Without this the namespace is none. */
  if (mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) != 0) return sandbox_failed(report, "private mounts");
  /* Where that is refused, the one that is there has to do. */
  if (report->held & SANDBOX_HELD_PID) mount("proc", "/proc", "proc", MS_NOSUID | MS_NODEV | MS_NOEXEC, NULL);
  if (base->scratch != NULL && mount_scratch(base) == 0) report->held |= SANDBOX_HELD_SCRATCH;
  return 0;
}
