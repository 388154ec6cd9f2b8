#ifndef SMA_PIPELINE_H
#define SMA_PIPELINE_H

/*
 * From the disk to the data connections, within a fixed amount of memory:
 *
 *   copiers (one per processor and one more)                      senders (one per data connection)
 *   take the next chunk ▶ used? read ▶ zero? hash, compare ▶ compress ─▶ queue ─▶ frame ▶ TLS
 *                                                                            ◀ ACK: books
 *
 * A copier carries its chunks (two, where there are buffers for it: two are hashed almost as fast as one) through all
 * stages, so that the bytes stay in one processor's cache; stages overlap because there is one copier more than
 * processors. Buffers are the backpressure: whoever finds none free waits.
 *
 * The control thread owns the pipeline: it starts passes, hands over answers, and asks after each wake what there is
 * to be said on the control connection.
 */

#include <stdbool.h>
#include <stdint.h>

#include "frame.h"
#include "job_clock.h"
#include "net.h"
#include "pass_memory.h"
#include "channel.h"

struct pipeline;
struct used_report;

/* The planned disks, for finding what is unused on one of them. Their paths must outlive the pipeline. */
struct planned_paths {
	const char *const *paths;
	size_t count;
};

struct pipeline_options {
	struct identity *identity;
	struct job_clock clock;
	const char *host;
	uint16_t data_port;
	unsigned connections;
	uint8_t session[ID_SIZE];
	uint32_t window;
	uint32_t chunk_size;
	bool continue_on_read_errors;
	/* The intermediate is on this very machine: its work cannot be told from the source's own, so there is no ceiling. */
	bool same_machine;
	/* Only what is used travels. */
	bool used_blocks;
	struct planned_paths disks;
	/* Woken whenever there is something for the control connection. */
	struct net_waker *control;
};

/* Starts the threads; they connect on their own. NULL: no memory or threads. */
struct pipeline *pipeline_start(const struct pipeline_options *options);
/* Ends the threads, closes the connections, keeps in the pass's memory what has been achieved. */
void pipeline_stop(struct pipeline *pipeline);

void pipeline_tune(struct pipeline *pipeline, uint8_t codec, int level, uint64_t rate);
/* The load ceiling in percent (ceiling.h). */
void pipeline_limit_load(struct pipeline *pipeline, unsigned percent);
void pipeline_pause(struct pipeline *pipeline, bool paused);

/* True from the beginning of a pass until it is told as done: its memory is the pipeline's for so long. */
bool pipeline_has_pass(struct pipeline *pipeline);
/* Begins a pass over the planned disk `place`, where none runs; `memory` is that of this pass. */
void pipeline_begin_pass(struct pipeline *pipeline, size_t place, struct pass_memory *memory, bool may_skip);
/* The intermediate's answer to a query. False: nobody asked. */
bool pipeline_known(struct pipeline *pipeline, const struct frame *known);

/* What the control connection has to say. Each returns false when there is nothing (more). */
struct chunk_query {
	uint16_t disk;
	uint32_t pass;
	uint64_t first;
	uint32_t count;
};

struct read_notice {
	/* NOTICE_READ_ERROR with its range, or NOTICE_SNAPSHOT with words alone. */
	unsigned code;
	uint16_t disk;
	uint64_t offset, length;
	char detail[480];
};

struct pass_summary {
	uint16_t disk;
	uint32_t pass;
	struct pass_counts counts;
	uint8_t tree_hash[HASH_SIZE];
};

/* What is used of the pass's disk, once a pass, and before anything else of the pass. `report` stays as it is until the next pass begins. */
struct used_summary {
	uint16_t disk;
	uint32_t pass;
	uint64_t used, unused; /* bytes */
};

bool pipeline_used(struct pipeline *pipeline, struct used_summary *out, const struct used_report **report);
bool pipeline_next_query(struct pipeline *pipeline, struct chunk_query *out);
bool pipeline_next_notice(struct pipeline *pipeline, struct read_notice *out);
/* Once for each pass, when everything is acknowledged; no pass runs from then on. */
bool pipeline_pass_done(struct pipeline *pipeline, struct pass_summary *out);

enum failure_kind {
	FAILURE_NONE,
	FAILURE_LOST, /* a data connection was lost */
	FAILURE_ABORT, /* this side must abort, with this code */
	FAILURE_TOLD /* the intermediate aborted on a data connection */
};

struct pipeline_failure {
	enum failure_kind kind;
	unsigned code;
	char reason[400];
};

bool pipeline_failed(struct pipeline *pipeline, struct pipeline_failure *out);

struct pipeline_progress {
	bool running; /* a pass is */
	bool acknowledged; /* something has been, since the pipeline started */
	uint16_t disk;
	uint32_t pass;
	uint64_t chunks_done, chunks;
	uint64_t raw_bytes, wire_bytes; /* since the pipeline started */
	/* Thread-microseconds of this pass. */
	uint64_t reading, hashing, compressing, waiting, held;
};

void pipeline_ask_progress(struct pipeline *pipeline, struct pipeline_progress *out);

#endif
