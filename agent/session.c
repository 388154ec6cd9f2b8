#include "agent.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "disk.h"
#include "link.h"
#include "pipeline.h"

/* The control conversation of one session. */

enum {
	GREETING_PATIENCE_US = 60000000, /* from HELLO to PLAN */
	FLUSH_MS = 2000,
	PROGRESS_EVERY_US = 500000,
	SILENT_HEARTBEATS = 6,
	LEAST_HEARTBEAT_MS = 100,
	MOST_HEARTBEAT_MS = 600000
};

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
	struct planned_disk *disks;
	size_t disk_count;
};

static bool never_give_up_but_stop(void *unused)
{
	(void)unused;
	return os_stop_requested();
}

static void end_with(struct session *s, enum session_result result, unsigned code, const char *reason)
{
	if (s->state == ENDED)
		return;
	s->state = ENDED;
	s->end->result = result;
	s->end->code = code;
	snprintf(s->end->reason, sizeof s->end->reason, "%s", reason);
}

static void say(struct session *s, const struct frame *frame)
{
	if (s->state != ENDED && !link_queue(s->link, frame))
		end_with(s, SESSION_LOST, 0, "the intermediate does not read its control connection");
}

/* Gives what is queued a little time to leave. A connection that is lost meanwhile shows later. */
static void flush_now(struct session *s)
{
	uint64_t until = os_now_us() + (uint64_t)FLUSH_MS * 1000;

	while (link_flush(s->link) == LINK_AGAIN && os_now_us() < until)
		link_wait(s->link, true, NULL, 100);
}

static void abort_session(struct session *s, unsigned code, const char *reason)
{
	struct frame frame;
	char storage[1001];

	if (s->state == ENDED)
		return;
	frame_clear(&frame, FRAME_ABORT);
	frame.field[ABORT_CODE].number = code;
	frame_set_text(&frame, ABORT_REASON, reason, storage);
	if (link_say_last(s->link, &frame))
		flush_now(s);
	end_with(s, SESSION_ABORTED, code, reason);
}

static void say_hello(struct session *s)
{
	struct frame frame;

	frame_clear(&frame, FRAME_HELLO);
	frame.field[HELLO_LOWEST].number = PROTOCOL_VERSION;
	frame.field[HELLO_HIGHEST].number = PROTOCOL_VERSION;
	frame.field[HELLO_CAPABILITIES].number = CAPABILITY_ZSTD;
	frame_set_bytes(&frame, HELLO_INSTANCE, s->agent->instance, ID_SIZE);
	frame_set_bytes(&frame, HELLO_AGENT_VERSION, SMA_VERSION, strlen(SMA_VERSION));
	frame_set_bytes(&frame, HELLO_PLATFORM, AGENT_PLATFORM, strlen(AGENT_PLATFORM));
	say(s, &frame);
}

static void on_welcome(struct session *s, const struct frame *frame)
{
	const struct frame_value *f = frame->field;
	uint64_t heartbeat_ms = f[WELCOME_HEARTBEAT_MS].number;

	if (f[WELCOME_VERSION].number != PROTOCOL_VERSION) {
		abort_session(s, ABORT_VERSION, "WELCOME names a version that was not offered");
		return;
	}
	memcpy(s->id, f[WELCOME_SESSION].bytes, ID_SIZE);
	s->zstd = (f[WELCOME_CAPABILITIES].number & CAPABILITY_ZSTD) != 0;
	s->data_port = (uint16_t)f[WELCOME_DATA_PORT].number;
	s->connections = (unsigned)f[WELCOME_DATA_CONNECTIONS].number;
	s->window = (uint32_t)f[WELCOME_WINDOW].number;
	if (heartbeat_ms < LEAST_HEARTBEAT_MS)
		heartbeat_ms = LEAST_HEARTBEAT_MS;
	if (heartbeat_ms > MOST_HEARTBEAT_MS)
		heartbeat_ms = MOST_HEARTBEAT_MS;
	s->heartbeat_us = heartbeat_ms * 1000;
	s->state = WAIT_PLAN;
}

static uint8_t usable_codec(const struct session *s, uint64_t codec)
{
	return codec == CODEC_ZSTD && s->zstd ? CODEC_ZSTD : CODEC_RAW;
}

/* Looks at a planned disk; false: the session is aborted. */
static bool check_disk(struct session *s, const struct plan_disk *planned, struct accepted_disk *accepted,
		       struct planned_disk *kept)
{
	char why[128] = "", reason[400];
	struct disk *disk = NULL;
	enum disk_status status;

