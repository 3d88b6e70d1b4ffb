#define _GNU_SOURCE
#include "wire.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

/* ---- out */

void iw_begin(iw_message *message, uint16_t kind) {
  message->head = (iw_head){.kind = kind};
  message->used = 0;
  message->parts[0] = (struct iovec){&message->head, sizeof message->head};
  message->count = 1;
}

static void put_number(iw_message *message, const void *value, size_t size) {
  unsigned char *place = message->numbers + message->used;
  memcpy(place, value, size);
  message->used += size;
  message->head.size += (uint32_t)size;
  struct iovec *last = &message->parts[message->count - 1];
  if ((unsigned char *)last->iov_base + last->iov_len == place) {
    last->iov_len += size;
  } else {
    message->parts[message->count++] = (struct iovec){place, size};
  }
}

void iw_put_u8(iw_message *message, uint8_t value) { put_number(message, &value, sizeof value); }
void iw_put_u32(iw_message *message, uint32_t value) { put_number(message, &value, sizeof value); }
void iw_put_u64(iw_message *message, uint64_t value) { put_number(message, &value, sizeof value); }
void iw_put_f64(iw_message *message, double value) { put_number(message, &value, sizeof value); }

void iw_put_bytes(iw_message *message, const void *bytes, size_t size) {
  iw_put_u64(message, size);
  if (size == 0) return;
  message->parts[message->count++] = (struct iovec){(void *)bytes, size};
  message->head.size += (uint32_t)size;
}

/* What a frame may take of slices; the numbers beside them need less than the rest. */
enum { ROOM_FOR_NUMBERS = 4096 };

void iw_put_lent(iw_message *message, ilk_str slice) {
  /* The host judges slices and words why one is refused; here it is only seen to that they can be sent. */
  if (slice.len > IW_SLICE_MAX || message->head.size + slice.len > IW_FRAME_MAX - ROOM_FOR_NUMBERS) {
    iw_put_u8(message, IW_LENT_LONG);
    iw_put_u64(message, slice.len);
  } else if (slice.len > 0 && slice.ptr == NULL) {
    iw_put_u8(message, IW_LENT_NULL);
    iw_put_u64(message, slice.len);
  } else {
    iw_put_u8(message, IW_LENT_WHOLE);
    iw_put_bytes(message, slice.ptr, slice.len);
  }
}

bool iw_send(int socket, iw_message *message) {
  struct iovec *part = message->parts;
  size_t count = (size_t)message->count;
  while (count > 0) {
    struct msghdr header = {.msg_iov = part, .msg_iovlen = count};
    ssize_t sent = sendmsg(socket, &header, MSG_NOSIGNAL);
    if (sent < 0 && errno == EINTR) continue;
    if (sent < 0) return false;
    size_t rest = (size_t)sent;
    while (count > 0 && rest >= part->iov_len) {
      rest -= part->iov_len;
      part++;
      count--;
    }
    if (count > 0) {
      part->iov_base = (char *)part->iov_base + rest;
      part->iov_len -= rest;
    }
  }
  return true;
}

enum { MOST_MOMENTS = 1000 };

ssize_t iw_send_parts(int socket, const struct iovec *parts, size_t count, int descriptor) {
  union {
    struct cmsghdr align;
    char room[CMSG_SPACE(sizeof descriptor)];
  } control = {.room = {0}};
  struct msghdr header = {.msg_iov = (struct iovec *)parts, .msg_iovlen = count};
  if (descriptor >= 0) {
    header.msg_control = control.room;
    header.msg_controllen = sizeof control.room;
    struct cmsghdr *item = CMSG_FIRSTHDR(&header);
    item->cmsg_level = SOL_SOCKET;
    item->cmsg_type = SCM_RIGHTS;
    item->cmsg_len = CMSG_LEN(sizeof descriptor);
    memcpy(CMSG_DATA(item), &descriptor, sizeof descriptor);
  }
  /* There may be only so many descriptors of one user on their way, of whatever processes; mostly for a moment. */
  const struct timespec moment = {0, 1000000};
  for (int moments = 0;;) {
    const ssize_t sent = sendmsg(socket, &header, MSG_NOSIGNAL);
    if (sent >= 0 || (errno != EINTR && errno != ETOOMANYREFS)) return sent;
    if (errno == ETOOMANYREFS && ++moments > MOST_MOMENTS) return sent;
    if (errno == ETOOMANYREFS) nanosleep(&moment, NULL);
  }
}

