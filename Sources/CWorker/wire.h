/* Frames and fields, on the worker's side. */
#ifndef IW_WIRE_H
#define IW_WIRE_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/uio.h>

#include "interlock.h"
#include "worker_protocol.h"

/* ---- out: the numbers are collected here, slices are sent from where they lie. A frame has at most five slices. */
typedef struct {
  iw_head head;
  size_t used;
  int count;
  struct iovec parts[12];
  unsigned char numbers[160];
} iw_message;

void iw_begin(iw_message *message, uint16_t kind);
void iw_put_u8(iw_message *message, uint8_t value);
void iw_put_u32(iw_message *message, uint32_t value);
void iw_put_u64(iw_message *message, uint64_t value);
void iw_put_f64(iw_message *message, double value);
void iw_put_bytes(iw_message *message, const void *bytes, size_t size);
void iw_put_lent(iw_message *message, ilk_str slice);
/* False when nobody is there any more. */
bool iw_send(int socket, iw_message *message);
/* sendmsg, not interrupted by signals; with the descriptor if it is not -1. */
ssize_t iw_send_parts(int socket, const struct iovec *parts, size_t count, int descriptor);
/* A short one, with a descriptor if it is not -1. */
bool iw_send_with(int socket, const iw_message *message, int descriptor);

/* ---- in */
typedef struct {
  const unsigned char *at, *end;
  bool failed; /* a field went beyond the end; all later ones are 0 or empty */
} iw_cursor;

uint8_t iw_get_u8(iw_cursor *cursor);
uint32_t iw_get_u32(iw_cursor *cursor);
uint64_t iw_get_u64(iw_cursor *cursor);
ilk_str iw_get_bytes(iw_cursor *cursor);

/* Exactly so many bytes; false at the end of the stream. */
bool iw_receive(int socket, void *bytes, size_t size);
/* The same, and up to count descriptors that came along (close-on-exec); what is missing is -1, what is more is closed. */
bool iw_receive_with(int socket, void *bytes, size_t size, int *descriptors, int count);

/* One packet, without waiting, and the descriptor that came along (close-on-exec), or -1. */
ssize_t iw_receive_packet(int socket, void *packet, size_t size, int *descriptor);

#endif
