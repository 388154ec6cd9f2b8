#ifndef SMA_STATUS_H
#define SMA_STATUS_H

/* The files of the agent's own directory: agent.log, agent.pid, agent.status. One thread at a time. */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "job_clock.h"

enum { PATH_CAPACITY = 4096 };

struct own_files {
	char directory[PATH_CAPACITY];
	char executable[PATH_CAPACITY];
	char log[PATH_CAPACITY + 32], old_log[PATH_CAPACITY + 32];
	char pid[PATH_CAPACITY + 32];
	char status[PATH_CAPACITY + 32], new_status[PATH_CAPACITY + 32];
	/* Written by whoever makes snapshots of the source; see parts_linux.h. */
	char parts[PATH_CAPACITY + 32], new_parts[PATH_CAPACITY + 32];
};

bool own_files_find(struct own_files *files);
/* Removes the agent's files, the executable, and the directory. False: `why` names what is left. */
bool own_files_remove(const struct own_files *files, char *why, size_t why_capacity);

struct log {
	const struct own_files *files;
	struct job_clock clock;
	int fd;
	uint64_t size;
};

bool log_open(struct log *log, const struct own_files *files, const struct job_clock *clock);
/* One line with the assistant's time. At 1 MiB the log becomes agent.log.1. */
void log_line(struct log *log, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* What agent.status says. */
struct status {
	const char *state; /* starting, connecting, waiting, syncing, paused, retrying, finished, failed, stopped */
	long pid;
	uint32_t pass;
	int32_t disk; /* -1: none */
	uint64_t chunks_done, chunks_total;
	char last_error[400]; /* "": none */
};

/* Writes the file when anything changed since `written`, or a second has gone by. */
struct status_file {
	const struct own_files *files;
	struct status written;
	uint64_t written_at_us;
	bool any;
};

void status_write(struct status_file *file, const struct status *status);

#endif
