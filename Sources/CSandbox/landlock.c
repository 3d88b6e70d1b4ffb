/* Landlock: which files and directories a process may open and change.
 *
 * A ruleset handles every right that the kernel's version knows: what it handles is refused unless a rule allows it. So
 * a newer kernel refuses more, and an older one leaves what it cannot refuse to seccomp (rules.c). */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "kernel.h"
#include "layers.h"

#define SINCE_ABI_1 (LANDLOCK_MOVE_BETWEEN - 1)
#define FILE_RIGHTS \
  (LANDLOCK_EXECUTE | LANDLOCK_WRITE_FILE | LANDLOCK_READ_FILE | LANDLOCK_TRUNCATE | LANDLOCK_DEVICE_IOCTL)

/* The rights that came with each version, and what holds with them. */
static const struct version {
  int abi;
  struct landlock_rules adds;
  uint32_t held;
} versions[] = {
    {1, {.files = SINCE_ABI_1}, SANDBOX_HELD_FILES},
    {2, {.files = LANDLOCK_MOVE_BETWEEN}, 0},
    {3, {.files = LANDLOCK_TRUNCATE}, SANDBOX_HELD_TRUNCATE},
    {4, {.network = LANDLOCK_TCP}, SANDBOX_HELD_TCP},
    {5, {.files = LANDLOCK_DEVICE_IOCTL}, SANDBOX_HELD_DEVICES},
    {6, {.scopes = LANDLOCK_SCOPES}, SANDBOX_HELD_SIGNALS},
};

/* Our words for access in the kernel's. */
static const struct meaning {
  uint32_t access;
  uint64_t rights;
} meanings[] = {
    {SANDBOX_READ, LANDLOCK_READ_FILE},
    {SANDBOX_LIST, LANDLOCK_READ_DIRECTORY},
    {SANDBOX_OVERWRITE, LANDLOCK_WRITE_FILE | LANDLOCK_TRUNCATE},
    {SANDBOX_CHANGE, LANDLOCK_MAKE_FILE | LANDLOCK_MAKE_DIRECTORY | LANDLOCK_MAKE_SYMLINK | LANDLOCK_MAKE_FIFO |
                         LANDLOCK_MAKE_SOCKET | LANDLOCK_REMOVE_FILE | LANDLOCK_REMOVE_DIRECTORY |
                         LANDLOCK_MOVE_BETWEEN},
    {SANDBOX_EXECUTE, LANDLOCK_EXECUTE},
    {ACCESS_DEVICE, LANDLOCK_DEVICE_IOCTL},
};

int sandbox_landlock_version(void) {
  const long version = syscall(SYS_landlock_create_ruleset, NULL, 0, LANDLOCK_TELL_VERSION);
  return version < 0 ? 0 : (int)version;
}

static uint64_t rights_of(uint32_t access) {
  uint64_t rights = 0;
  for (size_t i = 0; i < COUNT(meanings); i++)
    if (access & meanings[i].access) rights |= meanings[i].rights;
  return rights;
}

struct ruleset {
  int descriptor;
  uint64_t handled;
};

static int allow(const struct ruleset *rules, int descriptor, uint32_t access) {
  struct stat status;
  if (fstat(descriptor, &status) != 0) return -1;
  uint64_t rights = rights_of(access) & rules->handled;
  if (!S_ISDIR(status.st_mode)) rights &= FILE_RIGHTS;
  if (rights == 0) return 0;
  const struct landlock_path_rule rule = {rights, descriptor};
  return (int)syscall(SYS_landlock_add_rule, rules->descriptor, LANDLOCK_PATH, &rule, 0);
}

static int allow_name(const struct ruleset *rules, int parent, const char *name, uint32_t access) {
  const int descriptor = openat(parent, name, O_PATH | O_NOFOLLOW | O_CLOEXEC);
  const int result = descriptor < 0 ? -1 : allow(rules, descriptor, access);
  const int error = errno;
  if (descriptor >= 0) close(descriptor);
  errno = error;
  return result;
}

static int allow_runtime(void *rules, int descriptor, uint32_t access) { return allow(rules, descriptor, access); }

static int add_rules(const struct ruleset *rules, const struct landlock_wish *wish, sandbox_report *report) {
  if (sandbox_runtime_open(wish->grants) != 0 ||
      sandbox_runtime_each(wish->grants, wish->is_call, allow_runtime, (void *)rules) != 0)
    return sandbox_failed(report, "Landlock: a rule for the runtime's files");
  /* A call's own directory in /proc does not exist before the call. */
  if (wish->is_call && allow_name(rules, AT_FDCWD, "/proc/self/.", SANDBOX_READ_BELOW) != 0)
    return sandbox_failed(report, "Landlock: a rule for /proc/self");
  for (uint32_t i = 0; i < wish->path_count; i++)
    if (allow(rules, wish->paths[i].descriptor, wish->paths[i].access) != 0) {
      char words[64];
      snprintf(words, sizeof words, "Landlock: a rule for path %u", i);
      return sandbox_failed(report, words);
    }
  const uint32_t own = SANDBOX_WRITE_BELOW | (wish->grants & SANDBOX_GRANT_PROGRAMS ? SANDBOX_EXECUTE : 0);
  if (wish->directory != NULL && allow(rules, *wish->directory, own) != 0)
    return sandbox_failed(report, "Landlock: a rule for the private directory");
  for (unsigned i = 0; i < wish->places; i++) {
    char name[SANDBOX_PRIVATE_NAME];
    sandbox_private_place(i, name);
    if (allow_name(rules, *wish->directory, name, own) != 0)
      return sandbox_failed(report, "Landlock: a rule for a place in scratch");
  }
  if (syscall(SYS_landlock_restrict_self, rules->descriptor, 0) != 0)
    return sandbox_failed(report, "Landlock: restricting the process");
  return 0;
}

int sandbox_restrict_files(const struct landlock_wish *wish, sandbox_report *report) {
  const int abi = sandbox_landlock_version();
  struct landlock_rules handled = {0, 0, 0};
  uint32_t held = 0;
  for (size_t i = 0; i < COUNT(versions) && versions[i].abi <= abi; i++) {
    handled.files |= versions[i].adds.files;
    handled.network |= versions[i].adds.network;
    handled.scopes |= versions[i].adds.scopes;
    held |= versions[i].held;
  }
  if (held == 0) {
    errno = ENOSYS;
    return sandbox_failed(report, "Landlock: the kernel has none, or it is off (lsm= on the kernel's command line)");
  }
  if (wish->grants & SANDBOX_GRANT_NETWORK) handled.network = 0, held &= ~SANDBOX_HELD_TCP;

  /* Older kernels take a shorter struct: the fields that they do not know are left out. */
  const size_t size = abi >= 6 ? sizeof handled : abi >= 4 ? 16 : 8;
  struct ruleset rules = {.handled = handled.files};
  rules.descriptor = (int)syscall(SYS_landlock_create_ruleset, &handled, size, 0);
  if (rules.descriptor < 0) return sandbox_failed(report, "Landlock: making a ruleset");
  const int result = add_rules(&rules, wish, report);
  close(rules.descriptor);
  if (result == 0) report->held |= held;
  return result;
}
