/* A service of the host, asked for through the call's socket. */
#ifndef IW_SERVICES_H
#define IW_SERVICES_H

#include "interlock.h"
#include "places.h"
#include "wire.h"

enum { IW_ANSWER_ROOM = 4096 };

/* What the host answered. Most answers fit in the room. */
typedef struct {
  ilk_status status;
  iw_stat stat;
  uint32_t chunks;
  iw_cursor rest; /* the chunks */
  unsigned char *body;
  unsigned char room[IW_ANSWER_ROOM];
} iw_answer;

/* Sends a message for a running call and waits for its answer. A status below 0 leaves its words as the thread's last error.
 * Without an answer the call is stale. iw_forget afterwards, always. */
ilk_status iw_ask(ilk_call *call, iw_message *message, iw_answer *answer);
void iw_forget(iw_answer *answer);

/* For services that answer with nothing but their status. */
ilk_status iw_ask_plainly(ilk_call *call, iw_message *message);

/* For services that hand chunks to a sink: its status, once it returns something else than ILK_OK. */
ilk_status iw_ask_and_lend(ilk_call *call, iw_message *message, ilk_sink sink, void *context);
ilk_status iw_lend(iw_answer *answer, ilk_sink sink, void *context);

/* A message that is not answered. */
void iw_say(iw_place *place, iw_message *message);

/* On a thread that serves no call any more: what it kept for it goes. */
void iw_forget_last_error(void);
ilk_status iw_last_error(ilk_call *call, ilk_sink sink, void *context);

extern const ilk_fs iw_fs;
extern const ilk_workspace iw_workspace;
extern const ilk_reservation iw_reservation;

#endif
