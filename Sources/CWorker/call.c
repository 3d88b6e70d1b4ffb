#define _GNU_SOURCE
#include "call.h"

#include <limits.h>
#include <poll.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "places.h"
#include "services.h"
#include "wire.h"

/* ---- the host's table */

static struct {
  pthread_mutex_t lock;
  int channel;
  ilk_call *only; /* where the process runs one call alone */
} words = {PTHREAD_MUTEX_INITIALIZER, -1, NULL};

void iw_log_to(int channel) { words.channel = channel; }

static void put_words(iw_message *message, int32_t level, ilk_str text) {
  iw_put_u32(message, (uint32_t)level);
  iw_put_lent(message, text);
}

static void host_log(const ilk_host *host, int32_t level, ilk_str text) {
  (void)host;
  iw_message message;
  if (iw_mine != NULL) {
    iw_begin(&message, IW_SAID);
    iw_put_u8(&message, 1);
    put_words(&message, level, text);
    iw_say(iw_mine, &message);
  } else if (words.channel >= 0) {
    if (text.len > IW_TEXT_MAX / 2) text.len = IW_TEXT_MAX / 2;
    iw_begin(&message, IW_LOGGED);
    put_words(&message, level, text);
    pthread_mutex_lock(&words.lock);
    iw_send(words.channel, &message);
    pthread_mutex_unlock(&words.lock);
  } else {
    iw_place *place = iw_pin(words.only);
    if (place == NULL) return;
    iw_begin(&message, IW_SAID);
    iw_put_u8(&message, 0);
    put_words(&message, level, text);
    iw_say(place, &message);
    iw_unpin(place);
  }
}

static const void *host_get_ext(const ilk_host *host, const char *id) {
  (void)host;
  if (id == NULL) return NULL;
  if (strcmp(id, ILK_EXT_FS) == 0) return &iw_fs;
  if (strcmp(id, ILK_EXT_WORKSPACE) == 0) return &iw_workspace;
  if (strcmp(id, ILK_EXT_RESERVATION) == 0) return &iw_reservation;
  return NULL;
}

static ilk_status host_emit(ilk_call *call, ilk_str mime, ilk_str bytes) {
  iw_message message;
  iw_begin(&message, IW_EMIT);
  iw_put_lent(&message, mime);
  iw_put_lent(&message, bytes);
  return iw_ask_plainly(call, &message);
}

static ilk_status host_result(ilk_call *call, ilk_str json) {
  iw_message message;
  iw_begin(&message, IW_RESULT);
  iw_put_lent(&message, json);
  return iw_ask_plainly(call, &message);
}

static ilk_status host_progress(ilk_call *call, double done, double total, ilk_str text) {
  iw_message message;
  iw_begin(&message, IW_PROGRESS);
  iw_put_f64(&message, done);
  iw_put_f64(&message, total);
  iw_put_lent(&message, text);
  return iw_ask_plainly(call, &message);
}

static ilk_status host_fail(ilk_call *call, ilk_status status, ilk_str text, ilk_str details) {
  iw_message message;
  iw_begin(&message, IW_FAIL);
  iw_put_u32(&message, (uint32_t)status);
  iw_put_lent(&message, text);
  iw_put_lent(&message, details);
  return iw_ask_plainly(call, &message);
}

static int32_t host_cancelled(ilk_call *call) { return iw_is_cancelled(call); }

static int32_t host_cancel_fd(ilk_call *call) {
  iw_place *place = iw_pin(call);
  if (place == NULL) return -1;
  int32_t descriptor = place->cancelling;
  iw_unpin(place);
  return descriptor;
}

static uint64_t host_deadline(ilk_call *call) {
  iw_place *place = iw_pin(call);
  if (place == NULL) return 0;
  uint64_t deadline = place->deadline;
  iw_unpin(place);
  return deadline;
}

static ilk_status host_release(ilk_call *call, uint32_t claim) {
  iw_message message;
  iw_begin(&message, IW_RELEASE);
  iw_put_u32(&message, claim);
  return iw_ask_plainly(call, &message);
}

const ilk_host *iw_host_table(void) {
  static const ilk_host table = {
      .struct_size = sizeof table,
      .abi_minor = ILK_ABI_MINOR,
      .get_ext = host_get_ext,
      .log = host_log,
      .emit = host_emit,
      .result = host_result,
      .progress = host_progress,
      .fail = host_fail,
      .cancelled = host_cancelled,
      .cancel_fd = host_cancel_fd,
      .deadline_ns = host_deadline,
      .release = host_release,
      .last_error = iw_last_error,
  };
  return &table;
}

