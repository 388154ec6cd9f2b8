#include "session_internal.h"

#include <string.h>

#include "text.h"
#include "used/used.h"

/* Notices, queries, finished passes and progress, from the pipeline to the control connection. */

enum { PROGRESS_EVERY_US = 500000 };

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
	session_say(s, &frame);
}

static void say_notices(struct session *s)
{
	struct read_notice notice;
	struct frame frame;
	char storage[1001];

	while (s->state != ENDED && link_queued(s->link) < FRAME_CONTROL_CAP &&
	       pipeline_next_notice(s->pipeline, &notice)) {
		if (notice.code == NOTICE_READ_ERROR)
			log_line(&s->agent->log, "disk %u offset %llu length %llu cannot be read: %s", notice.disk,
				 (unsigned long long)notice.offset, (unsigned long long)notice.length, notice.detail);
		else
			log_line(&s->agent->log, "%s", notice.detail);
		frame_clear(&frame, FRAME_NOTICE);
		frame.field[NOTICE_CODE].number = notice.code;
		frame.field[NOTICE_DISK].number = notice.disk;
		frame.field[NOTICE_OFFSET].number = notice.offset;
		frame.field[NOTICE_LENGTH].number = notice.length;
		frame_set_text(&frame, NOTICE_DETAIL, notice.detail, storage);
		session_say(s, &frame);
	}
}

static size_t encode_volumes(const struct used_report *report, uint8_t *out, size_t capacity)
{
	size_t at = 0;

	for (size_t i = 0; i < report->count; i++) {
		const struct told_volume *told = &report->volumes[i];
		char what[1001], why[1001];
		struct used_volume volume = {.size = told->size, .unused = told->unused};

		text_to_utf8(told->what, what, sizeof what);
		text_to_utf8(told->why, why, sizeof why);
		volume.what = (const uint8_t *)what;
		volume.what_length = (uint16_t)strlen(what);
		volume.why = (const uint8_t *)why;
		volume.why_length = (uint16_t)strlen(why);
		at += used_volume_encode(out + at, capacity - at, &volume);
	}
	return at;
}

static void say_used(struct session *s)
{
	struct used_summary summary;
	const struct used_report *report;
	uint8_t volumes[MOST_TOLD_VOLUMES * 512];
	struct frame frame;

	if (s->state == ENDED || !pipeline_used(s->pipeline, &summary, &report))
		return;
	log_line(&s->agent->log, "pass %u of disk %u: %llu bytes are used, %llu are not", summary.pass, summary.disk,
		 (unsigned long long)summary.used, (unsigned long long)summary.unused);
	for (size_t i = 0; i < report->count; i++)
		log_line(&s->agent->log, "  %s: %llu of %llu bytes unused%s%s", report->volumes[i].what,
			 (unsigned long long)report->volumes[i].unused, (unsigned long long)report->volumes[i].size,
			 report->volumes[i].why[0] == '\0' ? "" : ": ", report->volumes[i].why);
	frame_clear(&frame, FRAME_USED);
	frame.field[USED_DISK].number = summary.disk;
	frame.field[USED_PASS].number = summary.pass;
	frame.field[USED_BYTES].number = summary.used;
	frame.field[USED_UNUSED_BYTES].number = summary.unused;
	frame.field[USED_VOLUMES].number = report->count;
	frame_set_bytes(&frame, USED_VOLUMES, volumes, encode_volumes(report, volumes, sizeof volumes));
	session_say(s, &frame);
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
		session_say(s, &frame);
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
	session_say(s, &frame);
	s->end->progressed = true;
	s->last_progress_us = 0;
}

void session_report(struct session *s, uint64_t now)
{
	say_notices(s);
	say_used(s);
	say_queries(s);
	say_pass_done(s);
	if (s->state == WORKING && now - s->last_progress_us >= PROGRESS_EVERY_US)
		say_progress(s, now);
}
