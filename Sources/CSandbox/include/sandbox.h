/* sandbox.h - what the Linux kernel refuses to a worker, and what it tells the host about it.
 *
 * A plugin is native code by somebody else. It runs in a worker, and can do only what its call's claims allow. Nothing here
 * trusts the plugin's good will. The rule that all else follows from:
 *
 *   The kernel permits only what needs no claim. What needs one is done by the host in the process's place, when the call
 *   that the process belongs to has that claim now.
 *
 *   host ------------ decides, opens, makes, removes <------- notices <----------------.
 *    | posix_spawn                   |                                                  | "thread 4242 wants to write x"
 *    v                               '------ an open descriptor, or an errno ------.    |
 *   worker   sandbox_unshare     namespaces, where the kernel gives them           |    |
 *            sandbox_mount       what is seen in other ways than outside           |    |
 *            sandbox_enter_base  limits; Landlock: nothing that anybody claims;    |    |
 *                                seccomp ------------------------------------------+----'
 *            dlopen, init        constructors are confined already                 |
 *    | fork, once a call                                                           |
 *    v                                                                             |
 *   call     sandbox_enter_call  Landlock: its own private directory, its grants   |
 *            execute  <------------------------------------------------------------'
 *
 * Who refuses what:
 *   Landlock   opening files and directories, and changing what directories have, but for the runtime's files, the plugin's
 *              own and a private directory; TCP; abstract sockets and signals to processes outside (where it can)
 *   seccomp    what Landlock does not see: modes, owners, times and attributes of files; programs, processes, sockets;
 *              whatever touches other processes or the system. The list is of what is ALLOWED; a system call that the
 *              list does not know is answered with ENOSYS.
 *   notices    a system call that opens or changes something stops, and the host is told which and with what path. There
 *              are three answers: a refusal; "done", when the host has done it itself, on the very directory that it looked
 *              at, never by the path again; and "go on". A path can change between the look and the act. So "go on" must be
 *              harmless whatever the path has become: it is, because Landlock then permits only what needs no claim.
 *   limits     memory, open files, size of files, processes
 *   namespaces defence in depth. Without them the level is still "kernel" for tools that run no programs.
 *
 * So it does not matter which of a plugin's processes plays whose part: a process that belongs to no call has no claims, and
 * what the base layer lets it do, it may. The layer of a call narrows that further.
 *
 * Where it ends: stat, access, readlink and chdir are not mediated, so names, sizes and times outside the claims can be
 * learned, contents not. With the grant for programs Landlock must let files be read that may be run, so that there a
 * plugin that wins a race can read what it did not claim; write it cannot. See docs/isolation.md.
 *
 * Threads: the sandbox_enter functions and sandbox_unshare want a process with one thread. The notice functions may be
 * called from any thread; one listener is served by one thread at a time. The only state is the list of the runtime's
 * files, which sandbox_enter_base opens and sandbox_enter_call uses and closes.
 *
 * Results, where nothing else is said: 0, or -1 after which report->error and report->words say what failed; a process whose
 * layer failed must exit. Needs Linux 5.14 (Landlock; descriptors that are given with an answer) and x86-64 or aarch64. */
#ifndef SANDBOX_H
#define SANDBOX_H

#include <stddef.h>
#include <stdint.h>

#include "private_directories.h"

/* ================================================================ 1  Paths: what may be opened
 *
 * A path is a descriptor (O_PATH is enough), not a name: what was checked is what is allowed. Landlock binds a rule to
 * the file or directory, not to its name, and a rule on a directory reaches everything below: "the names in d but not
 * those in d/e" cannot be said to the kernel. Rules only add; what must stay out must not lie below a directory that is
 * given. */
#define SANDBOX_READ 1u       /* the bytes of a file; of a directory: of every file below it */
#define SANDBOX_LIST 2u       /* the names in a directory, and in every directory below it */
#define SANDBOX_OVERWRITE 4u  /* the bytes of a file that exists, in place: write and truncate */
#define SANDBOX_CHANGE 8u     /* make, remove and move files, directories, links, FIFOs and sockets below a directory */
#define SANDBOX_EXECUTE 16u   /* run it as a program: the kernel wants SANDBOX_READ too */

