/* What any native code needs to read, whatever its contract: the libraries it is linked with, time zones, how names are
 * looked up, a few devices, and what /proc says of itself. Nothing here can be written, but for the devices that
 * swallow everything. Contents that matter to nobody's claims: no tool can change them, so reading them is never stale. */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <link.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "kernel.h"
#include "layers.h"

enum { ANY = 0, BASE_ONLY = 1u << 31, UNLESS_ROOT = 1u << 30 };

static const struct runtime_path {
  const char *path;
  uint32_t access;
  uint32_t when; /* a grant that it needs, or BASE_ONLY; ANY = always. With UNLESS_ROOT: the kernel's own modes keep the
                  * secrets of /etc from an ordinary user, and from root nothing would */
} runtime_paths[] = {
    {"/lib", SANDBOX_READ_BELOW, ANY},
    {"/lib64", SANDBOX_READ_BELOW, ANY},
    {"/usr/lib", SANDBOX_READ_BELOW, ANY},
    {"/usr/lib64", SANDBOX_READ_BELOW, ANY},
    {"/usr/local/lib", SANDBOX_READ_BELOW, ANY},
    {"/usr/share/zoneinfo", SANDBOX_READ_BELOW, ANY},
    {"/usr/share/locale", SANDBOX_READ_BELOW, ANY},
    {"/etc/ld.so.cache", SANDBOX_READ, ANY},
    {"/etc/localtime", SANDBOX_READ, ANY},
    {"/etc/timezone", SANDBOX_READ, ANY},
    {"/etc/locale.alias", SANDBOX_READ, ANY},
    {"/etc/nsswitch.conf", SANDBOX_READ, ANY},
    {"/etc/passwd", SANDBOX_READ, ANY},
    {"/etc/group", SANDBOX_READ, ANY},
    {"/dev/null", SANDBOX_READ | SANDBOX_OVERWRITE | ACCESS_DEVICE, ANY},
    {"/dev/zero", SANDBOX_READ | SANDBOX_OVERWRITE | ACCESS_DEVICE, ANY},
    {"/dev/full", SANDBOX_READ | SANDBOX_OVERWRITE | ACCESS_DEVICE, ANY},
    {"/dev/random", SANDBOX_READ | ACCESS_DEVICE, ANY},
    {"/dev/urandom", SANDBOX_READ | ACCESS_DEVICE, ANY},
    {"/sys/devices/system/cpu", SANDBOX_READ_BELOW, ANY},

    /* Dispatch reads /proc/THREAD/stat of its threads, and traps if it cannot. Threads are numbered when they start, so
     * no narrower rule can be made. The kernel keeps other processes' memory, descriptors and environment from a
     * confined process all the same; where there is no PID namespace their command lines can be read. A call cannot
     * list it, but for its own part (landlock.c); the base must allow listing, because that part does not exist yet. */
    {"/proc", SANDBOX_READ, ANY},
    {"/proc", SANDBOX_LIST, BASE_ONLY},
    {"/proc", SANDBOX_LIST, SANDBOX_GRANT_PROGRAMS},

    {"/usr", SANDBOX_READ_BELOW | SANDBOX_EXECUTE, SANDBOX_GRANT_PROGRAMS},
    {"/bin", SANDBOX_READ_BELOW | SANDBOX_EXECUTE, SANDBOX_GRANT_PROGRAMS},
    {"/sbin", SANDBOX_READ_BELOW | SANDBOX_EXECUTE, SANDBOX_GRANT_PROGRAMS},
    {"/lib", SANDBOX_EXECUTE, SANDBOX_GRANT_PROGRAMS},
    {"/lib64", SANDBOX_EXECUTE, SANDBOX_GRANT_PROGRAMS},
    {"/opt", SANDBOX_READ_BELOW | SANDBOX_EXECUTE, SANDBOX_GRANT_PROGRAMS},
    {"/etc", SANDBOX_READ_BELOW, SANDBOX_GRANT_PROGRAMS | UNLESS_ROOT},
    {"/etc/alternatives", SANDBOX_READ_BELOW | SANDBOX_EXECUTE, SANDBOX_GRANT_PROGRAMS},
    {"/etc/bash.bashrc", SANDBOX_READ, SANDBOX_GRANT_PROGRAMS},
    {"/etc/gitattributes", SANDBOX_READ, SANDBOX_GRANT_PROGRAMS},
    {"/etc/gitconfig", SANDBOX_READ, SANDBOX_GRANT_PROGRAMS},
    {"/etc/gitignore", SANDBOX_READ, SANDBOX_GRANT_PROGRAMS},
    {"/etc/inputrc", SANDBOX_READ, SANDBOX_GRANT_PROGRAMS},
    {"/etc/ld.so.conf", SANDBOX_READ, SANDBOX_GRANT_PROGRAMS},
    {"/etc/ld.so.conf.d", SANDBOX_READ_BELOW, SANDBOX_GRANT_PROGRAMS},
    {"/etc/magic", SANDBOX_READ, SANDBOX_GRANT_PROGRAMS},
    {"/etc/mime.types", SANDBOX_READ, SANDBOX_GRANT_PROGRAMS},
    {"/etc/os-release", SANDBOX_READ, SANDBOX_GRANT_PROGRAMS},
    {"/etc/perl", SANDBOX_READ_BELOW, SANDBOX_GRANT_PROGRAMS},
    {"/etc/profile", SANDBOX_READ, SANDBOX_GRANT_PROGRAMS},
    {"/etc/shells", SANDBOX_READ, SANDBOX_GRANT_PROGRAMS},
    {"/etc/ssl/openssl.cnf", SANDBOX_READ, SANDBOX_GRANT_PROGRAMS},
    {"/etc/terminfo", SANDBOX_READ_BELOW, SANDBOX_GRANT_PROGRAMS},

    {"/etc/gai.conf", SANDBOX_READ, SANDBOX_GRANT_NETWORK},
    {"/etc/host.conf", SANDBOX_READ, SANDBOX_GRANT_NETWORK},
    {"/etc/hosts", SANDBOX_READ, SANDBOX_GRANT_NETWORK},
    {"/etc/protocols", SANDBOX_READ, SANDBOX_GRANT_NETWORK},
    {"/etc/resolv.conf", SANDBOX_READ, SANDBOX_GRANT_NETWORK},
    {"/etc/services", SANDBOX_READ, SANDBOX_GRANT_NETWORK},
    {"/etc/ssl/certs", SANDBOX_READ_BELOW, SANDBOX_GRANT_NETWORK},
    {"/etc/ssl/cert.pem", SANDBOX_READ, SANDBOX_GRANT_NETWORK},
    {"/etc/pki/tls", SANDBOX_READ_BELOW, SANDBOX_GRANT_NETWORK},
    {"/etc/pki/ca-trust", SANDBOX_READ_BELOW, SANDBOX_GRANT_NETWORK},
    {"/usr/share/ca-certificates", SANDBOX_READ_BELOW, SANDBOX_GRANT_NETWORK},
};