	if (planned->path_length >= sizeof kept->path) {
		abort_session(s, ABORT_DISK_MISSING, "a planned path is longer than any path can be");
		return false;
	}
	memcpy(kept->path, planned->path, planned->path_length);
	kept->path[planned->path_length] = '\0';
	kept->id = planned->disk;
	status = disk_open(kept->path, &disk, why, sizeof why);
	if (status != DISK_OK) {
		snprintf(reason, sizeof reason, "disk %u (%.200s): %s", planned->disk, kept->path, why);
		abort_session(s, status == DISK_NO_MEMORY ? ABORT_RESOURCES : ABORT_DISK_MISSING, reason);
		return false;
	}
	accepted->disk = planned->disk;
	accepted->size = kept->size = disk_size(disk);
	accepted->sector_size = disk_logical_sector(disk);
	disk_close(disk);
	if (planned->expected_size == 0 || planned->expected_size == kept->size)
		return true;
	snprintf(reason, sizeof reason, "disk %u (%.200s) has %llu bytes, planned were %llu", planned->disk, kept->path,
		 (unsigned long long)kept->size, (unsigned long long)planned->expected_size);
	abort_session(s, ABORT_DISK_CHANGED, reason);
	return false;
}

static bool start_pipeline(struct session *s)
{
	struct pipeline_options options = {
		.identity = s->agent->identity,
		.clock = s->agent->clock,
		.host = s->host,
		.data_port = s->data_port,
		.connections = s->connections,
		.window = s->window,
		.chunk_size = s->chunk_size,
		.continue_on_read_errors = s->continue_on_read_errors,
		.control = &s->agent->waker,
	};

	memcpy(options.session, s->id, ID_SIZE);
	s->pipeline = pipeline_start(&options);
	if (s->pipeline == NULL) {
		abort_session(s, ABORT_RESOURCES, "memory or threads cannot be had");
		return false;
	}
	pipeline_tune(s->pipeline, s->codec, s->level, s->rate);
	pipeline_pause(s->pipeline, s->paused);
	return true;
}

static void on_plan(struct session *s, const struct frame *frame)
{
	const struct frame_value *f = frame->field;
	struct frame_cursor cursor = frame_items(frame, PLAN_DISKS);
	uint8_t accepted[MOST_PLANNED_DISKS * ACCEPTED_DISK_SIZE];
	struct frame reply;
	struct plan_disk disk;

	s->chunk_size = (uint32_t)f[PLAN_CHUNK_SIZE].number;
	s->continue_on_read_errors = (f[PLAN_FLAGS].number & PLAN_CONTINUE_ON_READ_ERRORS) != 0;
	s->codec = usable_codec(s, f[PLAN_CODEC].number);
	s->level = (int)(int64_t)f[PLAN_LEVEL].number;
	s->rate = f[PLAN_RATE].number;
	if (f[PLAN_DISKS].number > MOST_PLANNED_DISKS) {
		abort_session(s, ABORT_RESOURCES, "more than 64 disks are planned");
		return;
	}
	s->disks = calloc((size_t)f[PLAN_DISKS].number, sizeof *s->disks);
	if (s->disks == NULL) {
		abort_session(s, ABORT_RESOURCES, "no memory for the plan");
		return;
	}
	while (frame_next_plan_disk(&cursor, &disk)) {
		struct accepted_disk one;

		if (!check_disk(s, &disk, &one, &s->disks[s->disk_count]))
			return;
		accepted_disk_encode(accepted + s->disk_count++ * ACCEPTED_DISK_SIZE, &one);
	}
	frame_clear(&reply, FRAME_PLAN_ACCEPTED);
	reply.field[PLAN_ACCEPTED_DISKS].number = s->disk_count;
	frame_set_bytes(&reply, PLAN_ACCEPTED_DISKS, accepted, s->disk_count * ACCEPTED_DISK_SIZE);
	say(s, &reply);
	/* The intermediate takes no data connection before it has this. */
	flush_now(s);
	if (start_pipeline(s))
		s->state = WORKING;
}

