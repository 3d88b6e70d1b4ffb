/* What any native code needs to read, whatever its contract: the libraries it is linked with, time zones, how names are
 * looked up, a few devices, and what /proc says of itself. Nothing here can be written, but for the devices that swallow
 * everything. Contents that matter to nobody's claims: no tool can change them, so reading them is never stale. */
#define _GNU_SOURCE
#include <link.h>
#include <stdio.h>
#include <string.h>

#include "layers.h"

enum { ANY = 0, BASE_ONLY = 1u << 30, CALL_ONLY = 1u << 31 };

static const struct runtime_path {
  const char *path;
  uint32_t access;
  uint32_t when; /* a grant that it needs, BASE_ONLY or CALL_ONLY; ANY = always */
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

    /* Of /proc the base gives all that may be read, because a call's own directory there does not exist yet. The kernel
     * keeps other processes' memory, descriptors and environment from a confined process; their command lines can be
     * seen where there is no PID namespace. A call sees itself only. */
    {"/proc", SANDBOX_READ_BELOW, BASE_ONLY},
    {"/proc", SANDBOX_READ_BELOW, SANDBOX_GRANT_PROGRAMS},
    {"/proc/self", SANDBOX_READ_BELOW, CALL_ONLY},
    {"/proc/cpuinfo", SANDBOX_READ, CALL_ONLY},
    {"/proc/meminfo", SANDBOX_READ, CALL_ONLY},
    {"/proc/sys/vm/overcommit_memory", SANDBOX_READ, CALL_ONLY},

    {"/usr", SANDBOX_READ_BELOW | SANDBOX_EXECUTE, SANDBOX_GRANT_PROGRAMS},
    {"/bin", SANDBOX_READ_BELOW | SANDBOX_EXECUTE, SANDBOX_GRANT_PROGRAMS},
    {"/sbin", SANDBOX_READ_BELOW | SANDBOX_EXECUTE, SANDBOX_GRANT_PROGRAMS},
    {"/lib", SANDBOX_EXECUTE, SANDBOX_GRANT_PROGRAMS},
    {"/lib64", SANDBOX_EXECUTE, SANDBOX_GRANT_PROGRAMS},
    {"/opt", SANDBOX_READ_BELOW | SANDBOX_EXECUTE, SANDBOX_GRANT_PROGRAMS},
    {"/etc/alternatives", SANDBOX_READ_BELOW | SANDBOX_EXECUTE, SANDBOX_GRANT_PROGRAMS},
    {"/etc/bash.bashrc", SANDBOX_READ, SANDBOX_GRANT_PROGRAMS},
    {"/etc/gitconfig", SANDBOX_READ, SANDBOX_GRANT_PROGRAMS},
    {"/etc/inputrc", SANDBOX_READ, SANDBOX_GRANT_PROGRAMS},
    {"/etc/ld.so.conf", SANDBOX_READ, SANDBOX_GRANT_PROGRAMS},
    {"/etc/ld.so.conf.d", SANDBOX_READ_BELOW, SANDBOX_GRANT_PROGRAMS},
    {"/etc/magic", SANDBOX_READ, SANDBOX_GRANT_PROGRAMS},
    {"/etc/mime.types", SANDBOX_READ, SANDBOX_GRANT_PROGRAMS},
    {"/etc/os-release", SANDBOX_READ, SANDBOX_GRANT_PROGRAMS},
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

#define COUNT(ARRAY) (sizeof(ARRAY) / sizeof *(ARRAY))

struct use {
  int (*function)(void *, const char *, uint32_t);
  void *context;
};

/* The libraries that this process already has, wherever they lie; for Swift's runtime its directory, because a plugin may
 * need more of its libraries than the host did. */
static int use_library(struct dl_phdr_info *info, size_t size, void *context) {
  (void)size;
  const struct use *use = context;
  char path[4096];
  const int length = snprintf(path, sizeof path, "%s", info->dlpi_name);
  if (path[0] != '/' || length >= (int)sizeof path) return 0; /* the program itself, and the kernel's vdso */
  char *name = strrchr(path, '/');
  if (strncmp(name, "/libswift", 9) == 0 && name != path) *name = 0;
  return use->function(use->context, path, SANDBOX_READ);
}

static int is_wanted(const struct runtime_path *path, uint32_t grants, int is_call) {
  if (path->when == BASE_ONLY) return !is_call;
  if (path->when == CALL_ONLY) return is_call;
  return path->when == ANY || (grants & path->when) != 0;
}

int sandbox_each_runtime_path(uint32_t grants, int is_call, int (*function)(void *, const char *, uint32_t),
                              void *context) {
  for (size_t i = 0; i < COUNT(runtime_paths); i++)
    if (is_wanted(&runtime_paths[i], grants, is_call) &&
        function(context, runtime_paths[i].path, runtime_paths[i].access) != 0)
      return -1;
  struct use use = {function, context};
  return dl_iterate_phdr(use_library, &use);
}
