/* Tools that differ in what they declare and not in what they do. */
#define _GNU_SOURCE
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

/* Evaluated for each row. */
#define FLAGS (strstr(rows[i].name, "_undeclared") == NULL ? ILK_TOOL_SPAWNS | ILK_TOOL_NETWORK : 0)
#include "../../SandboxTests/Fixtures/tools.h"

static int start_a_process(ilk_str args) {
  (void)args;
  const pid_t child = fork();
  if (child == 0) _exit(0);
  return child < 0 ? errno : outcome(waitpid(child, NULL, 0));
}
static int leave_the_group(ilk_str args) {
  (void)args;
  return outcome(setpgid(0, 0));
}
static int run_a_program(ilk_str args) {
  (void)args;
  char *arguments[] = {"no-such-program", NULL}, *environment[] = {NULL};
  execve("/no-such-program", arguments, environment);
  return errno == ENOENT ? 0 : errno; /* it would have, had there been one */
}
static int make_a_socket(ilk_str args) {
  (void)args;
  return outcome(socket(AF_INET, SOCK_STREAM, 0));
}

const struct row rows[] = {
    {"start_a_process", start_a_process},
    {"start_a_process_undeclared", start_a_process},
    {"leave_the_group", leave_the_group},
    {"leave_the_group_undeclared", leave_the_group},
    {"run_a_program", run_a_program},
    {"run_a_program_undeclared", run_a_program},
    {"make_a_socket", make_a_socket},
    {"make_a_socket_undeclared", make_a_socket},
};
const unsigned row_count = sizeof rows / sizeof *rows;