/* Forgets finished disks' passes when all memories together would need too much. */
static bool make_room(struct session *s, size_t place, uint64_t size)
{
	uint64_t total = pass_memory_bytes(size, s->chunk_size);

	if (total > MEMORY_LIMIT)
		return false;
	for (size_t i = 0; i < MOST_PLANNED_DISKS; i++) {
		struct pass_memory *memory = &s->agent->memories[i];

		if (i == place || !memory->used)
			continue;
		total += pass_memory_bytes(memory->size, memory->chunk_size);
		if (total > MEMORY_LIMIT) {
			total -= pass_memory_bytes(memory->size, memory->chunk_size);
			pass_memory_clear(memory);
		}
	}
	return true;
}

static void on_pass_start(struct session *s, const struct frame *frame)
{
	const struct frame_value *f = frame->field;
	struct pass_memory *memory;
	size_t place = 0;

	while (place < s->disk_count && s->disks[place].id != f[PASS_START_DISK].number)
		place++;
	if (place == s->disk_count) {
		abort_session(s, ABORT_PROTOCOL, "PASS_START names a disk that is not planned");
		return;
	}
	memory = &s->agent->memories[place];
	if (!make_room(s, place, s->disks[place].size) ||
	    !pass_memory_use(memory, s->disks[place].id, (uint32_t)f[PASS_START_PASS].number, s->disks[place].size,
			     s->chunk_size)) {
		abort_session(s, ABORT_RESOURCES, "the disk is too large for chunks of this size");
		return;
	}
	if (!pipeline_begin_pass(s->pipeline, s->disks[place].path, memory,
				 (f[PASS_START_FLAGS].number & PASS_START_MAY_SKIP) != 0))
		abort_session(s, ABORT_PROTOCOL, "PASS_START while a pass runs");
	log_line(&s->agent->log, "pass %u of disk %u (%s) begins", memory->pass, memory->disk, s->disks[place].path);
	s->last_progress_us = 0;
}

static void on_tune(struct session *s, const struct frame *frame)
{
	const struct frame_value *f = frame->field;

	s->codec = usable_codec(s, f[TUNE_CODEC].number);
	s->level = (int)(int64_t)f[TUNE_LEVEL].number;
	s->rate = f[TUNE_RATE].number;
	pipeline_tune(s->pipeline, s->codec, s->level, s->rate);
}

static void on_finish(struct session *s, const struct frame *frame)
{
	struct frame goodbye;

	frame_clear(&goodbye, FRAME_GOODBYE);
	if (link_say_last(s->link, &goodbye))
		flush_now(s);
	s->end->remove = (frame->field[0].number & FINISH_REMOVE) != 0;
	end_with(s, SESSION_FINISHED, 0, "finished");
}

static void on_abort(struct session *s, const struct frame *frame)
{
	const struct frame_value *reason = &frame->field[ABORT_REASON];
	char text[400];

	snprintf(text, sizeof text, "%.*s", (int)(reason->length > 300 ? 300 : reason->length),
		 (const char *)reason->bytes);
	end_with(s, SESSION_ABORTED, (unsigned)frame->field[ABORT_CODE].number, text);
}

static void on_ping(struct session *s, const struct frame *frame)
{
	struct frame pong;

	frame_clear(&pong, FRAME_PONG);
	pong.field[0].number = frame->field[0].number;
	say(s, &pong);
}

static void out_of_place(struct session *s, const struct frame *frame)
{
	char reason[80];

	snprintf(reason, sizeof reason, "%s out of place", frame_type_name(frame->type));
	abort_session(s, ABORT_PROTOCOL, reason);
}

static void on_working_frame(struct session *s, const struct frame *frame)
{
	switch (frame->type) {
	case FRAME_PASS_START:
		on_pass_start(s, frame);
		break;
	case FRAME_KNOWN:
		if (!pipeline_known(s->pipeline, frame))
			abort_session(s, ABORT_PROTOCOL, "KNOWN answers no QUERY");
		break;
	case FRAME_TUNE:
		on_tune(s, frame);
		break;
	case FRAME_PAUSE:
		s->paused = frame->field[0].number != 0;
		pipeline_pause(s->pipeline, s->paused);
		break;
	default:
		out_of_place(s, frame);
		break;
	}
}

static void on_frame(struct session *s, const struct frame *frame)
{
	if (frame->type == FRAME_ABORT)
		on_abort(s, frame);
	else if (frame->type == FRAME_PING)
		on_ping(s, frame);
	else if (frame->type == FRAME_PONG)
		; /* that it came is all it says */
	else if (frame->type == FRAME_FINISH && s->state != WAIT_WELCOME)
		on_finish(s, frame);
	else if (frame->type == FRAME_WELCOME && s->state == WAIT_WELCOME)
		on_welcome(s, frame);
	else if (frame->type == FRAME_PLAN && s->state == WAIT_PLAN)
		on_plan(s, frame);
	else if (s->state == WORKING)
		on_working_frame(s, frame);
	else
		out_of_place(s, frame);
}

