#define _GNU_SOURCE
#include "services.h"

#include <stdlib.h>
#include <string.h>

/* Why the last service failed on this thread, and of which call it was. */
static _Thread_local struct {
  uintptr_t call;
  size_t size;
  char *text;
} last_error;

static void keep_error(ilk_call *call, const void *text, size_t size) {
  free(last_error.text);
  last_error.text = size > 0 ? malloc(size) : NULL;
  last_error.size = last_error.text == NULL ? 0 : size;
  if (last_error.text != NULL) memcpy(last_error.text, text, size);
  last_error.call = (uintptr_t)call;
}

void iw_forget_last_error(void) { keep_error(NULL, NULL, 0); }

ilk_status iw_last_error(ilk_call *call, ilk_sink sink, void *context) {
  if (sink == NULL) return ILK_E_ARGS;
  iw_place *place = iw_pin(call);
  if (place == NULL) return ILK_E_STALE;
  iw_unpin(place);
  if (last_error.call != (uintptr_t)call || last_error.size == 0) return ILK_OK;
  return sink(context, (ilk_str){last_error.text, last_error.size});
}

static bool receive_answer(int socket, iw_answer *answer) {
  iw_head head;
  if (!iw_receive(socket, &head, sizeof head) || head.kind != IW_ANSWER) return false;
  answer->body = answer->room;
  if (head.size > sizeof answer->room) {
    answer->body = malloc(head.size);
    if (answer->body == NULL) abort(); /* half an answer would be none, and the next would be read amiss */
  }
  if (!iw_receive(socket, answer->body, head.size)) return false;
  iw_cursor cursor = {answer->body, answer->body + head.size, false};
  answer->status = (int32_t)iw_get_u32(&cursor);
  answer->stat.kind = iw_get_u32(&cursor);
  answer->stat.mode = iw_get_u32(&cursor);
  answer->stat.size = iw_get_u64(&cursor);
  answer->stat.version[0] = iw_get_u64(&cursor);
  answer->stat.version[1] = iw_get_u64(&cursor);
  answer->stat.modified_ns = (int64_t)iw_get_u64(&cursor);
  answer->chunks = iw_get_u32(&cursor);
  answer->rest = cursor;
  return !cursor.failed;
}

static bool exchange(iw_place *place, iw_message *message, iw_answer *answer) {
  pthread_mutex_lock(&place->talk);
  bool done = !place->lost && iw_send(place->socket, message) && receive_answer(place->socket, answer);
  place->lost = !done;
  pthread_mutex_unlock(&place->talk);
  return done;
}

static ilk_str next_chunk(iw_cursor *rest) {
  uint32_t size = iw_get_u32(rest);
  if (rest->failed || size > (size_t)(rest->end - rest->at)) return (ilk_str){NULL, 0};
  ilk_str chunk = {(const char *)rest->at, size};
  rest->at += size;
  return chunk;
}

ilk_status iw_ask(ilk_call *call, iw_message *message, iw_answer *answer) {
  answer->body = NULL;
  iw_place *place = iw_pin(call);
  if (place == NULL) return ILK_E_STALE;
  if (last_error.call == (uintptr_t)call) last_error.size = 0;
  bool done = exchange(place, message, answer);
  iw_unpin(place);
  if (!done) return ILK_E_STALE;
  if (answer->status < 0) {
    ilk_str words = answer->chunks > 0 ? next_chunk(&answer->rest) : (ilk_str){NULL, 0};
    keep_error(call, words.ptr, words.len);
  }
  return answer->status;
}

void iw_forget(iw_answer *answer) {
  if (answer->body != answer->room) free(answer->body);
}

ilk_status iw_ask_plainly(ilk_call *call, iw_message *message) {
  iw_answer answer;
  ilk_status status = iw_ask(call, message, &answer);
  iw_forget(&answer);
  return status;
}

ilk_status iw_lend(iw_answer *answer, ilk_sink sink, void *context) {
  for (uint32_t i = 0; i < answer->chunks; i++) {
    ilk_status status = sink(context, next_chunk(&answer->rest));
    if (status != ILK_OK) return status;
  }
  return ILK_OK;
}

ilk_status iw_ask_and_lend(ilk_call *call, iw_message *message, ilk_sink sink, void *context) {
  iw_answer answer;
  ilk_status status = iw_ask(call, message, &answer);
  if (status == ILK_OK) status = iw_lend(&answer, sink, context);
  iw_forget(&answer);
  return status;
}

void iw_say(iw_place *place, iw_message *message) {
  pthread_mutex_lock(&place->talk);
  place->lost = place->lost || !iw_send(place->socket, message);
  pthread_mutex_unlock(&place->talk);
}

/* ---- interlock.fs/1 */

static void put_stat_size(iw_message *message, const ilk_stat *stat) {
  iw_put_u32(message, stat == NULL ? IW_NO_STAT : stat->struct_size);
}

/* A larger struct comes from a newer plugin: what it has more is left as it is. */
static void fill(ilk_stat *to, const iw_stat *from) {
  to->kind = from->kind;
  to->size = from->size;
  memcpy(to->version, from->version, sizeof to->version);
  to->modified_ns = from->modified_ns;
  to->mode = from->mode;
}