/* ---------------------------------------------------------------- opened once, for every layer
 *
 * The base layer opens them, and each call's layer makes its rules from the same descriptors: that is most of its time.
 * Several names may lead to one directory; it is kept once for each `when`. Guarded by: one thread (sandbox.h). */
enum { MAXIMUM_KEPT = 96 };

static struct kept {
  int descriptor;
  uint32_t access, when;
  dev_t device;
  ino_t inode;
} kept[MAXIMUM_KEPT];
static size_t kept_count;

/* What is not there needs no rule. */
static int keep(const char *path, uint32_t access, uint32_t when) {
  const int descriptor = open(path, O_PATH | O_CLOEXEC);
  if (descriptor < 0) return errno == ENOENT || errno == ENOTDIR || errno == EACCES ? 0 : -1;
  struct stat status = {.st_dev = 0};
  fstat(descriptor, &status); /* of an open descriptor it does not fail */
  for (size_t i = 0; i < kept_count; i++)
    if (kept[i].device == status.st_dev && kept[i].inode == status.st_ino && kept[i].when == when) {
      kept[i].access |= access;
      return close(descriptor);
    }
  if (kept_count == MAXIMUM_KEPT) {
    close(descriptor);
    errno = EMFILE;
    return -1;
  }
  kept[kept_count++] = (struct kept){descriptor, access, when, status.st_dev, status.st_ino};
  return 0;
}