static void receive(struct session *s)
{
	struct frame frame;

	while (s->state != ENDED) {
		switch (link_receive(s->link, &frame)) {
		case LINK_OK:
			on_frame(s, &frame);
			break;
		case LINK_AGAIN:
			return;
		case LINK_LOST:
			end_with(s, SESSION_LOST, 0, link_error(s->link));
			return;
		case LINK_VIOLATION:
			abort_session(s, ABORT_PROTOCOL, link_error(s->link));
			return;
		}
	}
}

static void say_progress(struct session *s, uint64_t now)
{
	struct agent *agent = s->agent;
	struct pipeline_progress progress;
	struct frame frame;
	struct frame_value *f = frame.field;

	pipeline_ask_progress(s->pipeline, &progress);
	s->last_progress_us = now;
	s->end->progressed = s->end->progressed || progress.acknowledged;
	agent->status.state = s->paused ? "paused" : progress.running ? "syncing" : "waiting";
	agent->status.disk = progress.running ? progress.disk : -1;
	if (progress.acknowledged)
		agent->status.last_error[0] = '\0';
	if (progress.running) {
		agent->status.pass = progress.pass;
		agent->status.chunks_done = progress.chunks_done;
		agent->status.chunks_total = progress.chunks;
	}
	status_write(&agent->status_file, &agent->status);
	if (!progress.running)
		return;
	frame_clear(&frame, FRAME_PROGRESS);
	f[PROGRESS_DISK].number = progress.disk;
	f[PROGRESS_PASS].number = progress.pass;
	f[PROGRESS_CHUNKS_DONE].number = progress.chunks_done;
	f[PROGRESS_RAW_BYTES].number = progress.raw_bytes;
	f[PROGRESS_WIRE_BYTES].number = progress.wire_bytes + link_bytes_sent(s->link);
	f[PROGRESS_READING].number = progress.reading;
	f[PROGRESS_HASHING].number = progress.hashing;
	f[PROGRESS_COMPRESSING].number = progress.compressing;
	f[PROGRESS_WAITING].number = progress.waiting;
	f[PROGRESS_HELD].number = progress.held;
	f[PROGRESS_RESIDENT_KIB].number = os_resident_kib();
	say(s, &frame);
}

static void say_notices(struct session *s)
{
	struct read_notice notice;
	struct frame frame;
	char storage[1001];

	while (s->state != ENDED && link_queued(s->link) < FRAME_CONTROL_CAP &&
	       pipeline_next_notice(s->pipeline, &notice)) {
		log_line(&s->agent->log, "disk %u offset %llu length %llu cannot be read: %s", notice.disk,
			 (unsigned long long)notice.offset, (unsigned long long)notice.length, notice.detail);
		frame_clear(&frame, FRAME_NOTICE);
		frame.field[NOTICE_CODE].number = NOTICE_READ_ERROR;
		frame.field[NOTICE_DISK].number = notice.disk;
		frame.field[NOTICE_OFFSET].number = notice.offset;
		frame.field[NOTICE_LENGTH].number = notice.length;
		frame_set_text(&frame, NOTICE_DETAIL, notice.detail, storage);
		say(s, &frame);
	}
}

static void say_queries(struct session *s)
{
	struct chunk_query query;
	struct frame frame;

	while (s->state != ENDED && pipeline_next_query(s->pipeline, &query)) {
		frame_clear(&frame, FRAME_QUERY);
		frame.field[RANGE_DISK].number = query.disk;
		frame.field[RANGE_PASS].number = query.pass;
		frame.field[RANGE_FIRST].number = query.first;
		frame.field[RANGE_COUNT].number = query.count;
		say(s, &frame);
	}
}