static ilk_status fs_read(ilk_call *call, ilk_str path, uint64_t offset, uint64_t max, ilk_sink sink, void *context,
                          ilk_stat *stat) {
  iw_message message;
  iw_answer answer;
  iw_begin(&message, IW_READ);
  iw_put_lent(&message, path);
  iw_put_u64(&message, offset);
  iw_put_u64(&message, max);
  iw_put_u8(&message, sink != NULL);
  put_stat_size(&message, stat);
  ilk_status status = iw_ask(call, &message, &answer);
  if (status == ILK_OK) {
    if (stat != NULL) fill(stat, &answer.stat);
    status = iw_lend(&answer, sink, context);
  }
  iw_forget(&answer);
  return status;
}

static ilk_status fs_write(ilk_call *call, ilk_str path, ilk_str bytes, uint32_t flags, const uint64_t *if_version) {
  iw_message message;
  iw_begin(&message, IW_WRITE);
  iw_put_lent(&message, path);
  iw_put_lent(&message, bytes);
  iw_put_u32(&message, flags);
  iw_put_u8(&message, if_version != NULL);
  iw_put_u64(&message, if_version != NULL ? if_version[0] : 0);
  iw_put_u64(&message, if_version != NULL ? if_version[1] : 0);
  return iw_ask_plainly(call, &message);
}

static ilk_status fs_stat(ilk_call *call, ilk_str path, int32_t follow, ilk_stat *stat) {
  iw_message message;
  iw_answer answer;
  iw_begin(&message, IW_STAT);
  iw_put_lent(&message, path);
  iw_put_u8(&message, follow != 0);
  put_stat_size(&message, stat);
  ilk_status status = iw_ask(call, &message, &answer);
  if (status == ILK_OK) fill(stat, &answer.stat);
  iw_forget(&answer);
  return status;
}

static ilk_status fs_list(ilk_call *call, ilk_str path, ilk_sink sink, void *context) {
  iw_message message;
  iw_begin(&message, IW_LIST);
  iw_put_lent(&message, path);
  iw_put_u8(&message, sink != NULL);
  return iw_ask_and_lend(call, &message, sink, context);
}

static ilk_status fs_remove(ilk_call *call, ilk_str path, int32_t recursive) {
  iw_message message;
  iw_begin(&message, IW_REMOVE);
  iw_put_lent(&message, path);
  iw_put_u8(&message, recursive != 0);
  return iw_ask_plainly(call, &message);
}

static ilk_status fs_rename(ilk_call *call, ilk_str from, ilk_str to, int32_t replace) {
  iw_message message;
  iw_begin(&message, IW_RENAME);
  iw_put_lent(&message, from);
  iw_put_lent(&message, to);
  iw_put_u8(&message, replace != 0);
  return iw_ask_plainly(call, &message);
}

static ilk_status fs_mkdir(ilk_call *call, ilk_str path) {
  iw_message message;
  iw_begin(&message, IW_MKDIR);
  iw_put_lent(&message, path);
  return iw_ask_plainly(call, &message);
}

const ilk_fs iw_fs = {
    .struct_size = sizeof iw_fs,
    .read = fs_read,
    .write = fs_write,
    .stat = fs_stat,
    .list = fs_list,
    .remove = fs_remove,
    .rename = fs_rename,
    .mkdir = fs_mkdir,
};

/* ---- interlock.workspace/1 */

static ilk_status roots(ilk_call *call, ilk_sink sink, void *context) {
  iw_message message;
  iw_begin(&message, IW_ROOTS);
  iw_put_u8(&message, sink != NULL);
  return iw_ask_and_lend(call, &message, sink, context);
}

const ilk_workspace iw_workspace = {.struct_size = sizeof iw_workspace, .roots = roots};

/* ---- interlock.reservation/1 */

static ilk_status reserved_name(ilk_call *call, uint32_t claim, ilk_sink sink, void *context) {
  iw_message message;
  iw_begin(&message, IW_NAME_OF);
  iw_put_u32(&message, claim);
  iw_put_u8(&message, sink != NULL);
  return iw_ask_and_lend(call, &message, sink, context);
}

static ilk_status enroll(ilk_call *call, ilk_str kind, ilk_str name, ilk_str label) {
  iw_message message;
  iw_begin(&message, IW_ENROLL);
  iw_put_lent(&message, kind);
  iw_put_lent(&message, name);
  iw_put_lent(&message, label);
  return iw_ask_plainly(call, &message);
}

static ilk_status unenroll(ilk_call *call, ilk_str kind, ilk_str name) {
  iw_message message;
  iw_begin(&message, IW_UNENROLL);
  iw_put_lent(&message, kind);
  iw_put_lent(&message, name);
  return iw_ask_plainly(call, &message);
}

static ilk_status enrolled(ilk_call *call, ilk_str kind, ilk_sink sink, void *context) {
  iw_message message;
  iw_begin(&message, IW_ENROLLED);
  iw_put_lent(&message, kind);
  iw_put_u8(&message, sink != NULL);
  return iw_ask_and_lend(call, &message, sink, context);
}

const ilk_reservation iw_reservation = {
    .struct_size = sizeof iw_reservation,
    .name = reserved_name,
    .enroll = enroll,
    .unenroll = unenroll,
    .enrolled = enrolled,
};
