#ifndef VITRINE_PROCESS_H
#define VITRINE_PROCESS_H

#include <sys/types.h>

/// Starts a program with posix_spawn: in a session of its own, in the directory /, with /dev/null
/// as input, both outputs on one descriptor, no other descriptor open, no signal blocked or
/// ignored. Returns 0, or the number of the error.
int vitrine_spawn(pid_t *pid, char *const arguments[], char *const environment[], int output);

/// A pipe whose ends are closed in every program that is started. Returns 0, or -1 with errno set.
int vitrine_pipe(int ends[2]);

#endif
