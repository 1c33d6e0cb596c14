// Preloaded into a program, does something to it at one of the calls that change what is on the disk
// under which name: those are the points at which a crash leaves different things behind.
//
// The program, loaded and ready, waits for requests on the socket whose number is in FAULT_SOCKET and
// forks for each, because loading takes longer than most of what is run. A request is a folder to work
// in, what is to happen, the number of the call, from 1, and the arguments, each ended by a zero. The
// answer is the status that wait(2) gives. What may happen:
//
//   stop   the program is sent SIGTERM before the call
//   full   the call fails for want of space
//   ask    the name and path of every call are sent over the socket, and the call waits for a message:
//          somebody else sees what a crash there leaves

#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

typedef int Entry(int, char **, char **);

static Entry *program;
static int requests = -1, wanted;
static const char *fault = "";
static atomic_int count;

static void ask(const char *name, const char *path) {
  static pthread_mutex_t one_at_a_time = PTHREAD_MUTEX_INITIALIZER;
  char text[8192];
  int length = snprintf(text, sizeof text, "%s %s", name, path);
  pthread_mutex_lock(&one_at_a_time);
  send(requests, text, length, 0);
  while (recv(requests, text, sizeof text, 0) < 0 && errno == EINTR) {
  }
  pthread_mutex_unlock(&one_at_a_time);
}

// Whether the call is to fail. Freeing space needs none.
static int fails(const char *name, const char *path, int needs_space) {
  int number = atomic_fetch_add(&count, 1) + 1;
  if (strcmp(fault, "ask") == 0) ask(name, path);
  if (number != wanted) return 0;
  if (strcmp(fault, "stop") == 0) {
    kill(getpid(), SIGTERM);
    usleep(50000);  // It arrives on a thread of its own.
  }
  if (strcmp(fault, "full") != 0 || !needs_space) return 0;
  errno = ENOSPC;
  return 1;
}

#define CALL(name, path, needs_space, parameters, ...)                   \
  int name parameters {                                                  \
    static int(*next) parameters;                                        \
    if (!next) next = (int(*) parameters)dlsym(RTLD_NEXT, #name);        \
    return fails(#name, path, needs_space) ? -1 : next(__VA_ARGS__);     \
  }

CALL(fsync, "", 1, (int file), file)
CALL(fdatasync, "", 1, (int file), file)
CALL(rename, to, 1, (const char *from, const char *to), from, to)
CALL(renameat, to, 1, (int a, const char *from, int b, const char *to), a, from, b, to)
CALL(renameat2, to, 1, (int a, const char *from, int b, const char *to, unsigned flags), a, from, b,
     to, flags)
CALL(mkdir, path, 1, (const char *path, mode_t mode), path, mode)
CALL(mkdirat, path, 1, (int folder, const char *path, mode_t mode), folder, path, mode)
CALL(unlink, path, 0, (const char *path), path)
CALL(unlinkat, path, 0, (int folder, const char *path, int flags), folder, path, flags)
CALL(rmdir, path, 0, (const char *path), path)

// A request is carried out in a process of its own, which ends with the program.
static int carry_out(char *request, char *end, char *name, char **environment) {
  char *arguments[256] = {name};
  int words = 0, number = 1;
  for (char *word = request; word < end; word += strlen(word) + 1, words++) {
    if (words == 0 && chdir(word) != 0) return 126;
    if (words == 1) fault = word;
    if (words == 2) wanted = atoi(word);
    if (words > 2 && number < 255) arguments[number++] = word;
  }
  // Programs that it starts are as always.
  unsetenv("FAULT_SOCKET");
  unsetenv("LD_PRELOAD");
  // What Swift takes for the arguments it saw before this.
  alarm(1200);  // Of the clock: whatever waits for longer waits for ever.
  void (*override)(char **, int) = dlsym(RTLD_DEFAULT, "_swift_stdlib_overrideUnsafeArgvArgc");
  if (override) override(arguments, number);
  return program(number, arguments, environment);
}

static int serve(int argc, char **argv, char **environment) {
  static char request[1 << 16];
  ssize_t length;
  while ((length = recv(requests, request, sizeof request - 1, 0)) > 0) {
    request[length] = 0;
    pid_t child = fork();
    if (child == 0) return carry_out(request, request + length, argv[0], environment);
    int status = 0;
    while (waitpid(child, &status, 0) < 0 && errno == EINTR) {
    }
    if (send(requests, &status, sizeof status, 0) < 0) return 1;
  }
  return 0;
}

int __libc_start_main(Entry *main, int argc, char **argv, void (*init)(void), void (*fini)(void),
                      void (*last)(void), void *stack) {
  int (*next)(Entry *, int, char **, void (*)(void), void (*)(void), void (*)(void), void *) =
      dlsym(RTLD_NEXT, "__libc_start_main");
  const char *number = getenv("FAULT_SOCKET");
  program = main;
  if (number) requests = atoi(number);
  return next(number ? serve : main, argc, argv, init, fini, last, stack);
}
