/* worker_protocol.h - what a host and its workers say to each other, version 1.
 *
 * Both ends are one binary on one machine, so numbers are in its byte order and unaligned; the version is there so that a
 * mistake is found. The host believes nothing that a worker says: a frame that is not exactly as written here ends the
 * call, or the worker. A worker believes its host.
 *
 * Streams carry frames: a head, then size bytes of body, which is the fields of the table one after another.
 *     bytes   u64 length, then as many bytes
 *     lent    a slice that a plugin passed: u8 state, u64 length, then the bytes if the state is IW_LENT_WHOLE
 * Descriptors travel only where the tables say so; anything else that comes is closed.
 *
 * There are three sockets:
 *     control   SEQPACKET, host <-> guardian: one iw_news per packet, one iw_keepsake the other way. Its end is the
 *               worker's end.
 *     channel   STREAM, host <-> zygote: a worker's start and its orders.
 *     call      STREAM, host <-> one call. The worker asks, the host answers, strictly in turn; the process's threads take
 *               turns. Beside it one on which nothing is said: its end means that the call should stop. */
#ifndef WORKER_PROTOCOL_H
#define WORKER_PROTOCOL_H

#include <stdint.h>

#define IW_VERSION 1u

/* How a worker is started: by this name, with these descriptors, and 0, 1 and 2 somewhere harmless. */
#define IW_NAME "interlock-worker"
#define IW_CONTROL_DESCRIPTOR 3
#define IW_CHANNEL_DESCRIPTOR 4

/* ---- bounds */
#define IW_SLICE_MAX (256u << 20) /* one slice: what a service can carry; in-process it is the same */
#define IW_FRAME_MAX (257u << 20) /* a frame of a call: a slice, and what goes with it */
#define IW_DESCRIPTION_MAX (64u << 20)
#define IW_TEXT_MAX (1u << 20) /* any other frame of a zygote */
#define IW_CHILDREN_MAX 4096u  /* calls of one worker, ready ones too */

typedef struct {
  uint32_t size; /* of the body */
  uint16_t kind, zero;
} iw_head;

/* ---- control */
enum {
  IW_NEWS_HELLO = 1, /* the first: pid is the guardian's in the host's namespace (0: the process that was spawned) */
  IW_NEWS_ZYGOTE,    /* with a pidfd: the zygote was born */
  IW_NEWS_BORN,      /* with a pidfd: the process for this ticket was born, and waits for its call */
  IW_NEWS_ENDED,     /* it is reaped; detail is what wait says, or -1 if nobody knows */
  IW_NEWS_OVER,      /* the zygote is reaped; detail as above. The guardian ends */
};
#define IW_DIRECTORY_SIZE 40

typedef struct {
  uint32_t kind;
  int32_t pid, detail;
  uint32_t zero;
  uint64_t ticket;
  char directory[IW_DIRECTORY_SIZE]; /* IW_NEWS_BORN: the name, in scratch, of its private directory; empty: it is /tmp */
} iw_news;

/* What a call has locked between hosts it has locked on an opening of the lock file, and the kernel frees that when nobody has
 * it any more. The guardian has it too: so nobody else gets in before the call's processes are gone, also when the host is
 * gone before them. No process of a plugin has it, for it could unlock it. */
enum {
  IW_KEEP = 1, /* with a descriptor: until the process for this ticket is reaped */
  IW_KEEP_ON,  /* with a descriptor: until it is let go */
  IW_LET_GO,
};
typedef struct {
  uint32_t kind, zero;
  uint64_t ticket;
} iw_keepsake;

/* ---- channel, host to zygote */
enum {
  /* u32 version, u32 host minor, u32 grants (of sandbox.h), u8 whether in namespaces, u64 limits[IW_LIMITS] (0 = none), bytes plugin's
   * path, bytes scratch directory's, u64 its limit, u32 for how many calls at once a /tmp of their own, u32 number of directories
   * in which programs may lie, each bytes path; with scratch itself. Read before there is a guardian or a zygote. */
  IW_START = 1,
  /* bytes configuration, u8 whether calls run in threads of the zygote. Answer: IW_STARTED */
  IW_INITIALIZE,
  /* u64 ticket, u8 whether in a PID namespace of its own; with the call's socket, and the one that cancels it. Answer:
   * IW_NEWS_BORN, but none if calls run in threads */
  IW_PREPARE,
  /* Nothing runs any more. The zygote lets the plugin go and ends. */
  IW_QUIESCE,
};
enum { IW_LIMIT_MEMORY, IW_LIMIT_FILES, IW_LIMIT_FILE_SIZE, IW_LIMIT_CPU, IW_LIMIT_PROCESSES, IW_LIMITS };
#define IW_PATHS_MAX 4096u

