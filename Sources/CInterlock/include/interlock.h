/* interlock.h - the plugin boundary of Interlock, version 1.
 *
 * A host runs the tool calls of an AI agent. A model may answer one turn with several calls ("siblings"); the host runs
 * them side by side, and yet the turn's outcome equals running them one after another in the model's order. It can do so
 * because every tool declares a CONTRACT: data that says what a call of it may read and write. The host turns a contract
 * and a call's arguments into CLAIMS, waits until no earlier call holds a conflicting one, and only then runs the call.
 *
 *     plugin (.so) --has--> tools --each declares--> claims --from a call's arguments--> locks --> grant --> execute()
 *
 * Reading order: 1 words and statuses, 2 the contract, 3 what the host offers, 4 the tool and the plugin, 5 the entry.
 * The shortest complete plugin is Examples/template-c/template.c; read it beside this file.
 *
 * Rules that hold everywhere in this file
 *  - Sizes. Every struct starts with struct_size, set by whoever made the struct to sizeof of the struct as it knew it.
 *    Fields are only ever appended; read a field only if struct_size covers it (ILK_HAS). Arrays are arrays of pointers,
 *    so that their elements can grow.
 *  - Ownership. Nobody frees the other side's memory. Every ilk_str is borrowed: what the host passes in is valid until
 *    the function returns; what the plugin passes in is copied before the function returns. A descriptor (ilk_plugin,
 *    ilk_tool, ilk_claim and all that they point to) must stay valid and unchanged for the life of the process.
 *  - Text is UTF-8, not NUL-terminated, and may be empty ({0, 0}). JSON is strict RFC 8259.
 *  - Threads. Each function carries a tag:
 *       [main]  once at a time, on any one thread       [pool]  a host thread with at least 1 MiB of stack
 *       [any]   any thread                              [conc]  possibly at the same time as itself
 *  - Unwinding. No exception, longjmp or Swift error may cross this boundary.
 *  - Forbidden to plugins: chdir, umask, setenv, setlocale, signal handlers, reading fd 0, writing fd 1 or 2, exit. They
 *    belong to the process, and siblings share it. State must not outlive a call unless the tool says ILK_TOOL_STATEFUL.
 *
 * A plugin may run inside the host or in a worker process of its own: the operator chooses, the plugin cannot tell.
 *
 * Where ideas come from: one entry and extensions by name, thread tags: CLAP. Append-only structs: SQLite's VFS. Static
 * positions of keys in arguments: the key specifications of Redis commands. */
#ifndef INTERLOCK_H
#define INTERLOCK_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#if defined(__clang__)
#define ILK_NULLABLE _Nullable
#define ILK_NONNULL _Nonnull
#else
#define ILK_NULLABLE
#define ILK_NONNULL
#endif

#define ILK_ABI_MAJOR 1u
#define ILK_ABI_MINOR 0u

/* True if the struct that P points to was made by somebody who knew FIELD. */
#define ILK_HAS(P, FIELD) \
  ((P)->struct_size >= (size_t)((const char *)&(P)->FIELD - (const char *)(P)) + sizeof((P)->FIELD))

/* ================================================================ 1  Words and statuses */

/* A borrowed slice of bytes. ptr may be NULL when len is 0. */
typedef struct {
  const char *ILK_NULLABLE ptr;
  size_t len;
} ilk_str;

/* One invocation of a tool. The host owns it and checks every use: once the call has ended, each function below answers
 * ILK_E_STALE, from whatever thread. It is a handle, never a pointer to follow. */
typedef struct ilk_call ilk_call;

/* An int32_t and not an enum, so that its width is part of the ABI. A negative value not listed means ILK_E_INTERNAL. */
typedef int32_t ilk_status;
#define ILK_OK 0
#define ILK_E_TOOL (-1)      /* the tool could not do it; the model reads the message and may try otherwise */
#define ILK_E_ARGS (-2)      /* the arguments make no sense (beyond what the schema can say); also for the model */
#define ILK_E_CANCELLED (-3) /* the call was cancelled or its time is up; return soon */
#define ILK_E_DENIED (-4)    /* outside the call's claims: the host ends the call as violated, whatever it returns */
#define ILK_E_INTERNAL (-5)  /* a fault of the plugin; the operator reads the message, the model learns only the fact */
#define ILK_E_STALE (-6)     /* the call has ended */
#define ILK_E_NOT_FOUND (-7) /* fs: there is no such file or directory */
#define ILK_E_EXISTS (-8)    /* fs: it exists already */
#define ILK_E_CHANGED (-9)   /* fs: the file is not the version that the write was conditional on */
#define ILK_E_KIND (-10)     /* fs: a directory where a file is needed, or the other way round, or neither */
#define ILK_E_LIMIT (-11)    /* a limit of the host (size, count); the message names it */
#define ILK_E_IO (-12)       /* the system refused: no space, no permission, a device error; the message has the reason */