static void say_pass_done(struct session *s)
{
	struct pass_summary summary;
	struct frame frame;
	struct frame_value *f = frame.field;

	if (s->state == ENDED || !pipeline_pass_done(s->pipeline, &summary))
		return;
	log_line(&s->agent->log, "pass %u of disk %u done: %llu changed, %llu same, %llu skipped, %llu unreadable",
		 summary.pass, summary.disk, (unsigned long long)summary.counts.changed,
		 (unsigned long long)summary.counts.same, (unsigned long long)summary.counts.skipped,
		 (unsigned long long)summary.counts.unreadable);
	frame_clear(&frame, FRAME_PASS_DONE);
	f[DONE_DISK].number = summary.disk;
	f[DONE_PASS].number = summary.pass;
	f[DONE_CHANGED].number = summary.counts.changed;
	f[DONE_SAME].number = summary.counts.same;
	f[DONE_SKIPPED].number = summary.counts.skipped;
	f[DONE_UNREADABLE].number = summary.counts.unreadable;
	frame_set_bytes(&frame, DONE_TREE_HASH, summary.tree_hash, HASH_SIZE);
	say(s, &frame);
	s->end->progressed = true;
	s->last_progress_us = 0;
}

static void check_pipeline(struct session *s)
{
	struct pipeline_failure failure;

	if (s->state == ENDED || !pipeline_failed(s->pipeline, &failure))
		return;
	switch (failure.kind) {
	case FAILURE_NONE:
		break;
	case FAILURE_LOST:
		/* When the intermediate aborts, its reason may come on control a moment after the data connections end. */
		link_wait(s->link, false, NULL, 200);
		receive(s);
		end_with(s, SESSION_LOST, 0, failure.reason);
		break;
	case FAILURE_ABORT:
		abort_session(s, failure.code, failure.reason);
		break;
	case FAILURE_SAID:
	case FAILURE_TOLD:
		end_with(s, SESSION_ABORTED, failure.code, failure.reason);
		break;
	}
}

static void mind_heartbeat(struct session *s, uint64_t now)
{
	uint64_t silent = now - link_last_received(s->link);
	struct frame ping;

	if (silent >= s->heartbeat_us * SILENT_HEARTBEATS) {
		end_with(s, SESSION_LOST, 0, "the intermediate is silent");
		return;
	}
	if (silent < s->heartbeat_us || now - s->last_ping_us < s->heartbeat_us)
		return;
	s->last_ping_us = now;
	frame_clear(&ping, FRAME_PING);
	ping.field[0].number = now;
	say(s, &ping);
}

static void work(struct session *s)
{
	uint64_t now = os_now_us();

	if (os_stop_requested()) {
		end_with(s, SESSION_STOPPED, 0, "stopped");
		return;
	}
	mind_heartbeat(s, now);
	if (s->state == WAIT_WELCOME || s->state == WAIT_PLAN) {
		if (now - s->started_us > GREETING_PATIENCE_US)
			end_with(s, SESSION_LOST, 0, "the intermediate sent no plan");
	} else if (s->state == WORKING) {
		check_pipeline(s);
		say_notices(s);
		say_queries(s);
		say_pass_done(s);
		if (s->state == WORKING && now - s->last_progress_us >= PROGRESS_EVERY_US)
			say_progress(s, now);
		/* Ending a pass may have failed. */
		check_pipeline(s);
	}
	if (s->state == WORKING)
		s->agent->worked_at_us = link_last_received(s->link);
}

static void converse(struct session *s)
{
	say_hello(s);
	while (s->state != ENDED) {
		enum link_status status;

		receive(s);
		if (s->state == ENDED)
			break;
		work(s);
		if (s->state == ENDED)
			break;
		status = link_flush(s->link);
		if (status == LINK_LOST) {
			/* An ABORT that came before the end says more than the end. */
			receive(s);
			end_with(s, SESSION_LOST, 0, link_error(s->link));
			break;
		}
		link_wait(s->link, status == LINK_AGAIN, &s->agent->waker, LEAST_HEARTBEAT_MS);
	}
}

void session_run(struct agent *agent, const char *host, struct session_end *end)
{
	struct session s = {.agent = agent, .host = host, .end = end};
	struct link_target target = {
		.identity = agent->identity,
		.host = host,
		.port = agent->launch->control_port,
		.control = true,
		.unix_time = job_clock_now(&agent->clock),
		.give_up = never_give_up_but_stop,
	};

	memset(end, 0, sizeof *end);
	s.link = link_open(&target, end->reason, sizeof end->reason);
	if (s.link == NULL) {
		end->result = os_stop_requested() ? SESSION_STOPPED : SESSION_LOST;
		return;
	}
	end->connected = true;
	s.started_us = os_now_us();
	s.heartbeat_us = UINT64_C(10000000);
	log_line(&agent->log, "connected to %s port %u", host, agent->launch->control_port);
	converse(&s);
	pipeline_stop(s.pipeline);
	link_close(s.link);
	free(s.disks);
}