#define SANDBOX_READ_BELOW (SANDBOX_READ | SANDBOX_LIST)
#define SANDBOX_WRITE_BELOW (SANDBOX_READ_BELOW | SANDBOX_OVERWRITE | SANDBOX_CHANGE)

typedef struct {
  int32_t descriptor;
  uint32_t access; /* SANDBOX_READ ... */
} sandbox_path;

/* ================================================================ 2  What held
 *
 * Each function adds the bits of what it put in force to report->held. Nothing is in force that has no bit. */
#define SANDBOX_HELD_USER (1u << 0)      /* a user namespace of its own */
#define SANDBOX_HELD_MOUNT (1u << 1)     /* mount namespace: a scratch directory in memory */
#define SANDBOX_HELD_PID (1u << 2)       /* PID namespace for the processes forked from here on */
#define SANDBOX_HELD_IPC (1u << 3)       /* System V objects and message queues of its own */
#define SANDBOX_HELD_UTS (1u << 4)       /* host name of its own */
#define SANDBOX_HELD_NET (1u << 5)       /* no network device, not even the loopback of the host */
#define SANDBOX_HELD_TMP (1u << 6)       /* directories that can be a call's own /tmp */
#define SANDBOX_HELD_SCRATCH (1u << 7)   /* the scratch directory is in memory, limited, and gone with the worker */
#define SANDBOX_HELD_LIMITS (1u << 8)    /* resource limits */
#define SANDBOX_HELD_CAPABILITIES (1u << 9) /* no capability but root's own over files */
#define SANDBOX_HELD_NO_NEW_PRIVILEGES (1u << 10)
#define SANDBOX_HELD_FILES (1u << 11)    /* Landlock: files and directories */
#define SANDBOX_HELD_TRUNCATE (1u << 12) /* Landlock ABI 3: truncate (below it seccomp refuses truncate altogether) */
#define SANDBOX_HELD_TCP (1u << 13)      /* Landlock ABI 4 */
#define SANDBOX_HELD_DEVICES (1u << 14)  /* Landlock ABI 5: ioctl of devices */
#define SANDBOX_HELD_SIGNALS (1u << 15)  /* Landlock ABI 6: no signal, no abstract socket to the outside */
#define SANDBOX_HELD_SYSCALLS (1u << 16) /* seccomp */
#define SANDBOX_HELD_NOTICES (1u << 17)  /* the host is told of attempts */

#define SANDBOX_NAMESPACES                                                                                   \
  (SANDBOX_HELD_USER | SANDBOX_HELD_MOUNT | SANDBOX_HELD_PID | SANDBOX_HELD_IPC | SANDBOX_HELD_UTS | \
   SANDBOX_HELD_NET)

typedef struct {
  uint32_t held;        /* SANDBOX_HELD_* */
  uint32_t grants;      /* SANDBOX_GRANT_* that are in force */
  int32_t listener;     /* of notices, for the host; -1 = none. OWNERSHIP the caller's */
  int32_t error;        /* errno of what failed */
  char words[192];      /* what failed, for the operator; empty when nothing did */
} sandbox_report;

void sandbox_report_clear(sandbox_report *_Nonnull report);

/* ================================================================ 3  The base layer: what a plugin may do unasked */

/* What the operator granted. Nothing of it is on by itself. */
#define SANDBOX_GRANT_PROGRAMS 1u    /* fork and exec; needs a PID namespace */
#define SANDBOX_GRANT_NETWORK 2u     /* Internet sockets; Unix sockets are never opened */
#define SANDBOX_GRANT_BEST_EFFORT 4u /* programs even without: a process may then outlive its call */

/* 0 = leave as it is. Core dumps, message queues and real-time priorities are always off. */
typedef struct {
  uint64_t memory_bytes;        /* private memory (RLIMIT_DATA); the stack of a thread counts whole, mostly 8 MiB */
  uint64_t file_bytes;          /* the size of a file that it writes */
  uint64_t cpu_seconds;         /* SIGXCPU, and SIGKILL a second later */
  uint32_t descriptors;
  uint32_t processes;           /* of this user, threads count; the kernel ignores it for root */
} sandbox_limits;

