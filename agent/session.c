#include "session_internal.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* The control conversation of one session: its loop, its end, and what goes by on the way. */

enum {
	GREETING_PATIENCE_US = 60000000, /* from HELLO to PLAN */
	FLUSH_MS = 2000,
	SILENT_HEARTBEATS = 6,
	LOOP_MS = 100
};

static bool never_give_up_but_stop(void *unused)
{
	(void)unused;
	return os_stop_requested();
}

void session_end_with(struct session *s, enum session_result result, unsigned code, const char *reason)
{
	if (s->state == ENDED)
		return;
	s->state = ENDED;
	s->end->result = result;
	s->end->code = code;
	snprintf(s->end->reason, sizeof s->end->reason, "%s", reason);
}

void session_say(struct session *s, const struct frame *frame)
{
	if (s->state != ENDED && !link_queue(s->link, frame))
		session_end_with(s, SESSION_LOST, 0, "the intermediate does not read its control connection");
}

void session_flush(struct session *s)
{
	uint64_t until = os_now_us() + (uint64_t)FLUSH_MS * 1000;

	while (link_flush(s->link) == LINK_AGAIN && os_now_us() < until)
		link_wait(s->link, true, NULL, 100);
}

void session_abort(struct session *s, unsigned code, const char *reason)
{
	struct frame frame;
	char storage[1001];

	if (s->state == ENDED)
		return;
	frame_clear(&frame, FRAME_ABORT);
	frame.field[ABORT_CODE].number = code;
	frame_set_text(&frame, ABORT_REASON, reason, storage);
	if (link_say_last(s->link, &frame))
		session_flush(s);
	session_end_with(s, SESSION_ABORTED, code, reason);
}

static void say_hello(struct session *s)
{
	struct frame frame;

	frame_clear(&frame, FRAME_HELLO);
	frame.field[HELLO_LOWEST].number = PROTOCOL_VERSION;
	frame.field[HELLO_HIGHEST].number = PROTOCOL_VERSION;
	frame.field[HELLO_CAPABILITIES].number = CAPABILITY_ZSTD | CAPABILITY_USED_BLOCKS | CAPABILITY_ADAPTIVE | CAPABILITY_CEILING;
	frame_set_bytes(&frame, HELLO_INSTANCE, s->agent->instance, ID_SIZE);
	frame_set_bytes(&frame, HELLO_AGENT_VERSION, SMA_VERSION, strlen(SMA_VERSION));
	frame_set_bytes(&frame, HELLO_PLATFORM, SMA_PLATFORM, strlen(SMA_PLATFORM));
	session_say(s, &frame);
}

static void on_tune(struct session *s, const struct frame *frame)
{
	const struct frame_value *f = frame->field;

	s->codec = session_usable_codec(s, f[TUNE_CODEC].number);
	s->level = (int)(int64_t)f[TUNE_LEVEL].number;
	s->rate = f[TUNE_RATE].number;
	pipeline_tune(s->pipeline, s->codec, s->level, s->rate);
}

static void on_finish(struct session *s, const struct frame *frame)
{
	struct frame goodbye;

	frame_clear(&goodbye, FRAME_GOODBYE);
	if (link_say_last(s->link, &goodbye))
		session_flush(s);
	s->end->remove = (frame->field[0].number & FINISH_REMOVE) != 0;
	session_end_with(s, SESSION_FINISHED, 0, "finished");
}

static void on_abort(struct session *s, const struct frame *frame)
{
	const struct frame_value *reason = &frame->field[ABORT_REASON];
	char text[400];

	snprintf(text, sizeof text, "%.*s", (int)(reason->length > 300 ? 300 : reason->length),
		 (const char *)reason->bytes);
	session_end_with(s, SESSION_ABORTED, (unsigned)frame->field[ABORT_CODE].number, text);
}

static void on_ping(struct session *s, const struct frame *frame)
{
	struct frame pong;

	frame_clear(&pong, FRAME_PONG);
	pong.field[0].number = frame->field[0].number;
	session_say(s, &pong);
}

static void out_of_place(struct session *s, const struct frame *frame)
{
	char reason[80];

	snprintf(reason, sizeof reason, "%s out of place", frame_type_name(frame->type));
	session_abort(s, ABORT_PROTOCOL, reason);
}

static void on_working_frame(struct session *s, const struct frame *frame)
{
	switch (frame->type) {
	case FRAME_PASS_START:
		session_on_pass_start(s, frame);
		break;
	case FRAME_KNOWN:
		if (!pipeline_known(s->pipeline, frame))
			session_abort(s, ABORT_PROTOCOL, "KNOWN answers no QUERY");
		break;
	case FRAME_TUNE:
		on_tune(s, frame);
		break;
	case FRAME_CEILING:
		pipeline_limit_load(s->pipeline, (unsigned)frame->field[0].number);
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
		session_on_welcome(s, frame);
	else if (frame->type == FRAME_PLAN && s->state == WAIT_PLAN)
		session_on_plan(s, frame);
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
			session_end_with(s, SESSION_LOST, 0, link_error(s->link));
			return;
		case LINK_VIOLATION:
			session_abort(s, ABORT_PROTOCOL, link_error(s->link));
			return;
		}
	}
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
		session_end_with(s, SESSION_LOST, 0, failure.reason);
		break;
	case FAILURE_ABORT:
		session_abort(s, failure.code, failure.reason);
		break;
	case FAILURE_TOLD:
		session_end_with(s, SESSION_ABORTED, failure.code, failure.reason);
		break;
	}
}

static void mind_heartbeat(struct session *s, uint64_t now)
{
	uint64_t silent = now - link_last_received(s->link);
	struct frame ping;

	if (silent >= s->heartbeat_us * SILENT_HEARTBEATS) {
		session_end_with(s, SESSION_LOST, 0, "the intermediate is silent");
		return;
	}
	if (silent < s->heartbeat_us || now - s->last_ping_us < s->heartbeat_us)
		return;
	s->last_ping_us = now;
	frame_clear(&ping, FRAME_PING);
	ping.field[0].number = now;
	session_say(s, &ping);
}

static void work(struct session *s)
{
	uint64_t now = os_now_us();

	if (os_stop_requested()) {
		session_end_with(s, SESSION_STOPPED, 0, "stopped");
		return;
	}
	mind_heartbeat(s, now);
	if (s->state == WAIT_WELCOME || s->state == WAIT_PLAN) {
		if (now - s->started_us > GREETING_PATIENCE_US)
			session_end_with(s, SESSION_LOST, 0, "the intermediate sent no plan");
	} else if (s->state == WORKING) {
		check_pipeline(s);
		session_report(s, now);
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
			session_end_with(s, SESSION_LOST, 0, link_error(s->link));
			break;
		}
		link_wait(s->link, status == LINK_AGAIN, &s->agent->waker, LOOP_MS);
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
	/* Control first: the intermediate must read an ABORT's reason before it sees the data connections end. */
	link_close(s.link);
	pipeline_stop(s.pipeline);
	free(s.paths);
	free(s.disks);
}
