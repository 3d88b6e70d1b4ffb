/* private_directories.h - what a call may fill as it likes, gone when it ends.
 *
 * They lie in scratch, a directory of the host's for one worker. Who makes, mounts, empties and removes them does it below a
 * descriptor of scratch, and follows no link: a path to it may lead through directories that some call may change.
 *
 * Results: 0, or -1 with errno, where nothing else is said. */
#ifndef SANDBOX_PRIVATE_DIRECTORIES_H
#define SANDBOX_PRIVATE_DIRECTORIES_H

#include <stddef.h>
#include <stdint.h>

typedef struct {
  int descriptor;             /* the empty directory; from sandbox_mount on, the one that the worker sees. OWNERSHIP the caller's */
  const char *_Nonnull path;  /* of it, absolute */
  uint64_t bytes;             /* its limit, where it is in memory, 0 = none of ours; a file for each KiB, but at most 65,536 */
  uint32_t places;            /* how many calls at once are to have a /tmp of their own, where that can be */
} sandbox_scratch;

/* The longest name, with its NUL. */
#define SANDBOX_PRIVATE_NAME 40

/* A fresh directory in scratch, mode 0700. Writes its name, which nobody can guess. */
int sandbox_private_make(const sandbox_scratch *_Nonnull scratch, char name[_Nonnull SANDBOX_PRIVATE_NAME]);

/* With SANDBOX_HELD_TMP some directories are in scratch from the beginning, which can be mounted on /tmp: a rule of Landlock is
 * found on the way up from a file, and that way leads from /tmp to "/", never back to scratch, so each of them has a rule of
 * its own in the base layer, which nobody can add to later. Writes the name of one, from 0. */
void sandbox_private_place(unsigned place, char name[_Nonnull SANDBOX_PRIVATE_NAME]);

/* Mounts a place on /tmp for a process that has a mount namespace of its own. Nothing else must be mounted below: the way
 * up from there would lead through that directory, and Landlock would let the call change it.
 * For one thread in no layer; `own` is its mount namespace (/proc/self/ns/mnt), to which it returns.
 * Returns 1, or 0 if the process sees /tmp as before, or -1 if the caller could not return and must exit. */
int sandbox_private_give(const sandbox_scratch *_Nonnull scratch, unsigned place, int32_t process, int own);

/* Makes a directory as it was, but for an older time. "." is the parent itself. ETIMEDOUT if it takes longer: somebody may fill
 * it faster than it can be emptied. What was removed by then is gone. */
int sandbox_private_empty(int parent, const char *_Nonnull name, unsigned milliseconds);
/* Removes it with everything below; one that is not there is no error. */
int sandbox_private_remove(int parent, const char *_Nonnull name, unsigned milliseconds);

/* Takes scratch out of the memory, if it is there, or empties it; and removes the directory, if it is where it was. */
void sandbox_private_end(const sandbox_scratch *_Nonnull scratch, uint32_t held, unsigned milliseconds);

#endif
