// A NetCDF file read by a process of its own: the library ends, or never ends, at some damaged files,
// and takes nobody else with it.

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>
#ifdef __linux__
#include <sys/syscall.h>
#endif

#ifndef MSG_NOSIGNAL
#define MSG_NOSIGNAL 0
#endif

/// What a reader is asked for.
enum {
  /// Whether the file was opened.
  CNETCDF_OPENED,
  /// The number of groups; for each its number and its name.
  CNETCDF_GROUPS,
  /// The number of variables of a group; for each its name, type, rank, and of every axis length and
  /// name.
  CNETCDF_VARIABLES,
  /// As many float64.
  CNETCDF_VALUES,
  /// The attribute that is a single number.
  CNETCDF_ATTRIBUTE,
};

typedef struct {
  int32_t what, group, variable;
  /// Seconds that it may take.
  uint32_t seconds;
  uint64_t count;
  char attribute[32];
} cnetcdf_request;

/// Sends all bytes; 0 when nobody is there to take them.
static inline int cnetcdf_send(int place, const void *bytes, size_t count) {
  const char *next = (const char *)bytes;
  while (count > 0) {
    ssize_t sent = send(place, next, count, MSG_NOSIGNAL);
    if (sent < 0 && errno == EINTR) continue;
    if (sent <= 0) return 0;
    next += sent;
    count -= (size_t)sent;
  }
  return 1;
}

/// Receives as many bytes; 0 when the other side ended before.
static inline int cnetcdf_receive(int place, void *bytes, size_t count) {
  char *next = (char *)bytes;
  while (count > 0) {
    ssize_t got = recv(place, next, count, 0);
    if (got < 0 && errno == EINTR) continue;
    if (got <= 0) return 0;
    next += got;
    count -= (size_t)got;
  }
  return 1;
}

static inline void cnetcdf_send_number(int place, int64_t number) {
  cnetcdf_send(place, &number, sizeof number);
}

/// A name of NC_MAX_NAME bytes at most, zeros behind it.
static inline void cnetcdf_send_name(int place, const char *name) {
  size_t length = strnlen(name, NC_MAX_NAME);
  cnetcdf_send_number(place, (int64_t)length);
  cnetcdf_send(place, name, length);
}

static inline void cnetcdf_answer_groups(int place, int root) {
  int count = 0;
  int status = nc_inq_grps(root, &count, NULL);
  int *numbers = (int *)calloc((size_t)count + 1, sizeof(int));
  if (status == NC_NOERR) status = nc_inq_grps(root, &count, numbers);
  cnetcdf_send_number(place, status);
  if (status != NC_NOERR) return;
  cnetcdf_send_number(place, count);
  for (int index = 0; index < count; index++) {
    char name[NC_MAX_NAME + 1] = "";
    nc_inq_grpname(numbers[index], name);
    cnetcdf_send_number(place, numbers[index]);
    cnetcdf_send_name(place, name);
  }
  free(numbers);
}

static inline void cnetcdf_answer_variables(int place, int group) {
  int count = 0;
  int status = nc_inq_nvars(group, &count);
  cnetcdf_send_number(place, status);
  if (status != NC_NOERR) return;
  cnetcdf_send_number(place, count);
  for (int index = 0; index < count; index++) {
    char name[NC_MAX_NAME + 1] = "";
    nc_type type = NC_NAT;
    int rank = 0, axes[NC_MAX_VAR_DIMS];
    status = nc_inq_varndims(group, index, &rank);
    if (status == NC_NOERR && (rank < 0 || rank > NC_MAX_VAR_DIMS)) status = NC_EMAXDIMS;
    if (status == NC_NOERR) status = nc_inq_var(group, index, name, &type, &rank, axes, NULL);
    cnetcdf_send_number(place, status);
    if (status != NC_NOERR) return;
    cnetcdf_send_name(place, name);
    cnetcdf_send_number(place, type);
    cnetcdf_send_number(place, rank);
    for (int axis = 0; axis < rank; axis++) {
      size_t length = 0;
      char axisName[NC_MAX_NAME + 1] = "";
      status = nc_inq_dim(group, axes[axis], axisName, &length);
      cnetcdf_send_number(place, status);
      if (status != NC_NOERR) return;
      cnetcdf_send_number(place, (int64_t)length);
      cnetcdf_send_name(place, axisName);
    }
  }
}

static inline void cnetcdf_answer_values(int place, const cnetcdf_request *request) {
  double *values = (double *)calloc((size_t)request->count + 1, sizeof(double));
  int status = values ? nc_get_var_double(request->group, request->variable, values) : NC_ENOMEM;
  cnetcdf_send_number(place, status);
  if (status == NC_NOERR) cnetcdf_send(place, values, (size_t)request->count * sizeof(double));
  free(values);
}