/* Receives bytes that the host hands to the plugin. [same thread, inside the service call that was given it]
 * OWNERSHIP chunk is borrowed until it returns. Return ILK_OK for more; anything else stops the service with that. */
typedef ilk_status (*ilk_sink)(void *ILK_NULLABLE context, ilk_str chunk);

/* ================================================================ 2  The contract: data only, an upper bound
 *
 *                       | another's shared claim | another's exclusive claim
 *      shared claim     | side by side           | in the model's order
 *      exclusive claim  | in the model's order   | in the model's order            (when their scopes overlap)
 *
 * A tool without any claim is taken to need the whole workspace for itself: always right, never parallel.
 * Nothing of the plugin runs to compute claims. What a call touches beyond them is denied. */

/* ilk_claim.type */
#define ILK_CLAIM_KEY 1u   /* a resource: a path, or a named key */
#define ILK_CLAIM_NAME 2u  /* a unique name, made from a wish: "build", then "build-2" */
#define ILK_CLAIM_UNITS 3u /* units of a counted pool */

/* ilk_claim.mode; of a CLAIM_KEY only */
#define ILK_SHARED 1u
#define ILK_EXCLUSIVE 2u

/* ilk_claim.scope; of a CLAIM_KEY only */
#define ILK_EXACT 1u   /* one file, or one named key (which has no other scope) */
#define ILK_ENTRIES 2u /* which names a directory has, and of what type; not their contents or sizes */
#define ILK_SUBTREE 3u /* a file or directory and everything below it */

/* ilk_claim.flags: what an exclusive claim on a path may do to the directory entry. Without any, the call only overwrites
 * the content of what is already there. ENTRY and RELEASABLE go with shared claims too, RELEASABLE with named keys. */
#define ILK_CREATES_FILE 1u /* may make a regular file here, with missing parent directories, through fs write */
#define ILK_CREATES 2u      /* may make anything here, a link too */
#define ILK_REMOVES 4u      /* may remove this entry, or move it away */
#define ILK_ENTRY 8u        /* names the entry itself: a symbolic link at the end of the path is not followed */
#define ILK_RELEASABLE 16u  /* may be released before the call ends; served by host services only */
#define ILK_CREATES_DIRECTORY 32u /* may make a directory here, with its missing parents, and nothing else */
#define ILK_RECEIVES 64u    /* the other end of a move: what a REMOVES claim of the call takes away may come here */

/* A condition on an argument. A claim applies when all its conditions hold. */
#define ILK_WHEN_EQUALS 1u  /* the value at pointer equals value_json */
#define ILK_WHEN_IN 2u      /* the value at pointer is an element of the array value_json */
#define ILK_WHEN_PRESENT 3u /* pointer finds something */
#define ILK_WHEN_ABSENT 4u  /* pointer finds nothing */
typedef struct {
  uint32_t struct_size, op;
  ilk_str pointer, value_json; /* value_json is empty for PRESENT and ABSENT */
} ilk_when;

typedef struct {
  uint32_t struct_size, type, mode, scope, flags;
  uint32_t units;     /* CLAIM_UNITS: how many, if pointer is empty; else the number at pointer */
  uint32_t capacity;  /* CLAIM_UNITS: the pool's size unless the operator sets another; 0 = the operator must */
  ilk_str kind;       /* CLAIM_KEY: "path", or a kind of your own such as "repo"; NAME: "process"; UNITS: the pool */
  ilk_str key;        /* a literal: a path relative to the workspace, or a key; empty = taken from the arguments */
  ilk_str pointer;    /* JSON Pointer into the arguments; the segment [] means each element: /edits/[]/path */
  ilk_str if_missing; /* the literal to use when pointer finds nothing; empty = everything of the kind */
  const ilk_when *ILK_NONNULL const *ILK_NULLABLE when;
  uint32_t n_when;
} ilk_claim;

