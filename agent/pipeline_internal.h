#ifndef SMA_PIPELINE_INTERNAL_H
#define SMA_PIPELINE_INTERNAL_H

/* What pipeline.c, copier.c and sender.c share. Everything is guarded by `lock` unless it says otherwise. */

#include "adapt.h"
#include "ceiling.h"
#include "disk.h"
#include "link.h"
#include "os.h"
#include "pass.h"
#include "pipeline.h"
#include "throttle.h"
#include "unused.h"
#include "used/used.h"

enum {
	MOST_WORKERS = 4,
	MOST_COPIERS = MOST_WORKERS + 1,
	/* Chunks that a copier carries at once: two are hashed almost as fast as one. */
	MOST_HELD = 2,
	MOST_BUFFERS = 256,
	MOST_NOTICES = 256,
	CHUNK_FRAME_HEAD = FRAME_HEADER_SIZE + CHUNK_FIELDS_SIZE,
	/* Memory for chunks and for compression tables, whatever disk and chunk size. */
	BUFFER_MEMORY = 28 * 1024 * 1024,
	COMPRESSOR_MEMORY = 12 * 1024 * 1024
};

/* A chunk in memory. The frame's head is written right before the bytes, so that both leave in one piece. */
struct buffer {
	struct buffer *next;
	uint8_t *memory;
	uint8_t *bytes; /* `memory` and room for the head, aligned for direct reads */
	uint32_t length; /* of what is to be sent */
	uint32_t raw_length;
};

struct copier {
	struct pipeline *pipeline;
	os_thread thread;
	bool started;
};

struct sender {
	struct pipeline *pipeline;
	uint8_t stream;
	os_thread thread;
	bool started;
	bool idle; /* waits with nothing to send */
	struct net_waker waker;
	uint64_t wire_bytes;
};

struct stage_times {
	uint64_t reading, hashing, compressing, waiting, held;
};

/* What of the disk's work is this process's own, as far as it can be told (resting.c). */
struct own_reads {
	uint64_t requests, bytes;
	uint64_t asked_requests, asked_bytes; /* by the copiers, when it was told last */
	uint64_t request_size; /* of those, on an average */
	bool known;
	uint64_t fetched; /* by the kernel, then */
};

enum pass_state { PASS_NONE, PASS_TO_PREPARE, PASS_PREPARING, PASS_RUNNING };

struct pipeline {
	struct pipeline_options options;
	os_mutex lock;
	os_condition work; /* copiers wait for it */
	bool stopping; /* also set after a failure */
	bool closing; /* only by pipeline_stop: connections may end now */
	bool paused;
	bool throttled; /* a sender waits for tokens */
	uint8_t codec;
	int level;
	struct adapt adapt; /* for CODEC_ADAPTIVE */
	struct throttle throttle;
	struct ceiling ceiling;
	bool sampling; /* a copier asks how busy the system is */
	/* For the ceiling: what copiers asked of the disk, and their processor time. */
	uint64_t asked_requests, asked_bytes, told_us;
	struct own_reads own_reads; /* only who is `sampling` touches it */

	enum pass_state state;
	struct pass *pass;
	struct disk *disk; /* read without the lock while PASS_RUNNING */
	const char *path;
	size_t place; /* among the planned disks */
	uint64_t planned_size;
	struct unused_map unused; /* read without the lock while PASS_RUNNING */
	struct used_report used_report;
	bool used_to_tell;
	struct hasher *hasher;

	struct buffer buffers[MOST_BUFFERS];
	size_t buffer_count, buffer_size;
	struct buffer *free_buffers;
	struct buffer *queue_head, **queue_tail;

	struct read_notice notices[MOST_NOTICES];
	unsigned notice_head, notice_count;

	struct pipeline_failure failure;
	struct stage_times times;
	uint64_t raw_bytes; /* of chunks that were sent */
	uint64_t packed_bytes; /* raw bytes of chunks that were packed, sent or waiting for it */
	bool acknowledged;
	bool flush_runs;

	struct copier copiers[MOST_COPIERS];
	unsigned copier_count;
	unsigned held_each; /* chunks that a copier carries at once, as far as there are buffers */
	struct sender senders[MAX_DATA_CONNECTIONS];
};

/* Ends the pipeline; the first failure counts. Takes the lock. */
void pipeline_fail(struct pipeline *p, enum failure_kind kind, unsigned code, const char *format, ...)
	__attribute__((format(printf, 4, 5)));
/* With the lock held: */
void pipeline_put_buffer(struct pipeline *p, struct buffer *buffer);
struct buffer *pipeline_get_buffer(struct pipeline *p); /* NULL: none free */
void pipeline_enqueue(struct pipeline *p, struct buffer *buffer);
/* After a chunk was settled, or chunks were acknowledged: whoever may go on now is woken. */
void pipeline_settled(struct pipeline *p, uint64_t index);
/* After chunks were settled without being read: there are runs to report, and room for queries. */
void pipeline_advanced(struct pipeline *p);
void pipeline_acknowledged(struct pipeline *p);
/* Takes a sample of how busy the system is, when one is due. Without the lock, and while the disk is open. */
void pipeline_sample_load(struct pipeline *p);
/* A copier leaves processors and disk to those who want them, after work that took so much of both. With the lock. */
void pipeline_rest(struct pipeline *p, const struct ceiling_work *work);
/* `net_give_up` for connecting threads. */
bool pipeline_is_stopping(void *pipeline);

void *copier_run(void *copier);
void *sender_run(void *sender);

#endif
