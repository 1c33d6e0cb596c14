// Preloaded into a program, does something to it at one of the calls that change what is on the disk
// under which name: those are the points at which a crash leaves different things behind.
//
//   FAULT_AT   the call's number, from 1; without it all calls only count
//   FAULT      kill: the process ends before the call, as by a crash of the machine;
//              stop: it is sent SIGTERM before the call; full: the call fails for want of space
//   FAULT_LOG  a file to which every call's number, name and path is added

#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static atomic_int count;

static void note(int number, const char *name, const char *path) {
  const char *log = getenv("FAULT_LOG");
  if (!log) return;
  int file = open(log, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644);
  if (file < 0) return;
  dprintf(file, "%d %s %s\n", number, name, path);
  close(file);
}

// Whether the call is to fail. Freeing space needs none.
static int fails(const char *name, const char *path, int needs_space) {
  int number = atomic_fetch_add(&count, 1) + 1;
  note(number, name, path);
  const char *at = getenv("FAULT_AT"), *fault = getenv("FAULT");
  if (!at || !fault || number != atoi(at)) return 0;
  if (strcmp(fault, "kill") == 0) kill(getpid(), SIGKILL);
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
