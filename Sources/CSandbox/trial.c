#define _GNU_SOURCE
#include "trial.h"

#include <errno.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

static _Noreturn void try_in_child(int answers, const struct place *place, confinement confine, attempt try_it) {
  struct trial trial = {.could_confine = 1};
  sandbox_report report;
  sandbox_report_clear(&report);
  if (confine != NULL && confine(place, &report) != 0) {
    trial.could_confine = 0;
    trial.error = report.error;
    memcpy(trial.words, report.words, sizeof trial.words);
  } else {
    trial.error = try_it(place);
  }
  const ssize_t written = write(answers, &trial, sizeof trial);
  _exit(written == sizeof trial ? 0 : 1);
}

struct trial trial_run(const struct place *place, confinement confine, attempt try_it) {
  struct trial trial = {0};
  int ends[2];
  if (pipe(ends) != 0) return (struct trial){.error = errno, .words = "a pipe to the child"};
  const pid_t child = fork();
  if (child == 0) try_in_child(ends[1], place, confine, try_it);
  close(ends[1]);
  const ssize_t count = child > 0 ? read(ends[0], &trial, sizeof trial) : -1;
  close(ends[0]);
  if (child > 0) waitpid(child, NULL, 0);
  if (count != sizeof trial) return (struct trial){.error = ECHILD, .words = "the child ended without an answer"};
  return trial;
}