static inline void cnetcdf_answer_attribute(int place, const cnetcdf_request *request) {
  nc_type type = NC_NAT;
  size_t length = 0;
  double value = 0;
  int status =
      nc_inq_att(request->group, request->variable, request->attribute, &type, &length);
  if (status == NC_NOERR && (length != 1 || type == NC_CHAR || type > NC_UINT64)) status = NC_ECHAR;
  if (status == NC_NOERR)
    status = nc_get_att_double(request->group, request->variable, request->attribute, &value);
  cnetcdf_send_number(place, status);
  cnetcdf_send(place, &value, sizeof value);
}

/// What the program has open, such as the lock of a run, is not the reader's.
static inline void cnetcdf_close_the_rest(int place) {
#if defined(__linux__) && defined(SYS_close_range)
  if ((place <= 3 || syscall(SYS_close_range, 3u, (unsigned)place - 1, 0u) == 0) &&
      syscall(SYS_close_range, (unsigned)place + 1, ~0u, 0u) == 0)
    return;
#endif
  for (int file = 3; file < 4096; file++)
    if (file != place) close(file);
}

/// Answers until nobody asks any more.
static inline void cnetcdf_serve(int place, const char *path) {
  static const int crashes[] = {SIGSEGV, SIGBUS, SIGABRT, SIGFPE, SIGILL, SIGALRM, SIGTERM};
  static const int keys[] = {SIGINT, SIGHUP, SIGQUIT};
  sigset_t all;
  sigfillset(&all);
  for (size_t index = 0; index < sizeof crashes / sizeof *crashes; index++)
    signal(crashes[index], SIG_DFL);
  // A key that stops the program is the program's affair.
  for (size_t index = 0; index < sizeof keys / sizeof *keys; index++) signal(keys[index], SIG_IGN);
  sigprocmask(SIG_UNBLOCK, &all, NULL);
  struct rlimit none = {0, 0};
  setrlimit(RLIMIT_CORE, &none);
  cnetcdf_close_the_rest(place);
  int nowhere = open("/dev/null", O_RDWR);
  for (int standard = 0; standard < 3; standard++) dup2(nowhere, standard);
  int root = 0, status = NC_NOERR, isOpened = 0;
  cnetcdf_request request;
  while (cnetcdf_receive(place, &request, sizeof request)) {
    alarm(request.seconds);
    if (!isOpened) status = nc_open(path, NC_NOWRITE, &root);
    isOpened = 1;
    if (request.group < 0) request.group = root;
    switch (request.what) {
    case CNETCDF_OPENED: cnetcdf_send_number(place, status); break;
    case CNETCDF_GROUPS: cnetcdf_answer_groups(place, root); break;
    case CNETCDF_VARIABLES: cnetcdf_answer_variables(place, request.group); break;
    case CNETCDF_VALUES: cnetcdf_answer_values(place, &request); break;
    case CNETCDF_ATTRIBUTE: cnetcdf_answer_attribute(place, &request); break;
    }
    alarm(0);
  }
  _exit(0);
}

/// Starts a reader of a file.
///
/// \returns The process, or -1 where there can be none; `place` is where it answers.
static inline int32_t cnetcdf_start(const char *path, int32_t *place) {
  int ends[2];
  if (socketpair(AF_UNIX, SOCK_STREAM, 0, ends) != 0) return -1;
  // Where standard input or output is closed, their numbers must not become the socket's.
  for (int end = 0; end < 2; end++) {
    if (ends[end] > 2) continue;
    int higher = fcntl(ends[end], F_DUPFD_CLOEXEC, 3);
    close(ends[end]);
    if (higher < 0) {
      close(ends[1 - end]);
      return -1;
    }
    ends[end] = higher;
  }
#ifdef SO_NOSIGPIPE
  int yes = 1;
  setsockopt(ends[0], SOL_SOCKET, SO_NOSIGPIPE, &yes, sizeof yes);
#endif
  fcntl(ends[0], F_SETFD, FD_CLOEXEC);
  pid_t reader = fork();
  if (reader == 0) {
    close(ends[0]);
    cnetcdf_serve(ends[1], path);
  }
  close(ends[1]);
  if (reader < 0) close(ends[0]);
  *place = ends[0];
  return reader;
}

/// Ends a reader.
///
/// \returns The signal that had ended it before, or 0.
static inline int32_t cnetcdf_end(int32_t reader, int32_t place) {
  close(place);
  int status = 0;
  while (waitpid(reader, &status, 0) < 0 && errno == EINTR) {
  }
  return WIFSIGNALED(status) ? WTERMSIG(status) : 0;
}
