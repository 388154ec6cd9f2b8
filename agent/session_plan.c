#include "session_internal.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "disk.h"

/* What is to be copied, and whether it can be. */

enum { LEAST_HEARTBEAT_MS = 100, MOST_HEARTBEAT_MS = 600000 };

void session_on_welcome(struct session *s, const struct frame *frame)
{
	const struct frame_value *f = frame->field;
	uint64_t heartbeat_ms = f[WELCOME_HEARTBEAT_MS].number;

	if (f[WELCOME_VERSION].number != PROTOCOL_VERSION) {
		session_abort(s, ABORT_VERSION, "WELCOME names a version that was not offered");
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

uint8_t session_usable_codec(const struct session *s, uint64_t codec)
{
	return s->zstd ? (uint8_t)codec : CODEC_RAW;
}

/* Looks at a planned disk; false: the session is aborted. */
static bool check_disk(struct session *s, const struct plan_disk *planned, struct accepted_disk *accepted,
		       struct planned_disk *kept)
{
	char why[128] = "", reason[400];
	struct disk *disk = NULL;
	enum disk_status status;

	if (planned->path_length >= sizeof kept->path) {
		session_abort(s, ABORT_DISK_MISSING, "a planned path is longer than any path can be");
		return false;
	}
	memcpy(kept->path, planned->path, planned->path_length);
	kept->path[planned->path_length] = '\0';
	kept->id = planned->disk;
	status = disk_open(kept->path, &disk, why, sizeof why);
	if (status != DISK_OK) {
		snprintf(reason, sizeof reason, "disk %u (%.200s): %s", planned->disk, kept->path, why);
		session_abort(s, status == DISK_NO_MEMORY ? ABORT_RESOURCES : ABORT_DISK_MISSING, reason);
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
	session_abort(s, ABORT_DISK_CHANGED, reason);
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
		.same_machine = link_is_local(s->link),
		.continue_on_read_errors = s->continue_on_read_errors,
		.used_blocks = s->used_blocks,
		.disks = {s->paths, s->disk_count},
		.control = &s->agent->waker,
	};

	memcpy(options.session, s->id, ID_SIZE);
	s->pipeline = pipeline_start(&options);
	if (s->pipeline == NULL) {
		session_abort(s, ABORT_RESOURCES, "memory or threads cannot be had");
		return false;
	}
	pipeline_tune(s->pipeline, s->codec, s->level, s->rate);
	pipeline_pause(s->pipeline, s->paused);
	return true;
}

void session_on_plan(struct session *s, const struct frame *frame)
{
	const struct frame_value *f = frame->field;
	struct frame_cursor cursor = frame_items(frame, PLAN_DISKS);
	uint8_t accepted[MOST_PLANNED_DISKS * ACCEPTED_DISK_SIZE];
	struct frame reply;
	struct plan_disk disk;

	s->chunk_size = (uint32_t)f[PLAN_CHUNK_SIZE].number;
	s->continue_on_read_errors = (f[PLAN_FLAGS].number & PLAN_CONTINUE_ON_READ_ERRORS) != 0;
	s->used_blocks = (f[PLAN_FLAGS].number & PLAN_USED_BLOCKS) != 0;
	s->codec = session_usable_codec(s, f[PLAN_CODEC].number);
	s->level = (int)(int64_t)f[PLAN_LEVEL].number;
	s->rate = f[PLAN_RATE].number;
	if (f[PLAN_DISKS].number > MOST_PLANNED_DISKS) {
		session_abort(s, ABORT_RESOURCES, "more than 64 disks are planned");
		return;
	}
	s->disks = calloc((size_t)f[PLAN_DISKS].number, sizeof *s->disks);
	s->paths = calloc((size_t)f[PLAN_DISKS].number, sizeof *s->paths);
	if (s->disks == NULL || s->paths == NULL) {
		session_abort(s, ABORT_RESOURCES, "no memory for the plan");
		return;
	}
	while (frame_next_plan_disk(&cursor, &disk)) {
		struct accepted_disk one;

		if (!check_disk(s, &disk, &one, &s->disks[s->disk_count]))
			return;
		s->paths[s->disk_count] = s->disks[s->disk_count].path;
		accepted_disk_encode(accepted + s->disk_count++ * ACCEPTED_DISK_SIZE, &one);
	}
	frame_clear(&reply, FRAME_PLAN_ACCEPTED);
	reply.field[PLAN_ACCEPTED_DISKS].number = s->disk_count;
	frame_set_bytes(&reply, PLAN_ACCEPTED_DISKS, accepted, s->disk_count * ACCEPTED_DISK_SIZE);
	session_say(s, &reply);
	/* The intermediate takes no data connection before it has this. */
	session_flush(s);
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

void session_on_pass_start(struct session *s, const struct frame *frame)
{
	const struct frame_value *f = frame->field;
	struct pass_memory *memory;
	size_t place = 0;

	while (place < s->disk_count && s->disks[place].id != f[PASS_START_DISK].number)
		place++;
	if (place == s->disk_count) {
		session_abort(s, ABORT_PROTOCOL, "PASS_START names a disk that is not planned");
		return;
	}
	if (pipeline_has_pass(s->pipeline)) {
		session_abort(s, ABORT_PROTOCOL, "PASS_START while a pass runs");
		return;
	}
	memory = &s->agent->memories[place];
	if (!make_room(s, place, s->disks[place].size) ||
	    !pass_memory_use(memory, s->disks[place].id, (uint32_t)f[PASS_START_PASS].number, s->disks[place].size,
			     s->chunk_size)) {
		session_abort(s, ABORT_RESOURCES, "the disk is too large for chunks of this size");
		return;
	}
	pipeline_begin_pass(s->pipeline, place, memory, (f[PASS_START_FLAGS].number & PASS_START_MAY_SKIP) != 0);
	log_line(&s->agent->log, "pass %u of disk %u (%s) begins", memory->pass, memory->disk, s->disks[place].path);
	s->last_progress_us = 0;
}
