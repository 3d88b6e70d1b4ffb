/* interlock_args.h - string arguments in plain C. A convenience beside interlock.h, not part of the boundary: copy it, or
 * use a JSON library of your own.
 *
 * The host hands over arguments that are valid JSON and fit the tool's schema. This reader does not rely on it: whatever
 * the bytes are, it reads only inside them and writes only inside the buffer. */
#ifndef INTERLOCK_ARGS_H
#define INTERLOCK_ARGS_H

#include <stdint.h>
#include <string.h>

#include "interlock.h"

/* A string literal as an ilk_str: in a declaration ILK_STR("x"), in an expression (ilk_str)ILK_STR("x"). */
#define ILK_STR(LITERAL) \
  { LITERAL, sizeof(LITERAL) - 1 }

#define ILK_ARG_ABSENT (-1)   /* no such member, or it is not a string */
#define ILK_ARG_TOO_LONG (-2) /* the buffer is too small */

typedef struct {
  const char *at, *end;
} ilk_args_reader;

static inline void ilk_args_space(ilk_args_reader *r) {
  while (r->at < r->end && (*r->at == ' ' || *r->at == '\t' || *r->at == '\n' || *r->at == '\r')) r->at++;
}

/* The value of four hexadecimal digits, or -1. */
static inline int32_t ilk_args_hex(ilk_args_reader *r) {
  int32_t value = 0;
  for (int i = 0; i < 4; i++, r->at++) {
    if (r->at >= r->end) return -1;
    const char c = *r->at;
    if (c >= '0' && c <= '9') value = value * 16 + (c - '0');
    else if (c >= 'a' && c <= 'f') value = value * 16 + (c - 'a' + 10);
    else if (c >= 'A' && c <= 'F') value = value * 16 + (c - 'A' + 10);
    else return -1;
  }
  return value;
}

/* What follows a backslash, as UTF-8 into four bytes at most; their number, or 0 if it is no escape. */
static inline size_t ilk_args_escape(ilk_args_reader *r, char utf8[4]) {
  static const char names[] = "\"\\/bfnrt", values[] = "\"\\/\b\f\n\r\t";
  if (r->at >= r->end) return 0;
  const char c = *r->at++;
  if (c != 'u') {
    const char *found = c == 0 ? NULL : strchr(names, c);
    if (found == NULL) return 0;
    utf8[0] = values[found - names];
    return 1;
  }
  int32_t code = ilk_args_hex(r);
  if (code >= 0xD800 && code < 0xDC00) { /* the first half of a pair */
    if (r->end - r->at < 6 || r->at[0] != '\\' || r->at[1] != 'u') return 0;
    r->at += 2;
    const int32_t low = ilk_args_hex(r);
    if (low < 0xDC00 || low > 0xDFFF) return 0;
    code = 0x10000 + ((code - 0xD800) << 10) + (low - 0xDC00);
  } else if (code < 0 || (code >= 0xDC00 && code <= 0xDFFF)) {
    return 0;
  }
  const size_t count = code < 0x80 ? 1 : code < 0x800 ? 2 : code < 0x10000 ? 3 : 4;
  static const unsigned char leads[] = {0, 0x00, 0xC0, 0xE0, 0xF0};
  for (size_t i = count - 1; i > 0; i--, code >>= 6) utf8[i] = (char)(0x80 | (code & 0x3F));
  utf8[0] = (char)(leads[count] | code);
  return count;
}

/* Reads a string with its quotes. What fits goes to out (which may be NULL). Returns the decoded length, or -1. */
static inline int64_t ilk_args_quoted(ilk_args_reader *r, char *out, size_t capacity) {
  size_t length = 0;
  if (r->at >= r->end || *r->at++ != '"') return -1;
  while (r->at < r->end && *r->at != '"') {
    char piece[4] = {*r->at++};
    size_t count = 1;
    if (piece[0] == '\\' && (count = ilk_args_escape(r, piece)) == 0) return -1;
    if (out != NULL && length + count <= capacity) memcpy(out + length, piece, count);
    length += count;
  }
  if (r->at >= r->end) return -1;
  r->at++;
  return (int64_t)length;
}

/* Moves behind one value; 0 if there is none. Needs no recursion: inside brackets only strings matter. */
static inline int ilk_args_skip(ilk_args_reader *r) {
  size_t depth = 0;
  do {
    ilk_args_space(r);
    if (r->at >= r->end) return 0;
    const char c = *r->at;
    if (c == '"') {
      if (ilk_args_quoted(r, NULL, 0) < 0) return 0;
    } else if (c == '{' || c == '[') {
      depth++, r->at++;
    } else if (c == '}' || c == ']') {
      if (depth == 0) return 0;
      depth--, r->at++;
    } else if (c == ',' || c == ':') {
      if (depth == 0) return 0;
      r->at++;
    } else {
      while (r->at < r->end && strchr(",:]} \t\r\n\"[{", *r->at) == NULL) r->at++;
      if (r->at < r->end && *r->at == 0) return 0;
    }
  } while (depth > 0);
  return 1;
}

/* Copies the string member NAME of the object JSON into out, decoded to UTF-8 and NUL-terminated. Returns its length (it
 * may hold NUL bytes of its own), or one of ILK_ARG_*. json.len + 1 bytes are always enough. */
static inline int64_t ilk_args_string(ilk_str json, const char *name, char *out, size_t capacity) {
  ilk_args_reader r = {json.ptr, json.ptr == NULL ? NULL : json.ptr + json.len};
  char key[64];
  ilk_args_space(&r);
  if (r.at >= r.end || *r.at++ != '{') return ILK_ARG_ABSENT;
  for (;;) {
    ilk_args_space(&r);
    const int64_t key_length = ilk_args_quoted(&r, key, sizeof key);
    ilk_args_space(&r);
    if (key_length < 0 || r.at >= r.end || *r.at++ != ':') return ILK_ARG_ABSENT;
    ilk_args_space(&r);
    const int matches = (size_t)key_length == strlen(name) && (size_t)key_length <= sizeof key &&
                        memcmp(key, name, (size_t)key_length) == 0;
    if (matches) {
      const int64_t length = ilk_args_quoted(&r, out, capacity);
      if (length < 0) return ILK_ARG_ABSENT;
      if ((size_t)length >= capacity) return ILK_ARG_TOO_LONG;
      out[length] = 0;
      return length;
    }
    if (!ilk_args_skip(&r)) return ILK_ARG_ABSENT;
    ilk_args_space(&r);
    if (r.at >= r.end || *r.at++ != ',') return ILK_ARG_ABSENT;
  }
}

#endif
