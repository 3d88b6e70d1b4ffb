#ifndef CLINUX_H
#define CLINUX_H

/// Makes SIGINT and SIGTERM readable: each writes its number as one byte. Returns the descriptor to read from, or -1 with
/// errno. A handler and not a blocked mask or SIG_IGN, because programs that tools start would inherit those.
int il_interrupts_open(void);

/// A write to a closed pipe fails with EPIPE instead of ending the process. Programs that tools start keep the default.
void il_ignore_broken_pipes(void);

#endif
