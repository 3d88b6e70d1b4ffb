/* Descriptors that the guardian keeps open for the host: see iw_keepsake in worker_protocol.h. For its one thread. */
#ifndef IW_KEEPSAKES_H
#define IW_KEEPSAKES_H

#include <stdbool.h>
#include <stdint.h>

/* Takes the descriptor over. False if there is none, or no room. */
bool iw_keep(uint64_t ticket, int descriptor);
/* Closes what is kept for the ticket, if anything is. */
void iw_let_go(uint64_t ticket);

#endif