/* ================================================================ 3  What the host offers to a running call
 *
 * get_ext and log are [any][conc] from init() on, all others from the moment execute() is entered until it returns. The host
 * copies what it is given. A claim_index is a claim's place in its tool's claims, from 0.
 * Statuses below zero mean that nothing was done; last_error tells why in words. */

/* log levels */
#define ILK_LOG_DEBUG 1
#define ILK_LOG_INFO 2
#define ILK_LOG_WARNING 3
#define ILK_LOG_ERROR 4

typedef struct ilk_host {
  uint32_t struct_size, abi_minor;
  void *ILK_NULLABLE context; /* the host's own */

  /* An optional service by name, such as ILK_EXT_FS; NULL where the host has none, and a plugin must live with that.
   * OWNERSHIP the host's, for the life of the process. */
  const void *ILK_NULLABLE (*ILK_NONNULL get_ext)(const struct ilk_host *ILK_NONNULL, const char *ILK_NONNULL id);

  /* A line for the operator. Never shown to the model. */
  void (*ILK_NONNULL log)(const struct ilk_host *ILK_NONNULL, int32_t level, ilk_str message);

  /* Adds a piece of content to the result, in order. mime empty means text/plain, and then bytes must be UTF-8. */
  ilk_status (*ILK_NONNULL emit)(ilk_call *ILK_NONNULL, ilk_str mime, ilk_str bytes);

  /* Sets the structured result, once: JSON that fits the tool's output_schema. */
  ilk_status (*ILK_NONNULL result)(ilk_call *ILK_NONNULL, ilk_str json);

  /* How far it is; total 0 = unknown. */
  ilk_status (*ILK_NONNULL progress)(ilk_call *ILK_NONNULL, double done, double total, ilk_str message);

  /* Says why the call will fail; the first call of it wins. execute() then returns the same status.
   * details_json may be empty. */
  ilk_status (*ILK_NONNULL fail)(ilk_call *ILK_NONNULL, ilk_status, ilk_str message, ilk_str details_json);

  /* Nonzero once the call should stop: somebody cancelled it, or its time is up. Cheap: ask often. */
  int32_t (*ILK_NONNULL cancelled)(ilk_call *ILK_NONNULL);

  /* A descriptor that becomes readable when cancelled() becomes nonzero, for poll; -1 if there is none.
   * OWNERSHIP the host's: do not read or close it. */
  int32_t (*ILK_NONNULL cancel_fd)(ilk_call *ILK_NONNULL);

  /* When the call's time is up, in nanoseconds of CLOCK_MONOTONIC; 0 = no limit. */
  uint64_t (*ILK_NONNULL deadline_ns)(ilk_call *ILK_NONNULL);

  /* Gives a claim back before the call ends, once and for good. Only for claims flagged ILK_RELEASABLE. */
  ilk_status (*ILK_NONNULL release)(ilk_call *ILK_NONNULL, uint32_t claim_index);

  /* Why the last service of this call on this thread failed, into the sink (nothing, if none did). */
  ilk_status (*ILK_NONNULL last_error)(ilk_call *ILK_NONNULL, ilk_sink ILK_NONNULL, void *ILK_NULLABLE context);
} ilk_host;

/* ---- interlock.fs/1: files, through the host. Paths are relative to the workspace, or absolute inside a root. Every
 * operation is checked against the call's claims. */
#define ILK_EXT_FS "interlock.fs/1"

#define ILK_KIND_FILE 1u
#define ILK_KIND_DIRECTORY 2u
#define ILK_KIND_SYMLINK 3u
#define ILK_KIND_OTHER 4u

typedef struct {
  uint32_t struct_size, kind;
  uint64_t size;       /* bytes */
  uint64_t version[2]; /* changes whenever the file does; for write's if_version */
  int64_t modified_ns; /* since 1970 */
  uint32_t mode;       /* permission bits */
} ilk_stat;

/* fs write flags */
#define ILK_WRITE_NEW 1u     /* fail with ILK_E_EXISTS if the file exists */
#define ILK_WRITE_PRESENT 2u /* fail with ILK_E_NOT_FOUND if it does not */