/* ---- the hint to stop, for tools that want one: a thread that waits for it */

typedef struct {
  const iw_served *served;
  const ilk_tool *tool;
  ilk_call *call;
  iw_place *place;
  int stopping;
  pthread_t thread;
} hint;

static void *wait_for_cancel(void *context) {
  hint *hint = context;
  struct pollfd look[] = {{hint->place->cancelling, POLLIN, 0}, {hint->stopping, POLLIN, 0}};
  while (poll(look, 2, -1) < 0) {
  }
  if (look[0].revents != 0 && look[1].revents == 0) {
    atomic_store(&hint->place->cancelled, true);
    hint->tool->cancel(hint->served->self, hint->tool, hint->call);
  }
  return NULL;
}

static void begin_hint(hint *hint) {
  if (hint->tool->cancel == NULL) return;
  hint->stopping = eventfd(0, EFD_CLOEXEC);
  if (hint->stopping < 0 || pthread_create(&hint->thread, NULL, wait_for_cancel, hint) != 0) abort();
}

static void end_hint(hint *hint) {
  if (hint->tool->cancel == NULL) return;
  if (eventfd_write(hint->stopping, 1) != 0) abort();
  pthread_join(hint->thread, NULL);
  close(hint->stopping);
}

/* ---- a call */

static ilk_status execute(const iw_served *served, const ilk_tool *tool, ilk_call *call, ilk_str arguments) {
  iw_place *place = iw_pin(call);
  iw_mine = place;
  hint hint = {served, tool, call, place, -1, 0};
  begin_hint(&hint);
  ilk_status status = tool->execute(served->self, tool, call, arguments);
  end_hint(&hint);
  iw_mine = NULL;
  iw_unpin(place);
  return status;
}

/* ---- its layer */

typedef struct {
  uint32_t tool, grants;
  uint64_t deadline;
  char directory[PATH_MAX];
  ilk_str arguments;
} order;

static void get_text(iw_cursor *cursor, char *text, size_t size) {
  ilk_str bytes = iw_get_bytes(cursor);
  cursor->failed = cursor->failed || bytes.len >= size;
  if (!cursor->failed && bytes.len > 0) memcpy(text, bytes.ptr, bytes.len);
  text[cursor->failed ? 0 : bytes.len] = 0;
}

static bool get_order(iw_cursor *cursor, order *order) {
  order->tool = iw_get_u32(cursor);
  order->deadline = iw_get_u64(cursor);
  get_text(cursor, order->directory, sizeof order->directory);
  order->grants = iw_get_u32(cursor);
  order->arguments = iw_get_bytes(cursor);
  return !cursor->failed;
}

static bool confine(const iw_served *served, int socket, const order *order) {
  sandbox_report report;
  const sandbox_call call = {.grants = order->grants, .private_directory = order->directory};
  if (sandbox_enter_call(&call, &served->report, &report) == 0) return true;
  iw_message message;
  iw_begin(&message, IW_UNCONFINED);
  iw_put_bytes(&message, report.words, strlen(report.words));
  iw_send(socket, &message);
  return false;
}

bool iw_run_call(const iw_served *served, int socket, int cancelling) {
  iw_head head;
  if (!iw_receive(socket, &head, sizeof head) || head.kind != IW_CALL || head.size > IW_FRAME_MAX) return false;
  unsigned char *body = malloc(head.size);
  if (body == NULL) abort();
  bool done = iw_receive(socket, body, head.size);
  iw_cursor cursor = {body, body + head.size, false};
  order order = {0};
  done = done && get_order(&cursor, &order) && order.tool < served->plugin->n_tools;
  done = done && (!served->is_alone || confine(served, socket, &order));
  if (done) {
    ilk_call *call = iw_place_take(socket, cancelling, order.deadline);
    if (words.channel < 0) words.only = call;
    ilk_status status = execute(served, served->plugin->tools[order.tool], call, order.arguments);
    iw_place_give_back(call);
    iw_message message;
    iw_begin(&message, IW_RETURNED);
    iw_put_u32(&message, (uint32_t)status);
    done = iw_send(socket, &message);
  }
  free(body);
  return done;
}
