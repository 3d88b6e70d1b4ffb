/* A plugin with state, whose code writes with system calls of its own: what it is told to, whatever was claimed. */
#define _GNU_SOURCE
#include <fcntl.h>
#include <pthread.h>
#include <unistd.h>

#include "interlock.h"
#include "interlock_args.h"

/* Calls share it: one that holds waits for one that writes beside it. */
static enum { NOBODY, HOLDS, HAS_WRITTEN } state;
static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t changed = PTHREAD_COND_INITIALIZER;

static void become(int next) {
  pthread_mutex_lock(&mutex);
  state = next;
  pthread_cond_broadcast(&changed);
  pthread_mutex_unlock(&mutex);
}

static void wait_until(int wanted) {
  pthread_mutex_lock(&mutex);
  while ((int)state != wanted) pthread_cond_wait(&changed, &mutex);
  pthread_mutex_unlock(&mutex);
}

static ilk_status hold(void *self, const ilk_tool *tool, ilk_call *call, ilk_str args) {
  (void)self, (void)tool, (void)call, (void)args;
  become(HOLDS);
  wait_until(HAS_WRITTEN);
  return ILK_OK;
}

static ilk_status append(void *self, const ilk_tool *tool, ilk_call *call, ilk_str args) {
  (void)self, (void)tool, (void)call;
  char target[1024] = "", beside[8] = "";
  ilk_args_string(args, "target", target, sizeof target);
  ilk_args_string(args, "beside", beside, sizeof beside);
  if (beside[0] != 0) wait_until(HOLDS);
  const int file = open(target, O_WRONLY | O_APPEND);
  const int done = file >= 0 && write(file, "+", 1) == 1;
  if (file >= 0) close(file);
  if (beside[0] != 0) become(HAS_WRITTEN);
  return done ? ILK_OK : ILK_E_TOOL;
}

static const ilk_claim claim = {.struct_size = sizeof claim, .type = ILK_CLAIM_KEY, .mode = ILK_EXCLUSIVE,
                                .scope = ILK_EXACT, .kind = ILK_STR("path"), .pointer = ILK_STR("/claimed")};
static const ilk_claim *const claims[] = {&claim};
#define TOOL(FUNCTION)                                                                                              \
  {                                                                                                                 \
    .struct_size = sizeof(ilk_tool), .name = ILK_STR(#FUNCTION), .flags = ILK_TOOL_REENTRANT | ILK_TOOL_STATEFUL,   \
    .input_schema = ILK_STR("{\"type\":\"object\",\"properties\":{\"claimed\":{\"type\":\"string\"}}}"),            \
    .claims = claims, .n_claims = 1, .execute = FUNCTION                                                            \
  }
static const ilk_tool hold_tool = TOOL(hold), append_tool = TOOL(append);
static const ilk_tool *const tools[] = {&hold_tool, &append_tool};
static const ilk_plugin plugin = {.struct_size = sizeof plugin, .abi_minor = ILK_ABI_MINOR,
                                  .id = ILK_STR("org.example.stateful"), .version = ILK_STR("1.0.0"),
                                  .tools = tools, .n_tools = 2};

const ilk_plugin *ilk_plugin_v1(uint32_t host_minor) {
  (void)host_minor;
  return &plugin;
}
