#pragma once
#include <stddef.h>
#include <sys/types.h>

/// A program that was started, with this end of the pipes at its standard input, output and error.
struct di_process {
  pid_t identifier;
  int input, output, error;
};

/// Starts a program that is found as a shell would, but runs no shell: 0, or the number of the error.
///
/// It leads a process group of its own, so that Ctrl-C at the terminal does not reach it, and has
/// the usual handling of signals. On Linux it is killed when the thread that started it ends.
/// This end of the pipes never blocks.
///
/// \param words The program and its arguments, ended by NULL.
/// \param environment NAME=VALUE, ended by NULL.
int di_process_start(char *const words[], char *const environment[], struct di_process *process);

/// As `write`, but a closed pipe is the error EPIPE and no signal.
ssize_t di_process_write(int file, const void *bytes, size_t count);
