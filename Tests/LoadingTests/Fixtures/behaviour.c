/* Tools that misuse the host's services, and report what they were answered. */
#include <math.h>
#include <pthread.h>
#include <semaphore.h>
#include <stdio.h>

#include "interlock_args.h"

#define NONE ((ilk_str){0, 0})
static const ilk_host *host;
static const ilk_fs *fs;
static const ilk_reservation *reservations;
static const ilk_workspace *workspace;

static ilk_status init(const ilk_plugin *p, const ilk_host *h, ilk_str config, void **self, char *err, size_t n) {
  (void)p, (void)config, (void)self, (void)err, (void)n;
  host = h, fs = h->get_ext(h, ILK_EXT_FS), reservations = h->get_ext(h, ILK_EXT_RESERVATION);
  workspace = h->get_ext(h, ILK_EXT_WORKSPACE);
  return ILK_OK;
}

static ilk_status append(void *context, ilk_str chunk) {
  strncat(context, chunk.ptr, chunk.len < 200 ? chunk.len : 200);
  return ILK_OK;
}

/* "name status words" as one line of the result */
static void report(ilk_call *call, const char *name, ilk_status status) {
  char words[256] = "", line[400];
  if (status < 0) host->last_error(call, append, words);
  snprintf(line, sizeof line, "%s %d %s\n", name, status, words);
  host->emit(call, NONE, (ilk_str){line, strlen(line)});
}

static ilk_status stop(void *context, ilk_str chunk) {
  (void)context, (void)chunk;
  return 77;
}

static ilk_status misuse(void *self, const ilk_tool *tool, ilk_call *call, ilk_str args) {
  (void)self, (void)tool, (void)args;
  const ilk_str bad = ILK_STR("\xff\xfe"), path = ILK_STR("f"), null_with_length = {NULL, 5};
  const ilk_str negative = {"x", (size_t)-1};
  ilk_stat small = {.struct_size = 4}, stat = {.struct_size = sizeof stat};
  char text[512] = "";
  report(call, "utf8", host->emit(call, NONE, bad));
  report(call, "null", host->emit(call, NONE, null_with_length));
  report(call, "negative", host->emit(call, NONE, negative));
  report(call, "mime", host->emit(call, (ilk_str)ILK_STR("text"), path));
  report(call, "json", host->result(call, (ilk_str)ILK_STR("{\"a\":1,}")));
  report(call, "nan", host->progress(call, NAN, 1, NONE));
  report(call, "infinite", host->progress(call, 1, INFINITY, NONE));
  report(call, "below", host->progress(call, -1, 0, NONE));
  report(call, "positive", host->fail(call, 3, path, NONE));
  report(call, "details", host->fail(call, ILK_E_TOOL, path, (ilk_str)ILK_STR("{")));
  report(call, "sink", fs->read(call, path, 0, 10, NULL, NULL, NULL));
  report(call, "small", fs->read(call, path, 0, 10, append, text, &small));
  report(call, "stat", fs->stat(call, path, 1, NULL));
  report(call, "flags", fs->write(call, path, bad, 64, NULL));
  report(call, "stopped", fs->read(call, path, 0, 10, stop, NULL, &stat));
  report(call, "enroll", reservations->enroll(call, NONE, NONE, NONE));
  report(call, "roots", workspace->roots(call, NULL, NULL));
  report(call, "enough", workspace->roots(call, stop, NULL));
  report(call, "nosink", host->last_error(call, NULL, NULL));
  report(call, "forged", host->emit((ilk_call *)(uintptr_t)0x123456789abcdefull, NONE, path));
  report(call, "zero", host->emit((ilk_call *)NULL, NONE, path));
  report(call, "unknown", host->get_ext(host, "interlock.unknown/1") == NULL ? 0 : 1);
  report(call, "unnamed", host->get_ext(host, NULL) == NULL ? 0 : 1);
  host->log(host, 99, bad);
  return -4242; /* no status of interlock.h */
}

