/* Descriptors that the guardian keeps open for the host: see iw_keepsake in worker_protocol.h. For its one thread. */
#ifndef IW_KEEPSAKES_H
#define IW_KEEPSAKES_H

#include <stdbool.h>
#include <stdint.h>

/* Takes the descriptor over. is_process: the ticket is that of a process, whose end lets it go; else it is that of a call in a
 * process that others share, and the host lets it go: whatever processes the zygote tells of under its ticket. False if there is none, or no room. */
bool iw_keep(uint64_t ticket, int descriptor, bool is_process);
/* Closes what is kept for the ticket, if anything is. */
void iw_let_go(uint64_t ticket, bool is_process);

#endif
