#ifndef SMA_SESSION_INTERNAL_H
#define SMA_SESSION_INTERNAL_H

/* What session.c, session_plan.c and session_report.c share: the control conversation of one session. */

#include "agent.h"
#include "link.h"
#include "pipeline.h"

enum session_state { WAIT_WELCOME, WAIT_PLAN, WORKING, ENDED };

struct planned_disk {
	uint16_t id;
	uint64_t size;
	char path[4097];
};

struct session {
	struct agent *agent;
	const char *host;
	struct session_end *end;
	struct link *link;
	struct pipeline *pipeline;
	enum session_state state;
	uint64_t started_us, last_ping_us;
	uint64_t last_progress_us; /* 0: the state has changed, say so now */
	uint64_t heartbeat_us;
	bool zstd;
	bool paused;

	uint8_t id[ID_SIZE];
	uint16_t data_port;
	unsigned connections;
	uint32_t window;

	uint32_t chunk_size;
	bool continue_on_read_errors;
	uint8_t codec;
	int level;
	uint64_t rate;
	bool used_blocks;
	struct planned_disk *disks;
	const char **paths; /* of the disks */
	size_t disk_count;
};

/* All of these do nothing in a session that has ended. */
void session_end_with(struct session *s, enum session_result result, unsigned code, const char *reason);
void session_say(struct session *s, const struct frame *frame);
void session_abort(struct session *s, unsigned code, const char *reason);
/* Gives what is queued a little time to leave. A connection that is lost meanwhile shows later. */
void session_flush(struct session *s);

/* session_plan.c: from WELCOME to the beginning of a pass. */
void session_on_welcome(struct session *s, const struct frame *frame);
void session_on_plan(struct session *s, const struct frame *frame);
void session_on_pass_start(struct session *s, const struct frame *frame);
uint8_t session_usable_codec(const struct session *s, uint64_t codec);

/* session_report.c: what the pipeline has to say. */
void session_report(struct session *s, uint64_t now);

#endif