typedef struct {
  uint32_t grants;            /* SANDBOX_GRANT_* */
  uint32_t namespaces;        /* SANDBOX_HELD_USER ... NET that are wanted; what the kernel refuses is left out */
  uint32_t path_count;
  /* What needs no claim: the plugin's own files. And, with the grant for programs, where they may lie: SANDBOX_READ and
   * SANDBOX_EXECUTE, for the calls too. */
  const sandbox_path *_Nullable paths;
  const sandbox_scratch *_Nullable scratch; /* as sandbox_mount left it; NULL: none */
  sandbox_limits limits;
} sandbox_base;

/* Takes the process into the namespaces that are wanted and to be had, as the same user. Then nothing is refused yet.
 * Needs: user namespaces for ordinary users, or CAP_SYS_ADMIN; without them it returns 0 and holds nothing.
 * With SANDBOX_HELD_PID the caller must fork: its first child is process 1, and sandbox_enter_base is that child's.
 * -1 only if the process is neither inside nor outside (its user could not be mapped). */
int sandbox_unshare(const sandbox_base *_Nonnull base, sandbox_report *_Nonnull report);

/* Shows /proc as it is in the PID namespace, and puts scratch into memory, where there is a mount namespace. Elsewhere, and
 * where the kernel refuses it, scratch is the directory that it was. For process 1 of the PID namespace, before anything of
 * the plugin runs. -1 if scratch->path does not lead to scratch any more. */
int sandbox_mount(sandbox_scratch *_Nullable scratch, sandbox_report *_Nonnull report);

/* Confines the process, and all that it starts, to what needs no claim. report is the one of sandbox_unshare.
 * Denies: every file and directory but `paths`, `scratch` and the runtime's own (libraries, time zones, a few files of
 *   /etc, /dev/null: see runtime.c); changing modes, owners, times, attributes; sockets; programs and processes without
 *   the grant; other processes' memory; mounts, namespaces, and every system call that is not on the list.
 * Handlers of signals that the program's own runtime has installed are forgotten.
 * Needs: Landlock (any ABI), seccomp. Fails closed without.
 * Gives: report->listener; -1 if somebody outside has one on us already (some containers). The caller hands it to the
 *   host and closes its own before any code of the plugin runs: whoever holds it decides. From here on the calls that are
 *   told of wait for the host, opening files and forking too. If nobody holds the listener any more they fail with ENOSYS.
 * One listener serves the worker and all its calls: the kernel allows no second one, so that no plugin can answer
 * itself. */
int sandbox_enter_base(const sandbox_base *_Nonnull base, sandbox_report *_Nonnull report);

/* ================================================================ 4  The call layer: what a call does without */
typedef struct {
  uint32_t grants; /* of the tool: a subset of the base's */
  const char *_Nullable private_directory; /* readable, writable, its HOME and TMPDIR */
} sandbox_call;

/* Narrows the base for the process of one call. base_report is what sandbox_enter_base said.
 * Denies: scratch but for the private directory; listing of /proc what is not its own, without the grant for programs; the
 *   plugin's files; grants of the base that this call lacks.
 * Drops the last capabilities that sandbox_enter_base left for making the call's PID namespace. */
int sandbox_enter_call(const sandbox_call *_Nonnull call, const sandbox_report *_Nonnull base_report,
                       sandbox_report *_Nonnull report);

/* Closes every descriptor from `first` on. */
int sandbox_close_from(int first);

/* ================================================================ 5  Notices: the host's side
 *
 * For each listener the host has a thread, or a place in a poll:
 *
 *     readable -> sandbox_notice_receive -> whose process is it? -> sandbox_notice_is_due -> decide -> answer
 *
 * A thread of the worker waits meanwhile. POLLHUP: no process of the worker is left. Every notice that was received gets
 * one answer, of the functions that say so. */

/* What was attempted. */
#define SANDBOX_OPERATION_READ 1u        /* opening for reading, listing */
#define SANDBOX_OPERATION_WRITE 2u       /* opening for writing, creating */
#define SANDBOX_OPERATION_REMOVE 3u
#define SANDBOX_OPERATION_RENAME 4u      /* path to other */
#define SANDBOX_OPERATION_LINK 5u        /* path gets the second name other */
#define SANDBOX_OPERATION_SYMLINK 6u     /* path comes to point to other */
#define SANDBOX_OPERATION_DIRECTORY 7u   /* making one */
#define SANDBOX_OPERATION_NODE 8u        /* making a FIFO, a socket, a device */
#define SANDBOX_OPERATION_MODE 9u
#define SANDBOX_OPERATION_OWNER 10u
#define SANDBOX_OPERATION_TIMES 11u
#define SANDBOX_OPERATION_ATTRIBUTE 12u  /* extended attributes, file flags */
#define SANDBOX_OPERATION_PROGRAM 13u    /* running one: path */
#define SANDBOX_OPERATION_PROCESS 14u    /* starting one */
#define SANDBOX_OPERATION_SOCKET 15u     /* path names the family */
#define SANDBOX_OPERATION_SIGNAL 16u     /* path names the process, as the worker numbers it */
#define SANDBOX_OPERATION_INTRUDE 17u    /* another process's memory, descriptors or limits; path names it */
#define SANDBOX_OPERATION_SYSTEM 18u     /* mounts, namespaces, kernel interfaces; path names the system call */

