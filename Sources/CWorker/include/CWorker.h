/* Workers: processes in which plugins run, apart from the host and from each other.
 *
 *     host ──posix_spawn(/proc/self/exe)──> guardian ──fork──> zygote ──fork──> call   one process for each call
 *      │  │                                    │                 │ (dlopen, entry, init)   │ (execute)
 *      │  └───────────── control ──────────────┘                 │                         │
 *      ├─────────────── channel ─────────────────────────────────┘                         │
 *      └─────────────── the call's own socket ─────────────────────────────────────────────┘
 *
 * A worker is the host's own binary, started again: a constructor sees by the name and by the sockets that it was, and
 * never returns, so that neither main nor anything of Swift runs. Any program that links this library can have workers.
 *
 *  - The guardian never runs an instruction of a plugin. It is PID 1 of the worker's PID namespace, or a subreaper where
 *    there is none; it tells the host of births and deaths, and takes everything with it when it ends: when the host closes
 *    the control socket, or dies.
 *  - The zygote opens the plugin and gets it ready; then it only forks. For a plugin with state (ILK_TOOL_STATEFUL) it runs
 *    the calls itself, in threads.
 *  - A call's process waits on the call's own socket for what to do, runs it, answers and ends. It is used once. Where the
 *    worker has a PID namespace and the plugin may start programs, it has a PID namespace of its own, in which PID 1 only
 *    waits for it.
 *
 * The messages are in worker_protocol.h. */
#ifndef CWORKER_H
#define CWORKER_H

#include <stdbool.h>

#include "worker_protocol.h"

/* The binary to start as a worker. Whoever uses it also links the constructor. */
extern const char *_Nonnull const iw_executable;

/* Whether a path says itself that it is the plugin's own: its file, or a library beside it. Both absolute. Of these the layers
 * let be read what is there. */
bool iw_is_own(const char *_Nonnull plugin, const char *_Nonnull path);

#endif