bool iw_send_with(int socket, const iw_message *message, int descriptor) {
  ssize_t sent = iw_send_parts(socket, message->parts, (size_t)message->count, descriptor);
  return sent == (ssize_t)(sizeof message->head + message->head.size);
}

/* ---- in */

static const void *take(iw_cursor *cursor, size_t size) {
  if (cursor->failed || (size_t)(cursor->end - cursor->at) < size) {
    cursor->failed = true;
    return NULL;
  }
  const void *place = cursor->at;
  cursor->at += size;
  return place;
}

#define GET(TYPE)                                      \
  TYPE value = 0;                                      \
  const void *place = take(cursor, sizeof value);      \
  if (place != NULL) memcpy(&value, place, sizeof value); \
  return value

uint8_t iw_get_u8(iw_cursor *cursor) { GET(uint8_t); }
uint32_t iw_get_u32(iw_cursor *cursor) { GET(uint32_t); }
uint64_t iw_get_u64(iw_cursor *cursor) { GET(uint64_t); }

ilk_str iw_get_bytes(iw_cursor *cursor) {
  uint64_t size = iw_get_u64(cursor);
  const char *bytes = take(cursor, size);
  return bytes == NULL ? (ilk_str){NULL, 0} : (ilk_str){bytes, size};
}

bool iw_receive(int socket, void *bytes, size_t size) {
  while (size > 0) {
    ssize_t got = recv(socket, bytes, size, MSG_WAITALL);
    if (got < 0 && errno == EINTR) continue;
    if (got <= 0) return false;
    bytes = (char *)bytes + got;
    size -= (size_t)got;
  }
  return true;
}

static void keep(const struct cmsghdr *control, int *descriptors, int count, int *kept) {
  size_t size = control->cmsg_len - CMSG_LEN(0);
  for (size_t at = 0; at + sizeof(int) <= size; at += sizeof(int)) {
    int descriptor;
    memcpy(&descriptor, CMSG_DATA(control) + at, sizeof descriptor);
    if (*kept < count) {
      descriptors[(*kept)++] = descriptor;
    } else {
      close(descriptor);
    }
  }
}

/* One recvmsg, with the descriptors that came along. */
static ssize_t receive_some(int socket, void *bytes, size_t size, int flags, int *descriptors, int count, int *kept) {
  union {
    struct cmsghdr align;
    char room[CMSG_SPACE(8 * sizeof(int))];
  } control;
  struct iovec part = {bytes, size};
  struct msghdr header = {
      .msg_iov = &part, .msg_iovlen = 1, .msg_control = control.room, .msg_controllen = sizeof control.room};
  const ssize_t got = recvmsg(socket, &header, flags | MSG_CMSG_CLOEXEC);
  if (got <= 0) return got;
  for (struct cmsghdr *c = CMSG_FIRSTHDR(&header); c != NULL; c = CMSG_NXTHDR(&header, c)) {
    if (c->cmsg_level == SOL_SOCKET && c->cmsg_type == SCM_RIGHTS) keep(c, descriptors, count, kept);
  }
  return got;
}

bool iw_receive_with(int socket, void *bytes, size_t size, int *descriptors, int count) {
  for (int i = 0; i < count; i++) descriptors[i] = -1;
  int kept = 0;
  while (size > 0) {
    const ssize_t got = receive_some(socket, bytes, size, 0, descriptors, count, &kept);
    if (got < 0 && errno == EINTR) continue;
    if (got <= 0) return false;
    bytes = (char *)bytes + got;
    size -= (size_t)got;
  }
  return true;
}

ssize_t iw_receive_packet(int socket, void *packet, size_t size, int *descriptor) {
  int kept = 0;
  *descriptor = -1;
  return receive_some(socket, packet, size, MSG_DONTWAIT, descriptor, 1, &kept);
}