static ilk_status fail_twice(void *self, const ilk_tool *tool, ilk_call *call, ilk_str args) {
  (void)self, (void)tool, (void)args;
  host->fail(call, ILK_E_TOOL, (ilk_str)ILK_STR("the first"), (ilk_str)ILK_STR("{\"n\":1}"));
  report(call, "second", host->fail(call, ILK_E_INTERNAL, (ilk_str)ILK_STR("the second"), NONE));
  return ILK_E_TOOL;
}

/* ---- a thread that goes on when its call has ended */
static struct {
  pthread_t thread;
  sem_t call_ended;
  ilk_call *call;
  int first[8];
} late;

static void *use_late(void *unused) {
  (void)unused;
  sem_wait(&late.call_ended);
  ilk_stat stat = {.struct_size = sizeof stat};
  late.first[0] = host->emit(late.call, NONE, (ilk_str)ILK_STR("late"));
  late.first[1] = host->fail(late.call, ILK_E_TOOL, NONE, NONE);
  late.first[2] = fs->stat(late.call, (ilk_str)ILK_STR("f"), 1, &stat);
  late.first[3] = reservations->enroll(late.call, NONE, NONE, NONE);
  late.first[4] = host->last_error(late.call, stop, NULL);
  late.first[5] = host->cancelled(late.call);
  late.first[6] = host->cancel_fd(late.call);
  late.first[7] = workspace->roots(late.call, stop, NULL);
  return NULL;
}

static ilk_status start_late(void *self, const ilk_tool *tool, ilk_call *call, ilk_str args) {
  (void)self, (void)tool, (void)args;
  late.call = call;
  sem_init(&late.call_ended, 0, 0);
  return pthread_create(&late.thread, NULL, use_late, NULL) == 0 ? ILK_OK : ILK_E_INTERNAL;
}

static ilk_status report_late(void *self, const ilk_tool *tool, ilk_call *call, ilk_str args) {
  (void)self, (void)tool, (void)args;
  char text[128];
  sem_post(&late.call_ended);
  pthread_join(late.thread, NULL);
  const int *s = late.first;
  snprintf(text, sizeof text, "%d %d %d %d %d %d %d %d", s[0], s[1], s[2], s[3], s[4], s[5], s[6], s[7]);
  return host->emit(call, NONE, (ilk_str){text, strlen(text)});
}

/* ---- a tool that runs until its cancel hint comes */
static sem_t cancelled;

static ilk_status wait_for_cancel(void *self, const ilk_tool *tool, ilk_call *call, ilk_str args) {
  (void)self, (void)tool, (void)args;
  host->progress(call, 1, 2, NONE); /* tells the test that it runs */
  sem_wait(&cancelled);
  return ILK_E_CANCELLED;
}

static void cancel(void *self, const ilk_tool *tool, ilk_call *call) {
  (void)self, (void)tool, (void)call;
  sem_post(&cancelled);
}

#define SCHEMA .input_schema = ILK_STR("{\"type\":\"object\"}")
static const ilk_tool t1 = {.struct_size = sizeof t1, .name = ILK_STR("misuse"), SCHEMA, .execute = misuse};
static const ilk_tool t2 = {.struct_size = sizeof t2, .name = ILK_STR("fail_twice"), SCHEMA, .execute = fail_twice};
static const ilk_tool t3 = {.struct_size = sizeof t3, .name = ILK_STR("start_late"), SCHEMA, .execute = start_late};
static const ilk_tool t4 = {.struct_size = sizeof t4, .name = ILK_STR("report_late"), SCHEMA, .execute = report_late};
static const ilk_tool t5 = {
    .struct_size = sizeof t5, .name = ILK_STR("wait"), SCHEMA, .execute = wait_for_cancel, .cancel = cancel};
static const ilk_tool *const tools[] = {&t1, &t2, &t3, &t4, &t5};
static const ilk_plugin plugin = {.struct_size = sizeof plugin, .id = ILK_STR("org.example.behaviour"),
    .version = ILK_STR("1.0.0"), .tools = tools, .n_tools = sizeof tools / sizeof tools[0], .init = init};

const ilk_plugin *ilk_plugin_v1(uint32_t host_minor) {
  (void)host_minor;
  sem_init(&cancelled, 0, 0);
  return &plugin;
}
