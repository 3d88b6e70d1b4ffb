/* A shell in a claimed directory: each tool runs a script there, and is done if it ends well. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <fcntl.h>
#include <spawn.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#define DIRECTORY_MODE ILK_EXCLUSIVE
#define FLAGS ILK_TOOL_SPAWNS
#include "tools.h"

extern char **environ;

static int run(ilk_str args, const char *script) {
  char line[4096];
  snprintf(line, sizeof line, "set -e; cd '%s'; %s", argument(args, "directory"), script);
  char *arguments[] = {"sh", "-c", line, NULL};
  pid_t child;
  int status = 0;
  const int error = posix_spawn(&child, "/bin/sh", NULL, NULL, arguments, environ);
  if (error != 0) return error;
  if (waitpid(child, &status, 0) != child) return errno;
  return status == 0 ? 0 : WIFEXITED(status) && WEXITSTATUS(status) == 13 ? EACCES : ECHILD;
}

static int pipeline(ilk_str args) { return run(args, "echo b > x; echo a >> x; sort x | head -n 1 | grep -q a; rm x"); }
static int here_document(ilk_str args) { return run(args, "cat > y <<END\n$HOME $TMPDIR\nEND\ntest -s y; rm y"); }
static int run_a_script(ilk_str args) {
  return run(args, "printf '#!/bin/sh\\necho hello\\n' > s; chmod +x s; test \"$(./s)\" = hello; rm s");
}
static int copy_with_times(ilk_str args) {
  return run(args, "touch -d '2001-01-01 UTC' a; cp -p a b; test ! b -nt a -a ! a -nt b; rm a b");
}
static int use_git(ilk_str args) {
  return run(args,
             "git init -q repo; cd repo; git config user.name x; git config user.email x@example.org; echo 1 > f; "
             "git add f; git commit -qm one; git status --porcelain > s; test \"$(git log --format=%s)\" = one; "
             "cd ..; rm -rf repo");
}
static int use_an_archive(ilk_str args) {
  return run(args, "mkdir d; echo 1 > d/f; chmod 750 d; tar cf d.tar d; rm -r d; tar xf d.tar; "
                   "test \"$(stat -c %a d)\" = 750; rm -r d d.tar");
}
static int work_in_the_background(ilk_str args) { return run(args, "sleep 0.01 & wait $!; (exit 0) | cat"); }
static int see_its_processes(ilk_str args) { return run(args, "test -r /proc/$$/status"); }

/* What it may not. The script says 13 for "was stopped". */
static int write_outside(ilk_str args) {
  char script[2048];
  snprintf(script, sizeof script, "(echo evil > '%s') 2>/dev/null || exit 13", argument(args, "sibling"));
  return run(args, script);
}
static int chmod_outside(ilk_str args) {
  char script[2048];
  snprintf(script, sizeof script, "chmod 600 '%s' 2>/dev/null || exit 13", argument(args, "sibling"));
  return run(args, script);
}
static int read_outside(ilk_str args) {
  char script[2048];
  snprintf(script, sizeof script, "cat '%s' >/dev/null 2>&1 || exit 13", argument(args, "sibling"));
  return run(args, script);
}
/* Programs may run what lies in roots, so that the kernel itself would let it be read. */
static int read_by(ilk_str args, const char *first, const char *link) {
  char script[3072];
  snprintf(script, sizeof script, "sibling='%s'; %s cat %s >/dev/null 2>&1 || exit 13", argument(args, "sibling"), first, link);
  return run(args, script);
}
static int read_by_cwd(ilk_str args) { return read_by(args, "", "/proc/self/cwd/../sibling.txt"); }
static int read_by_root(ilk_str args) { return read_by(args, "", "/proc/self/root$sibling"); }
static int read_by_root_of_thread(ilk_str args) { return read_by(args, "", "/proc/thread-self/root$sibling"); }
static int read_by_descriptor(ilk_str args) { return read_by(args, "exec 3<.;", "/proc/self/fd/3/../sibling.txt"); }
static int read_by_other_descriptor(ilk_str args) { return read_by(args, "exec 3<.;", "/dev/fd/3/../sibling.txt"); }
static int read_by_link(ilk_str args) {
  return read_by(args, "ln -s /proc/self/root \"$TMPDIR/l\";", "\"$TMPDIR/l$sibling\"");
}
static int read_by_the_way_out(ilk_str args) { return read_by(args, "", "\"$TMPDIR/../../..$sibling\""); }
/* By more directories than the host goes through. */
static int read_by_a_long_way(ilk_str args) {
  return read_by(args, "w=.; for i in 1 2 3 4 5 6; do w=$w/d/d/d/d/d/d/d/d/d/d/d/d/d/d/d/d/d/d/d/d/d/d/d/d/d/d/d/d/d/d/d/d/d/d/d/d/d/d/d/d/d/d/d/d/d/d/d/d/d/d; done;"
                       "mkdir -p $w; b=$(echo $w | sed 's,/d,/..,g');", "$w/$b/../sibling.txt");
}
static int read_beside_the_plugin_as(ilk_str args, const char *name) {
  Dl_info own;
  char script[2048];
  if (dladdr((void *)read_beside_the_plugin_as, &own) == 0) return EIO;
  snprintf(script, sizeof script, "cat \"$(dirname '%s')/%s\" >/dev/null 2>&1 || exit 13", own.dli_fname, name);
  return run(args, script);
}
/* What is called as a library is, in a directory beside the plugin. */
static int read_beside_the_plugin(ilk_str args) { return read_beside_the_plugin_as(args, "beside/secret.so.txt"); }
/* A link beside the plugin that is called as a library is: where it leads nobody claimed. */
static int read_by_a_librarys_name(ilk_str args) { return read_beside_the_plugin_as(args, "link.so"); }
static int finds_nothing_without_a_path(ilk_str args) {
  (void)args;
  return open("", O_RDONLY) >= 0 ? EIO : errno == ENOENT ? 0 : errno;
}
static int make_a_setuid_file(ilk_str args) {
  return run(args, "touch u; trap 'rm u' EXIT; chmod u+s u 2>/dev/null || exit 13");
}
static int signal_the_host(ilk_str args) {
  char script[256];
  snprintf(script, sizeof script, "kill -URG %s 2>/dev/null || exit 13", argument(args, "host"));
  return run(args, script);
}

