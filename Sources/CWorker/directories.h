/* The private directories of calls. No plugin's code makes or removes them, so that none is left, and none is another's. For the
 * guardian's one thread. */
#ifndef IW_DIRECTORIES_H
#define IW_DIRECTORIES_H

#include <sys/types.h>

#include "worker.h"

typedef struct {
  int place;                    /* the call has it as /tmp: see sandbox_private_place; -1 = it has not */
  char name[IW_DIRECTORY_SIZE]; /* in scratch; empty if it is /tmp */
} iw_directory;

/* held: of sandbox_mount. scratch lives as long as the process. */
void iw_directories_begin(const sandbox_scratch *scratch, uint32_t held);
/* In a process that is not the guardian: forgets the way to the guardian's own mounts. */
void iw_directories_forget(void);

/* One for a process that was just made. */
enum iw_gift {
  IW_GIVEN,
  IW_NOT_GIVEN, /* there is no room: the plugin's calls have filled scratch */
  IW_LOST,      /* the guardian is not where it was, and must end */
};
enum iw_gift iw_directory_give(pid_t process, iw_directory *directory);
/* When nobody is left who could use it. One that holds much is removed in steps: */
void iw_directory_remove(const iw_directory *directory);
/* One step; false if there is nothing left to remove. */
bool iw_directories_tidy(void);
/* Removes them all, and scratch. */
void iw_directories_end(void);

#endif
