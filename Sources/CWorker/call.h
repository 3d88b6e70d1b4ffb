/* Calls that this process runs, and the host's table that their tools use. */
#ifndef IW_CALL_H
#define IW_CALL_H

#include <stdbool.h>

#include "interlock.h"
#include "sandbox.h"

/* What a plugin gets to see of the host. Lives as long as the process. */
const ilk_host *iw_host_table(void);

/* Where words go that belong to no call: the zygote's channel; -1 = with the one call of this process. */
void iw_log_to(int channel);

/* The plugin that calls are for, and what its init gave. Set once, before the first call. */
typedef struct {
  const ilk_plugin *plugin;
  void *self;
  sandbox_report report; /* of the base layer */
  bool is_alone;         /* the process is for one call, and gets its layer */
} iw_served;

/* Waits on socket for a call, runs it on this thread, says how it returned. cancelling is readable when it should stop.
 * Both are the caller's to close. False if there was none, or nobody is there to hear of it any more. */
bool iw_run_call(const iw_served *served, int socket, int cancelling);

#endif
