#define _GNU_SOURCE
#include "CLinux.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <unistd.h>

static int interrupts = -1;

static void on_interrupt(int signal) {
    int saved = errno;
    unsigned char byte = (unsigned char)signal;
    // The pipe does not block: when it is full, enough interrupts are waiting to be seen.
    ssize_t written = write(interrupts, &byte, 1);
    (void)written;
    errno = saved;
}

static void on_broken_pipe(int signal) { (void)signal; }

static void handle(int signal, void (*handler)(int)) {
    struct sigaction action = {.sa_handler = handler, .sa_flags = SA_RESTART};
    sigemptyset(&action.sa_mask);
    sigaction(signal, &action, NULL);
}

int il_interrupts_open(void) {
    int ends[2];
    if (pipe2(ends, O_CLOEXEC) != 0) return -1;
    if (fcntl(ends[1], F_SETFL, O_NONBLOCK) != 0) {
        close(ends[0]);
        close(ends[1]);
        return -1;
    }
    interrupts = ends[1];
    handle(SIGINT, on_interrupt);
    handle(SIGTERM, on_interrupt);
    return ends[0];
}

void il_interrupts_close(void) {
    handle(SIGINT, SIG_DFL);
    handle(SIGTERM, SIG_DFL);
}

void il_ignore_broken_pipes(void) { handle(SIGPIPE, on_broken_pipe); }
