/* A host and a worker in miniature: it loads a plugin, and runs each of its tools twice in a scene made anew, first in
 * a process without layers, then in one with them. Nothing is claimed, so what can be done is what the layers permit by
 * themselves. For SandboxTests; real workers are made elsewhere, of the same parts. */
#ifndef DRIVER_H
#define DRIVER_H

#include <stddef.h>
#include <stdint.h>

#include "sandbox.h"

enum { PATH_SIZE = 1024, MOST_TOLD = 64 };

/* ---- scene.c: the files and sockets that attempts reach for */
struct scene_paths {
  char top[PATH_SIZE], workspace[PATH_SIZE], outside[PATH_SIZE], scratch[PATH_SIZE];
  char arguments[16 * PATH_SIZE]; /* as JSON */
};

struct listeners {
  char path[PATH_SIZE], name[64];
  int tcp_port, udp_port;
};
void listeners_open(struct listeners *listeners, const char *directory);

void scene_make(struct scene_paths *scene, const char *top, const struct listeners *listeners);
void scene_remove(const struct scene_paths *scene);
/* A number that differs when anything in the scene does: names, contents, modes, owners, times, attributes, flags. What
 * is in scratch does not count. */
uint64_t scene_print(const struct scene_paths *scene);

/* ---- call.c: one tool of one plugin */
struct result {
  int32_t is_done, error;  /* error: an errno, or -1 for "this system has it not" */
  int32_t status;          /* how the process ended, as of waitpid */
  char text[512];          /* what the tool emitted, or why it failed */
};

/* What was refused. */
struct told {
  uint32_t operation;
  int is_call;
  char path[PATH_SIZE];
};

struct setting {
  const char *plugin;
  const char *libraries; /* the directory of Swift's runtime, for a plugin that needs it; may be NULL */
  int without_namespaces, without_call_layer;
  int goes_on;    /* the host lets the kernel open what the call would claim */
  int gives_roots; /* and the kernel may write the whole workspace */
  uint32_t grants;
  sandbox_limits limits;
};

struct run {
  struct result result;
  sandbox_report report;
  struct told told[MOST_TOLD];
  size_t told_count;
};

/* In the process that is to run it: loads the plugin, calls the tool. */
struct tool_call {
  const void *plugin; /* const ilk_plugin * */
  void *self;         /* what its init gave */
};
const char *plugin_load(struct tool_call *call, const char *path); /* NULL, or why not */
void plugin_execute(const struct tool_call *call, const char *tool, const char *arguments, struct result *result);
/* For each tool: name, the operation that is expected to be told, and whether it changes files when done. */
void plugin_each(const struct tool_call *call, void (*use)(void *, const char *tool, const char *told, int changes),
                 void *context);

/* ---- worker.c */
void run_unconfined(const struct setting *setting, const struct scene_paths *scene, const char *tool, struct run *run);
void run_confined(const struct setting *setting, const struct scene_paths *scene, const char *tool, struct run *run);

/* ---- hearing.c */
int hear_nobody(void);

/* ---- mounting.c */
int mount_what_is_there(const char *directory);

/* ---- older.c: from here on Landlock says that it is of this version; 0 = there is none */
void live_on_older_kernel(int version);

_Noreturn void give_up(const char *what);

#endif