/* What must stay as it is, in a directory that may be changed. */
static int plant_a_hook(ilk_str args) {
  return run(args, "(echo evil > .git/hooks/pre-commit) 2>/dev/null || exit 13");
}
static int change_the_configuration(ilk_str args) {
  return run(args, "(echo evil >> .git/config) 2>/dev/null || exit 13");
}
static int replace_the_configuration(ilk_str args) {
  return run(args, "echo evil > .git/x; mv .git/x .git/config 2>/dev/null || { rm .git/x; exit 13; }");
}
static int move_git_away(ilk_str args) { return run(args, "mv .git elsewhere 2>/dev/null || exit 13"); }
static int mode_of_the_configuration(ilk_str args) { return run(args, "chmod 666 .git/config 2>/dev/null || exit 13"); }

const struct row rows[] = {
    {"plant_a_hook", plant_a_hook},
    {"change_the_configuration", change_the_configuration},
    {"replace_the_configuration", replace_the_configuration},
    {"move_git_away", move_git_away},
    {"mode_of_the_configuration", mode_of_the_configuration},
    {"pipeline", pipeline},
    {"here_document", here_document},
    {"run_a_script", run_a_script},
    {"copy_with_times", copy_with_times},
    {"use_git", use_git},
    {"use_an_archive", use_an_archive},
    {"work_in_the_background", work_in_the_background},
    {"see_its_processes", see_its_processes},
    {"write_outside", write_outside},
    {"chmod_outside", chmod_outside},
    {"read_outside", read_outside},
    {"read_by_cwd", read_by_cwd},
    {"read_by_root", read_by_root},
    {"read_by_root_of_thread", read_by_root_of_thread},
    {"read_by_descriptor", read_by_descriptor},
    {"read_by_other_descriptor", read_by_other_descriptor},
    {"read_by_link", read_by_link},
    {"read_by_the_way_out", read_by_the_way_out},
    {"read_by_a_long_way", read_by_a_long_way},
    {"read_beside_the_plugin", read_beside_the_plugin},
    {"read_by_a_librarys_name", read_by_a_librarys_name},
    {"finds_nothing_without_a_path", finds_nothing_without_a_path},
    {"make_a_setuid_file", make_a_setuid_file},
    {"signal_the_host", signal_the_host},
};
const unsigned row_count = sizeof rows / sizeof *rows;