typedef struct {
  uint32_t struct_size;
  /* A file's bytes from offset, at most max of them, in one or more chunks. stat may be NULL; it is of the same opened
   * file as the bytes. */
  ilk_status (*ILK_NONNULL read)(ilk_call *ILK_NONNULL, ilk_str path, uint64_t offset, uint64_t max,
                                 ilk_sink ILK_NONNULL, void *ILK_NULLABLE context, ilk_stat *ILK_NULLABLE stat);
  /* Replaces a file's whole content, atomically and durably: a reader sees the old bytes or the new, also after a crash.
   * Keeps mode, owner and extended attributes; makes missing parents (where the claim is flagged ILK_CREATES_FILE).
   * if_version: NULL, or two words from a stat: ILK_E_CHANGED if the file is no longer that version. */
  ilk_status (*ILK_NONNULL write)(ilk_call *ILK_NONNULL, ilk_str path, ilk_str bytes, uint32_t flags,
                                  const uint64_t *ILK_NULLABLE if_version);
  /* About the entry; a symbolic link is followed unless it is the whole point (follow = 0). */
  ilk_status (*ILK_NONNULL stat)(ilk_call *ILK_NONNULL, ilk_str path, int32_t follow, ilk_stat *ILK_NONNULL);
  /* The names in a directory, sorted by bytes; each chunk is one name and is preceded by its kind as one byte
   * ('f', 'd', 'l', 'o'). The host's own temporary files are not shown. */
  ilk_status (*ILK_NONNULL list)(ilk_call *ILK_NONNULL, ilk_str path, ilk_sink ILK_NONNULL, void *ILK_NULLABLE context);
  /* Removes a file, a link or a directory; a directory that is not empty only if recursive. */
  ilk_status (*ILK_NONNULL remove)(ilk_call *ILK_NONNULL, ilk_str path, int32_t recursive);
  /* Moves an entry; ILK_E_EXISTS if the destination exists, unless replace (a file by a file only). */
  ilk_status (*ILK_NONNULL rename)(ilk_call *ILK_NONNULL, ilk_str from, ilk_str to, int32_t replace);
  /* Makes a directory with its missing parents; ILK_E_EXISTS if something is there already. */
  ilk_status (*ILK_NONNULL mkdir)(ilk_call *ILK_NONNULL, ilk_str path);
} ilk_fs;

/* ---- interlock.workspace/1: where the workspace is, for code that opens files by itself and for programs that it runs. What
 * they may do there the call's claims say. */
#define ILK_EXT_WORKSPACE "interlock.workspace/1"
typedef struct {
  uint32_t struct_size;
  /* The directories that the deployment has: chunks alternate between a root's name and its absolute path, which has no links
   * in it. The first is the workspace. The working directory of the process is none of them. */
  ilk_status (*ILK_NONNULL roots)(ilk_call *ILK_NONNULL, ilk_sink ILK_NONNULL, void *ILK_NULLABLE context);
} ilk_workspace;

/* ---- interlock.reservation/1: what the host handed out for a CLAIM_NAME or CLAIM_UNITS. All is taken back when the call
 * ends, by any road, unless the call registered the thing that it made (enroll; "register" is a word of C): then it is held
 * as long as that thing. */
#define ILK_EXT_RESERVATION "interlock.reservation/1"
typedef struct {
  uint32_t struct_size;
  /* The unique name that claim number claim_index got. */
  ilk_status (*ILK_NONNULL name)(ilk_call *ILK_NONNULL, uint32_t claim_index, ilk_sink ILK_NONNULL,
                                 void *ILK_NULLABLE context);
  /* Keeps this call's reservations beyond its end, as the thing called kind/name, described by label (for refusals that
   * must say who holds what). ILK_E_EXISTS if it is registered already, by whomever; ILK_E_LIMIT if this plugin has 1000
   * registered things. kind, name and label may have 4096 bytes each. */
  ilk_status (*ILK_NONNULL enroll)(ilk_call *ILK_NONNULL, ilk_str kind, ilk_str name, ilk_str label);
  /* Ends a registered thing and gives its reservations back. ILK_E_NOT_FOUND if there is none that this plugin has
   * registered. */
  ilk_status (*ILK_NONNULL unenroll)(ilk_call *ILK_NONNULL, ilk_str kind, ilk_str name);
  /* The registered things of a kind, sorted by name: chunks alternate between name and label. */
  ilk_status (*ILK_NONNULL enrolled)(ilk_call *ILK_NONNULL, ilk_str kind, ilk_sink ILK_NONNULL,
                                     void *ILK_NULLABLE context);
} ilk_reservation;

/* ================================================================ 4  The tool and the plugin */

