/* What probes are made of: something is tried in a child, first freely, then confined. */
#ifndef TRIAL_H
#define TRIAL_H

#include "layers.h"

/* Where a trial takes place. `file` exists and may be read and written; `twin` does not exist. */
struct place {
  const char *directory;
  char file[4096], twin[4096];
  int32_t prober; /* the process that probes */
  int port;       /* on which it listens */
};

/* 0 if it was done; else the errno that stopped it. */
typedef int (*attempt)(const struct place *place);
/* 0, or -1 with the report's error and words. */
typedef int (*confinement)(const struct place *place, sandbox_report *report);

struct trial {
  int could_confine; /* else error and words say why not */
  int error;         /* what stopped the attempt; 0 = it was done */
  char words[192];
};

/* Tries in a child of its own, confined by `confine` if it is not NULL. */
struct trial trial_run(const struct place *place, confinement confine, attempt try_it);

#endif