#define SANDBOX_OPERATION_TRUNCATE 19u   /* by name */

#define SANDBOX_PATH_CAPACITY 4096
#define SANDBOX_NO_BASE INT32_MIN

typedef struct {
  uint64_t id;        /* the kernel's */
  int32_t thread;     /* numbered as the host sees it; 0 if it is out of sight */
  uint32_t operation; /* SANDBOX_OPERATION_* */
  int32_t number;     /* of the system call */
  int32_t descriptor; /* of the thread, if it named one and no path (/dev/fd/1 is none); else -1 */
  int32_t base, other_base; /* where path and other begin: a descriptor, or AT_FDCWD; SANDBOX_NO_BASE = they are absolute */
  uint64_t arguments[6];
  uint32_t flags;     /* of opening, removing, renaming, linking: as the system call has them */
  uint32_t mode;      /* of what is to be made, as it was asked for */
  uint32_t follows;   /* whether a link at the end of path leads on */
  int32_t error;      /* by which it has to fail: ENAMETOOLONG where a path does not fit in here; else 0 */
  char path[SANDBOX_PATH_CAPACITY];  /* absolute where it could be found out; bytes, NUL-terminated; may be empty */
  char other[SANDBOX_PATH_CAPACITY];
} sandbox_notice;

/* The operation in a word: "write", "run a program". Never NULL. */
const char *_Nonnull sandbox_operation_name(uint32_t operation);

/* Once, when the host has received a listener: less latency where the kernel can (6.6). */
void sandbox_listener_prepare(int listener);

/* The next notice. 0, or -1 with errno: ENOENT if there is none now, or its thread is gone (no answer is due; go on),
 * ENOTCONN or another if the listener has come to its end. */
int sandbox_notice_receive(int listener, sandbox_notice *_Nonnull notice);

/* Whether the descriptor or working directory at which a relative path begins is still what its name leads to in the process's
 * view. One that was opened before something was mounted there keeps the name, and leads elsewhere. One without a name counts
 * if it is on the file system of the private directory. */
int sandbox_notice_begins_there(const sandbox_notice *_Nonnull notice, int is_other, const char *_Nonnull directory);

/* Whether the thread still waits for its answer: until then nobody else has its number. */
int sandbox_notice_is_due(int listener, const sandbox_notice *_Nonnull notice);
/* The mode of what is to be made, without what the process's umask takes away. */
uint32_t sandbox_notice_mode(const sandbox_notice *_Nonnull notice);

/* The bytes of the largest file that the process may make: its own limit. */
uint64_t sandbox_notice_largest_file(const sandbox_notice *_Nonnull notice);

/* ---- Answers: 0, or -1 if the thread is gone. */

/* The system call fails with that errno; 0 = it was done. */
int sandbox_notice_answer(int listener, const sandbox_notice *_Nonnull notice, int error);
/* The kernel does it, as far as Landlock permits. */
int sandbox_notice_go_on(int listener, const sandbox_notice *_Nonnull notice);
/* The system call was opening something: it gets a copy of this descriptor, close-on-exec if it asked for that. If it asked
 * for an empty file, the file is emptied as soon as it has it. */
int sandbox_notice_give(int listener, const sandbox_notice *_Nonnull notice, int descriptor);

/* Whether Landlock is asked about it, with what holds of the process: else nothing of it may go on. */
int sandbox_notice_is_mediated(const sandbox_notice *_Nonnull notice, uint32_t held);

