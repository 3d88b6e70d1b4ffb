/* Talking to somebody. */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <netinet/in.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "attempts.h"

#define MPTCP 262
#define VSOCK 40

static struct sockaddr_in loopback(int port) {
  return (struct sockaddr_in){
      .sin_family = AF_INET, .sin_port = htons((uint16_t)port), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
}

static int connect_to(int socket_, const void *address, size_t size) {
  if (socket_ < 0) return errno;
  const int result = outcome(connect(socket_, address, (socklen_t)size));
  close(socket_);
  return result;
}

static struct sockaddr_un at_path(const char *path) {
  struct sockaddr_un address = {.sun_family = AF_UNIX};
  snprintf(address.sun_path, sizeof address.sun_path, "%s", path);
  return address;
}

/* The socket of a container engine or a message bus is a way to run anything at all. */
static int unix_socket(const struct scene *s) {
  const struct sockaddr_un address = at_path(s->listener);
  return connect_to(socket(AF_UNIX, SOCK_STREAM, 0), &address, sizeof address);
}
static int abstract_socket(const struct scene *s) {
  struct sockaddr_un address = {.sun_family = AF_UNIX};
  const size_t length = strlen(s->abstract);
  memcpy(address.sun_path + 1, s->abstract, length);
  return connect_to(socket(AF_UNIX, SOCK_STREAM, 0), &address, offsetof(struct sockaddr_un, sun_path) + 1 + length);
}

/* A pair of datagram sockets knows only its two ends; but sendto can name a third. */
static int third_party_datagram(const struct scene *s) {
  char path[1100];
  snprintf(path, sizeof path, "%s.datagram", s->listener);
  const struct sockaddr_un address = at_path(path);
  int ends[2];
  if (socketpair(AF_UNIX, SOCK_DGRAM, 0, ends) != 0) return errno;
  if (sendto(ends[0], "evil", 4, 0, (const struct sockaddr *)&address, sizeof address) == 4) return 0;
  if (errno != EPERM && errno != EISCONN) return errno;
  return outcome(connect(ends[0], (const struct sockaddr *)&address, sizeof address));
}

static int tcp_connect(const struct scene *s) {
  const struct sockaddr_in address = loopback(s->tcp_port);
  return connect_to(socket(AF_INET, SOCK_STREAM, 0), &address, sizeof address);
}
static int tcp_connect_by_many_paths(const struct scene *s) {
  const struct sockaddr_in address = loopback(s->tcp_port);
  const int socket_ = socket(AF_INET, SOCK_STREAM, MPTCP);
  if (socket_ < 0 && (errno == EPROTONOSUPPORT || errno == ENOPROTOOPT)) return MISSING;
  return connect_to(socket_, &address, sizeof address);
}
/* Sends with the first packet, and never calls connect. */
static int tcp_fast_open(const struct scene *s) {
  const struct sockaddr_in address = loopback(s->tcp_port);
  const int socket_ = socket(AF_INET, SOCK_STREAM, 0);
  if (socket_ < 0) return errno;
  const int flags = MSG_FASTOPEN | MSG_NOSIGNAL;
  const int result = outcome(sendto(socket_, "evil", 4, flags, (const struct sockaddr *)&address, sizeof address));
  return result == EOPNOTSUPP ? MISSING : result;
}
static int tcp_bind(const struct scene *s) {
  (void)s;
  const struct sockaddr_in address = loopback(0);
  return outcome(bind(socket(AF_INET, SOCK_STREAM, 0), (const struct sockaddr *)&address, sizeof address));
}
/* Listening without a bind takes a port all the same. */
static int tcp_listen(const struct scene *s) {
  (void)s;
  const int socket_ = socket(AF_INET, SOCK_STREAM, 0);
  return socket_ < 0 ? errno : outcome(listen(socket_, 1));
}
static int udp_send(const struct scene *s) {
  const struct sockaddr_in address = loopback(s->udp_port);
  const int socket_ = socket(AF_INET, SOCK_DGRAM, 0);
  if (socket_ < 0) return errno;
  return outcome(sendto(socket_, "evil", 4, 0, (const struct sockaddr *)&address, sizeof address));
}
static int udp_bind(const struct scene *s) {
  (void)s;
  const struct sockaddr_in address = loopback(0);
  return outcome(bind(socket(AF_INET, SOCK_DGRAM, 0), (const struct sockaddr *)&address, sizeof address));
}
static int udp_send_by_the_newer_protocol(const struct scene *s) {
  const struct sockaddr_in6 address = {
      .sin6_family = AF_INET6, .sin6_port = htons((uint16_t)s->udp_port), .sin6_addr = IN6ADDR_LOOPBACK_INIT};
  const int socket_ = socket(AF_INET6, SOCK_DGRAM, 0);
  if (socket_ < 0) return errno == EAFNOSUPPORT ? MISSING : errno;
  const int result = outcome(sendto(socket_, "evil", 4, 0, (const struct sockaddr *)&address, sizeof address));
  return result == EADDRNOTAVAIL || result == ENETUNREACH ? MISSING : result;
}
static int netlink(const struct scene *s) {
  (void)s;
  return outcome(socket(AF_NETLINK, SOCK_RAW, 0));
}
static int to_the_machine_around(const struct scene *s) {
  (void)s;
  const int result = outcome(socket(VSOCK, SOCK_STREAM, 0));
  return result == EAFNOSUPPORT ? MISSING : result;
}

static const struct attempt all[] = {
    {"unix_socket", "connect to a Unix socket by its path", "", 0, unix_socket},
    {"abstract_socket", "connect to an abstract Unix socket", "", 0, abstract_socket},
    {"third_party_datagram", "send from a socket pair to a third socket", "", 0, third_party_datagram},
    {"tcp_connect", "connect by TCP", "use a socket", 0, tcp_connect},
    {"mptcp_connect", "connect by multipath TCP, which Landlock does not see", "use a socket", 0,
     tcp_connect_by_many_paths},
    {"tcp_fast_open", "send by TCP without connecting", "use a socket", 0, tcp_fast_open},
    {"tcp_bind", "bind a TCP port", "use a socket", 0, tcp_bind},
    {"tcp_listen", "listen without binding", "use a socket", 0, tcp_listen},
    {"udp_send", "send by UDP", "use a socket", 0, udp_send},
    {"udp6_send", "send by UDP over IPv6", "use a socket", 0, udp_send_by_the_newer_protocol},
    {"udp_bind", "bind a UDP port", "use a socket", 0, udp_bind},
    {"netlink", "ask the kernel about the network", "use a socket", 0, netlink},
    {"vsock", "talk to the machine around a virtual one", "use a socket", 0, to_the_machine_around},
};
const struct attempts network_attempts = {"network", all, sizeof all / sizeof *all};
