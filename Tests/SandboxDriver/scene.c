#define _GNU_SOURCE
#include <arpa/inet.h>
#include <dirent.h>
#include <fcntl.h>
#include <ftw.h>
#include <linux/fs.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "driver.h"

/* ---------------------------------------------------------------- who listens */

static int bound(int family, int type, const void *address, size_t size) {
  const int socket_ = socket(family, type | SOCK_CLOEXEC, 0);
  if (socket_ < 0 || bind(socket_, address, (socklen_t)size) != 0) give_up("a listening socket");
  if (type == SOCK_STREAM && listen(socket_, 128) != 0) give_up("listen");
  return socket_;
}

static int port_of(int socket_) {
  struct sockaddr_in address;
  socklen_t size = sizeof address;
  return getsockname(socket_, (struct sockaddr *)&address, &size) == 0 ? ntohs(address.sin_port) : 0;
}

static void listen_at(const char *path, int type) {
  struct sockaddr_un address = {.sun_family = AF_UNIX};
  if (snprintf(address.sun_path, sizeof address.sun_path, "%s", path) >= (int)sizeof address.sun_path)
    give_up("the directory's path is too long for a socket");
  unlink(path);
  bound(AF_UNIX, type, &address, sizeof address);
}

void listeners_open(struct listeners *listeners, const char *directory) {
  char datagram[PATH_SIZE + 16];
  snprintf(listeners->path, sizeof listeners->path, "%s/l", directory);
  snprintf(datagram, sizeof datagram, "%s.datagram", listeners->path);
  snprintf(listeners->name, sizeof listeners->name, "interlock-misbehaving-%d", getpid());
  listen_at(listeners->path, SOCK_STREAM);
  listen_at(datagram, SOCK_DGRAM);
  struct sockaddr_un abstract = {.sun_family = AF_UNIX};
  memcpy(abstract.sun_path + 1, listeners->name, strlen(listeners->name));
  bound(AF_UNIX, SOCK_STREAM, &abstract, offsetof(struct sockaddr_un, sun_path) + 1 + strlen(listeners->name));
  const struct sockaddr_in any = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
  listeners->tcp_port = port_of(bound(AF_INET, SOCK_STREAM, &any, sizeof any));
  listeners->udp_port = port_of(bound(AF_INET, SOCK_DGRAM, &any, sizeof any));
}

/* ---------------------------------------------------------------- making the scene */

static const char *const directories[] = {
    "ws",      "ws/directory", "ws/directory/.git", "ws/directory/.git/hooks", "ws/.git", "ws/.git/hooks", "ws-evil",
    "outside", "outside/empty", "scratch",
};
static const char *const files[] = {
    "ws/claimed.txt",
    "ws/readable.txt",
    "ws/sibling.txt",
    "ws/directory/inside.txt",
    "ws/directory/.git/config",
    "ws/.git/config",
    "ws-evil/file.txt",
    "outside/secret.txt",
    "outside/spare.txt",
    "outside/inherited.txt",
};

static void make_file(const char *path, const char *content) {
  const int file = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0644);
  if (file < 0 || write(file, content, strlen(content)) < 0) give_up(path);
  close(file);
}

static const char *below(const char *top, const char *name) {
  static char paths[4][PATH_SIZE];
  static unsigned next;
  char *path = paths[next++ % 4];
  snprintf(path, PATH_SIZE, "%s/%s", top, name);
  return path;
}

void scene_make(struct scene_paths *scene, const char *top, const struct listeners *l) {
  snprintf(scene->top, sizeof scene->top, "%s", top);
  snprintf(scene->workspace, sizeof scene->workspace, "%s", below(top, "ws"));
  snprintf(scene->outside, sizeof scene->outside, "%s", below(top, "outside"));
  snprintf(scene->scratch, sizeof scene->scratch, "%s", below(top, "scratch"));
  if (mkdir(top, 0755) != 0) give_up(top);
  for (size_t i = 0; i < sizeof directories / sizeof *directories; i++)
    if (mkdir(below(top, directories[i]), 0755) != 0) give_up(directories[i]);
  for (size_t i = 0; i < sizeof files / sizeof *files; i++) make_file(below(top, files[i]), files[i]);
  setxattr(below(top, "ws/readable.txt"), "user.kept", "1", 1, 0);
  if (link(below(top, "outside/secret.txt"), below(top, "ws/linked.txt")) != 0) give_up("link");
  if (symlink(below(top, "outside/secret.txt"), below(top, "ws/pointer.txt")) != 0) give_up("symlink");

  const char *w = scene->workspace;
  snprintf(scene->arguments, sizeof scene->arguments,
           "{\"workspace\":\"%s\",\"outside\":\"%s\",\"claimed\":\"%s/claimed.txt\",\"readable\":\"%s/readable.txt\","
           "\"directory\":\"%s/directory\",\"sibling\":\"%s/sibling.txt\",\"linked\":\"%s/linked.txt\","
           "\"pointer\":\"%s/pointer.txt\",\"listener\":\"%s\",\"abstract\":\"%s\",\"host\":\"%d\","
           "\"tcp_port\":\"%d\",\"udp_port\":\"%d\"}",
           w, scene->outside, w, w, w, w, w, w, l->path, l->name, getpid(), l->tcp_port, l->udp_port);
}

static int remove_one(const char *path, const struct stat *status, int type, struct FTW *place) {
  (void)status, (void)type, (void)place;
  return remove(path);
}
void scene_remove(const struct scene_paths *scene) { nftw(scene->top, remove_one, 16, FTW_DEPTH | FTW_PHYS); }

/* ---------------------------------------------------------------- whether anything is different */

static uint64_t print; /* of the walk that is on; one thread */
static const char *left_out;

static void mix(const void *bytes, size_t count) {
  for (size_t i = 0; i < count; i++) print = (print ^ ((const unsigned char *)bytes)[i]) * 0x100000001b3ull;
}

static void mix_content(const char *path) {
  char bytes[4096];
  const int file = open(path, O_RDONLY | O_CLOEXEC | O_NOATIME);
  if (file < 0) return;
  int flags = 0;
  if (ioctl(file, FS_IOC_GETFLAGS, &flags) == 0) mix(&flags, sizeof flags);
  for (ssize_t count; (count = read(file, bytes, sizeof bytes)) > 0;) mix(bytes, (size_t)count);
  close(file);
}

static int mix_one(const char *path, const struct stat *status, int type, struct FTW *place) {
  (void)type, (void)place;
  if (strncmp(path, left_out, strlen(left_out)) == 0) return 0;
  char bytes[4096];
  mix(path, strlen(path));
  mix(&status->st_mode, sizeof status->st_mode);
  mix(&status->st_uid, sizeof status->st_uid);
  mix(&status->st_gid, sizeof status->st_gid);
  mix(&status->st_nlink, sizeof status->st_nlink);
  mix(&status->st_mtim, sizeof status->st_mtim);
  mix(&status->st_ctim, sizeof status->st_ctim);
  ssize_t count = llistxattr(path, bytes, sizeof bytes);
  if (count > 0) mix(bytes, (size_t)count);
  count = readlink(path, bytes, sizeof bytes);
  if (count > 0) mix(bytes, (size_t)count);
  if (S_ISREG(status->st_mode)) mix_content(path);
  return 0;
}

uint64_t scene_print(const struct scene_paths *scene) {
  print = 0xcbf29ce484222325ull;
  left_out = scene->scratch;
  if (nftw(scene->top, mix_one, 16, FTW_PHYS) != 0) give_up("looking at the scene");
  return print;
}