/* ilk_tool.flags. Effects and thread-safety are separate: READ_ONLY says nothing about REENTRANT. */
#define ILK_TOOL_READ_ONLY 1ull     /* changes nothing; an exclusive claim beside it is a load error */
#define ILK_TOOL_IDEMPOTENT 2ull    /* once more does no harm */
#define ILK_TOOL_DESTRUCTIVE 4ull   /* may destroy what was there */
#define ILK_TOOL_OPEN_WORLD 8ull    /* reaches beyond the workspace */
#define ILK_TOOL_REENTRANT 16ull    /* execute may run several times at once; else the host runs one at a time */
#define ILK_TOOL_STATEFUL 32ull     /* state outlives a call (a language server, a connection) */
#define ILK_TOOL_SPAWNS 64ull       /* runs programs */
#define ILK_TOOL_NETWORK 128ull     /* uses the network */
#define ILK_TOOL_SHARES 256ull      /* shares state with the plugin's other tools: not re-entrant as a group */

/* Functions are given the descriptor that they stand in, as the plugin made it, so that one function can serve many. */
typedef struct ilk_tool {
  uint32_t struct_size, n_claims;
  uint64_t flags;
  ilk_str name;          /* [a-zA-Z0-9_-]{1,64}, unique in the host */
  ilk_str title;         /* for people; may be empty */
  ilk_str description;   /* for the model */
  ilk_str input_schema;  /* JSON Schema 2020-12 (or draft 7, by "$schema"); the arguments are an object */
  ilk_str output_schema; /* of the structured result; may be empty */
  const ilk_claim *ILK_NONNULL const *ILK_NULLABLE claims;

  /* Runs one call. [pool], and [conc] if ILK_TOOL_REENTRANT. args_json fits input_schema. self is what init gave. */
  ilk_status (*ILK_NONNULL execute)(void *ILK_NULLABLE self, const struct ilk_tool *ILK_NONNULL, ilk_call *ILK_NONNULL,
                                    ilk_str args_json);

  /* A hint that the call should stop, beside cancelled(). [any] It must not block. May be NULL. */
  void (*ILK_NULLABLE cancel)(void *ILK_NULLABLE self, const struct ilk_tool *ILK_NONNULL, ilk_call *ILK_NONNULL);
} ilk_tool;

typedef struct ilk_plugin {
  uint32_t struct_size;
  uint32_t abi_minor;      /* the ILK_ABI_MINOR that the plugin was compiled with */
  uint32_t min_host_minor; /* the oldest host minor that it can live with */
  uint32_t n_tools;
  ilk_str id;      /* reverse DNS: "org.example.files" */
  ilk_str version; /* semantic version */
  const ilk_tool *ILK_NONNULL const *ILK_NULLABLE tools;

  /* [main] Before any execute. host stays valid for the life of the process. config_json is the operator's, "{}" if none.
   * Sets *self. May not start threads. On failure writes a NUL-terminated reason into err and returns a status below 0;
   * nothing else of the plugin is called then. May be NULL. */
  ilk_status (*ILK_NULLABLE init)(const struct ilk_plugin *ILK_NONNULL, const ilk_host *ILK_NONNULL host,
                                  ilk_str config_json, void *ILK_NULLABLE *ILK_NONNULL self, char *ILK_NONNULL err,
                                  size_t err_capacity);

  /* [main] No call runs any more and none will until the next init. May be NULL. */
  void (*ILK_NULLABLE quiesce)(void *ILK_NULLABLE self);

  /* Optional features of the plugin by name; none are defined yet. May be NULL. */
  const void *ILK_NULLABLE (*ILK_NULLABLE get_ext)(const char *ILK_NONNULL id);
} ilk_plugin;

/* ================================================================ 5  The entry: the one exported function
 *
 * The major version is in the name: a host of another major does not find it, and says so. [main] It must not start threads,
 * block or do I/O, and gives the same answer each time; it may build the descriptor the first time. It may return NULL if
 * it cannot live with a host of host_minor.
 * OWNERSHIP the plugin's, for the life of the process. The library is never unloaded. */
#define ILK_ENTRY_SYMBOL "ilk_plugin_v1"
#if !defined(ILK_NO_ENTRY)
__attribute__((visibility("default"))) const ilk_plugin *ILK_NULLABLE ilk_plugin_v1(uint32_t host_minor);
#endif

#ifdef __cplusplus
}
#endif
#endif