static int leads_up(const char *path) {
  const size_t length = strlen(path);
  return strstr(path, "/../") != NULL || (length >= 3 && strcmp(path + length - 3, "/..") == 0);
}

static int is_below_a_listed_one(const char *path) {
  for (size_t i = 0; i < COUNT(runtime_paths); i++) {
    const size_t length = strlen(runtime_paths[i].path);
    if (runtime_paths[i].when == ANY && strncmp(path, runtime_paths[i].path, length) == 0 &&
        (path[length] == '/' || path[length] == 0))
      return !leads_up(path);
  }
  return 0;
}

/* The libraries that this process already has, wherever they lie; for Swift's runtime its directory, because a plugin
 * may need more of its libraries than the host did. */
static int keep_library(struct dl_phdr_info *info, size_t size, void *context) {
  (void)size, (void)context;
  char path[4096];
  const int length = snprintf(path, sizeof path, "%s", info->dlpi_name);
  if (path[0] != '/' || length >= (int)sizeof path) return 0; /* the program itself, and the kernel's vdso */
  if (is_below_a_listed_one(path)) return 0;
  char *name = strrchr(path, '/');
  if (name != path && strncmp(name, "/libswift", 9) == 0) *name = 0;
  return keep(path, SANDBOX_READ, ANY);
}

int sandbox_runtime_keep_programs(int descriptor) {
  char path[48];
  snprintf(path, sizeof path, "/proc/self/fd/%d", descriptor);
  return keep(path, SANDBOX_READ | SANDBOX_EXECUTE, SANDBOX_GRANT_PROGRAMS);
}

int sandbox_runtime_lists(const char *path) {
  return is_below_a_listed_one(path) && strncmp(path, "/proc/", 6) != 0 && strncmp(path, "/dev/", 5) != 0;
}

int sandbox_runtime_open(uint32_t grants) {
  if (kept_count != 0) return 0;
  const int is_root = geteuid() == 0;
  for (size_t i = 0; i < COUNT(runtime_paths); i++) {
    const struct runtime_path *wanted = &runtime_paths[i];
    const uint32_t grant = wanted->when & (SANDBOX_GRANT_PROGRAMS | SANDBOX_GRANT_NETWORK);
    if (((wanted->when & UNLESS_ROOT) && is_root) || (grant & ~grants) != 0) continue;
    if (keep(wanted->path, wanted->access, wanted->when & ~UNLESS_ROOT) != 0) return -1;
  }
  return dl_iterate_phdr(keep_library, NULL);
}

int sandbox_runtime_each(uint32_t grants, int is_call, int (*use)(void *, int, uint32_t), void *context) {
  for (size_t i = 0; i < kept_count; i++) {
    const uint32_t when = kept[i].when;
    const int is_wanted = when == BASE_ONLY ? !is_call : when == ANY || (grants & when) != 0;
    if (is_wanted && use(context, kept[i].descriptor, kept[i].access) != 0) return -1;
  }
  return 0;
}

uint32_t sandbox_runtime_count(void) { return (uint32_t)kept_count; }

void sandbox_runtime_close(void) {
  for (size_t i = 0; i < kept_count; i++) close(kept[i].descriptor);
  kept_count = 0;
}
