#ifdef __linux__
#define _GNU_SOURCE
#endif
#include "programs.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>
#ifdef __linux__
#include <sys/prctl.h>
#include <sys/syscall.h>
#endif

extern char **environ;

/// A pipe whose ends no other program inherits, and that take none of the places 0, 1 and 2, which
/// may be free.
static int open_pipe(int ends[2]) {
  int made[2];
  if (pipe(made) != 0) return -1;
  for (int i = 0; i < 2; i++) {
    ends[i] = fcntl(made[i], F_DUPFD_CLOEXEC, 3);
    close(made[i]);
  }
  return ends[0] < 0 || ends[1] < 0 ? -1 : 0;
}

static void close_pipe(int ends[2]) {
  for (int i = 0; i < 2; i++) {
    if (ends[i] >= 0) close(ends[i]);
  }
}

/// Whatever else this program has open is not the other's.
static void keep_the_rest_closed(void) {
#if defined(__linux__) && defined(SYS_close_range)
  const unsigned close_on_exec = 4;
  if (syscall(SYS_close_range, 3u, ~0u, close_on_exec) == 0) return;
#endif
  for (int file = 3; file < 4096; file++) {
    int flags = fcntl(file, F_GETFD);
    if (flags >= 0) fcntl(file, F_SETFD, flags | FD_CLOEXEC);
  }
}

/// Between fork and exec: only what may be called where other threads held locks.
static void become(char *const words[], char *const environment[], const int ends[3], int failure,
                   pid_t parent) {
  setpgid(0, 0);
#ifdef __linux__
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  if (getppid() != parent) _exit(127);
#else
  (void)parent;
#endif
  const int signals[] = {SIGHUP, SIGINT, SIGQUIT, SIGPIPE, SIGTERM, SIGCHLD};
  for (size_t i = 0; i < sizeof signals / sizeof *signals; i++) signal(signals[i], SIG_DFL);
  sigset_t none;
  sigemptyset(&none);
  sigprocmask(SIG_SETMASK, &none, NULL);
  for (int i = 0; i < 3; i++) {
    if (dup2(ends[i], i) < 0) goto failed;
  }
  keep_the_rest_closed();
  environ = (char **)environment;
  execvp(words[0], words);
failed:;
  int reason = errno;
  if (write(failure, &reason, sizeof reason) < 0) _exit(126);
  _exit(127);
}

int di_process_start(char *const words[], char *const environment[], struct di_process *process) {
  int pipes[4][2] = {{-1, -1}, {-1, -1}, {-1, -1}, {-1, -1}};
  int reason = 0;
  for (int i = 0; i < 4 && reason == 0; i++) {
    if (open_pipe(pipes[i]) != 0) reason = errno;
  }
  pid_t parent = getpid();
  pid_t child = reason == 0 ? fork() : -1;
  if (child == 0) {
    const int ends[3] = {pipes[0][0], pipes[1][1], pipes[2][1]};
    become(words, environment, ends, pipes[3][1], parent);
  }
  if (child < 0) {
    if (reason == 0) reason = errno;
    for (int i = 0; i < 4; i++) close_pipe(pipes[i]);
    return reason;
  }
  // Also here: the other may not have come to it when it is to be killed.
  setpgid(child, child);
  close(pipes[0][0]);
  close(pipes[1][1]);
  close(pipes[2][1]);
  close(pipes[3][1]);
  ssize_t got;
  do got = read(pipes[3][0], &reason, sizeof reason);
  while (got < 0 && errno == EINTR);
  close(pipes[3][0]);
  process->identifier = child;
  process->input = pipes[0][1];
  process->output = pipes[1][0];
  process->error = pipes[2][0];
  if (got == (ssize_t)sizeof reason) {
    waitpid(child, NULL, 0);
    close(process->input);
    close(process->output);
    close(process->error);
    return reason;
  }
  fcntl(process->input, F_SETFL, O_NONBLOCK);
  fcntl(process->output, F_SETFL, O_NONBLOCK);
  fcntl(process->error, F_SETFL, O_NONBLOCK);
  return 0;
}

ssize_t di_process_write(int file, const void *bytes, size_t count) {
  sigset_t pipe_signal, before, pending;
  sigemptyset(&pipe_signal);
  sigaddset(&pipe_signal, SIGPIPE);
  sigpending(&pending);
  int was_pending = sigismember(&pending, SIGPIPE);
  pthread_sigmask(SIG_BLOCK, &pipe_signal, &before);
  ssize_t wrote = write(file, bytes, count);
  int reason = errno;
  if (wrote < 0 && reason == EPIPE && !was_pending) {
    // An ignored signal is not pending.
    sigpending(&pending);
    int number;
    if (sigismember(&pending, SIGPIPE)) sigwait(&pipe_signal, &number);
  }
  pthread_sigmask(SIG_SETMASK, &before, NULL);
  errno = reason;
  return wrote;
}