/* ---- channel, zygote to host */
enum {
  /* The first, said before any code of the plugin has run: u32 what holds, i32 errno, bytes why it cannot be
   * confined (then nothing else comes); with the listener of notices, if there is one. Said again, it is a fault. */
  IW_CONFINED = 1,
  IW_REFUSED,     /* u32 IW_REFUSED_*, bytes why: the plugin cannot be opened */
  IW_DESCRIBED,   /* the plugin's descriptor: see below */
  IW_STARTED,     /* i32 status of its init, bytes why */
  IW_LOGGED,      /* i32 level, lent message: the plugin's words outside of any call */
};
enum {
  IW_REFUSED_LIBRARY = 1, /* dlopen */
  IW_REFUSED_ENTRY,       /* dlsym */
  IW_REFUSED_HOST,        /* the entry answered NULL */
  IW_REFUSED_THREADS,     /* it started threads, which no fork would take along */
  IW_REFUSED_SIZE,        /* more than IW_DESCRIPTION_MAX */
};
/* IW_STARTED's status when init did well, and then more threads were there than before. */
#define IW_STARTED_THREADS (-1000)

/* A descriptor, as it lies in the plugin's memory; judged by the host alone.
 *     plugin  u32 misalignment, u32 struct_size; if that covers version 1: u32 abi_minor, u32 min_host_minor, u32 n_tools,
 *             lent id, lent version, u8 whether the array is there, and the tools
 *     tool    u8 whether it is there; u32 misalignment, u32 struct_size; if that covers version 1: u32 n_claims, u64 flags,
 *             lent name, title, description, input_schema, output_schema, u8 whether execute, u8 whether cancel is there,
 *             u8 whether the array is there, and the claims
 *     claim   u8 whether it is there; u32 misalignment, u32 struct_size; …: u32 type, mode, scope, flags, units, capacity,
 *             lent kind, key, pointer, if_missing, u32 n_when, u8 whether the array is there, and the conditions
 *     when    u8 whether it is there; u32 misalignment, u32 struct_size; …: u32 op, lent pointer, lent value_json
 * Of an array that says it is longer than is possible nothing follows, and of a slice that is longer than
 * IW_DESCRIBED_SLICE no bytes: no validator would take them. */
#define IW_DESCRIBED_TOOLS 1024u
#define IW_DESCRIBED_CLAIMS 64u
#define IW_DESCRIBED_CONDITIONS 16u
#define IW_DESCRIBED_SLICE (1u << 20)

/* ---- call, host to worker */
enum {
  /* u32 the tool's place in the plugin, u64 deadline in nanoseconds of the monotonic clock (0 = none), bytes its private
   * directory, u32 grants, bytes arguments */
  IW_CALL = 1,
  /* i32 status; iw_stat; u32 number of chunks, each u32 length and bytes. A failure's one chunk is its words. */
  IW_ANSWER,
};
typedef struct {
  uint32_t kind, mode;
  uint64_t size, version[2];
  int64_t modified_ns;
} iw_stat;

/* ---- call, worker to host: each is answered, but IW_SAID and the last */
enum {
  IW_EMIT = 1,  /* lent mime, lent bytes */
  IW_RESULT,    /* lent json */
  IW_PROGRESS,  /* f64 done, f64 total, lent message */
  IW_FAIL,      /* i32 status, lent message, lent details */
  IW_RELEASE,   /* u32 claim */
  IW_READ,      /* lent path, u64 offset, u64 max, u8 whether there is a sink, u32 struct_size of the stat */
  IW_WRITE,     /* lent path, lent bytes, u32 flags, u8 whether there is a version, u64 version[2] */
  IW_STAT,      /* lent path, u8 follow, u32 struct_size of the stat */
  IW_LIST,      /* lent path, u8 whether there is a sink */
  IW_REMOVE,    /* lent path, u8 recursive */
  IW_RENAME,    /* lent from, lent to, u8 replace */
  IW_MKDIR,     /* lent path */
  IW_ROOTS,     /* u8 whether there is a sink */
  IW_NAME_OF,   /* u32 claim, u8 whether there is a sink */
  IW_ENROLL,    /* lent kind, lent name, lent label */
  IW_UNENROLL,  /* lent kind, lent name */
  IW_ENROLLED,  /* lent kind, u8 whether there is a sink */
  IW_SAID,      /* u8 whether by the thread that runs the call, i32 level, lent message */
  IW_RETURNED,  /* i32 status: the last frame */
  IW_UNCONFINED, /* bytes why: none of the tool's code ran. The last frame, too */
};
#define IW_NO_STAT 0xFFFFFFFFu /* in place of a struct_size: the pointer is NULL */

enum {
  IW_LENT_WHOLE,
  IW_LENT_NULL, /* NULL, with a length */
  IW_LENT_LONG, /* longer than can be carried */
};

/* A contained call's PID 1 ends with the call's exit status, or this plus the signal that ended it. */
#define IW_EXIT_SIGNALLED 128
#define IW_EXIT_LARGEST (IW_EXIT_SIGNALLED - 1) /* of the statuses that it can tell */

#endif
