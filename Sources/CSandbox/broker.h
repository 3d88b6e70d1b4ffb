/* What the host does in a process's place, because the kernel could not be asked to decide. */
#ifndef BROKER_H
#define BROKER_H

#include "sandbox.h"

enum { BROKER_NOT_COVERED = -1 /* as VIEW_NOT_COVERED */ };

/* Changes a mode, an owner, times or an attribute where the permission covers the file. 0 or an errno for the process
 * to get; BROKER_NOT_COVERED: nothing was done, and it was no business of the process. */
int broker_mend(const sandbox_notice *notice, const sandbox_permission *permission);

#endif