/* ---- What is no business of files: processes, programs, sockets, signals */
typedef struct {
  uint32_t grants;   /* of the call; of the worker itself none */
  uint32_t held;     /* of the base layer's report */
  uint32_t is_call;  /* nonzero: the process belongs to a running call */
  uint32_t may_fork; /* nonzero: it is expected to make a process for a call */
} sandbox_permission;

/* Whether it may go on. A process that may only fork may not share memory or descriptors with what it makes. */
int sandbox_notice_is_permitted(const sandbox_notice *_Nonnull notice, const sandbox_permission *_Nonnull permission);
/* Whether it would start a process. */
int sandbox_notice_starts(const sandbox_notice *_Nonnull notice);
/* Whether it would make a file that lends its owner's identity: nobody may. */
int sandbox_notice_lends_identity(const sandbox_notice *_Nonnull notice);

/* ---- Files that lie in none of the host's roots */
#define SANDBOX_PLACE_OWN 1u       /* in the private directory; a device that swallows everything; no file at all */
#define SANDBOX_PLACE_FAILS 2u     /* it fails by itself: removing what is not there */
#define SANDBOX_PLACE_ELSEWHERE 3u

typedef struct {
  uint32_t kind;  /* SANDBOX_PLACE_* */
  int32_t target; /* of the process's own, to be mended: O_PATH; else -1. OWNERSHIP the caller's */
  int32_t error;  /* by which it fails by itself, as far as can be seen from here: in /proc "self" is somebody else */
  char path[SANDBOX_PATH_CAPACITY]; /* elsewhere: where it leads, without any link, as the process sees it; may be empty */
} sandbox_place;

/* Where path, or other, leads in the process's own view of the file system. directory: its private one; NULL = none. */
void sandbox_notice_find(const sandbox_notice *_Nonnull notice, int is_other, const char *_Nullable directory,
                         sandbox_place *_Nonnull place);
/* What the descriptor of a notice is, O_PATH, and whether it is open for writing; -1 if there is none. OWNERSHIP the
 * caller's. */
int sandbox_notice_opened(const sandbox_notice *_Nonnull notice, int *_Nonnull writes);
/* Changes mode or times of `file`, in the place of the process: 0 or an errno for it. A set-user bit is never set; an owner
 * may stay as it is; attributes are said not to be supported. */
int sandbox_notice_mend(const sandbox_notice *_Nonnull notice, int file);
/* Whether an absolute path says itself that it is one of the runtime's files, which every layer lets be read. */
int sandbox_runtime_lists(const char *_Nonnull path);

/* Which of `processes` the thread belongs to, itself or by its ancestors: the index, or -1. (A program's program
 * belongs to its call.) */
int sandbox_thread_owner(int32_t thread, const int32_t *_Nonnull processes, size_t count);
/* The process of a thread, as the host numbers it; -1 if it is gone. */
int32_t sandbox_thread_process(int32_t thread);
/* Whether it is process 1 of a PID namespace. */
int sandbox_thread_is_first(int32_t thread);
/* Whether the thread's process still is the program that we are, and not one that it has run since: then what it attempts
 * is the plugin's own doing. */
int sandbox_thread_is_plugin(int32_t thread);

/* ================================================================ 6  Probes: each mechanism proved by an attempt
 *
 * For `interlock doctor`. A probe forks a child, confines it, makes it try what must fail, and first lets it do so
 * unconfined, to see that the attempt means something. Not while another thread loads libraries: the child is a fork. */
#define SANDBOX_PROBE_OK 0
#define SANDBOX_PROBE_MISSING 1 /* the kernel has it not, or does not let us */
#define SANDBOX_PROBE_BROKEN 2  /* it says that it has it, and the attempt succeeded all the same */

typedef struct {
  const char *_Nonnull name;   /* "Landlock: writing" */
  const char *_Nonnull needed; /* for whom: "every worker", "tools that run programs" */
  const char *_Nonnull help;   /* what to do where it is missing: a statement */
  int32_t is_required;         /* without it no untrusted plugin can run */
  int32_t result;              /* SANDBOX_PROBE_* */
  int32_t error;               /* errno */
  char words[192];             /* what was tried, and what came of it */
} sandbox_finding;

size_t sandbox_probe_count(void);
/* Runs probe number index; directory is an empty directory of its own to try things in, absolute. */
sandbox_finding sandbox_probe(size_t index, const char *_Nonnull directory);

#endif
