#include "pipeline_internal.h"

#include <stdio.h>
#include <string.h>

/* One thread per data connection: frames out, acknowledgements in. */

enum { ATTACH_PATIENCE_US = 30000000, ATTACH_TRIES = 50, ATTACH_PAUSE_MS = 200, LONGEST_WAIT_MS = 1000 };

struct stream {
	struct sender *sender;
	struct pipeline *p;
	struct link *link;
	/* The chunk that is being sent. */
	struct buffer *current;
	size_t at, total;
	uint64_t credit; /* bytes granted by the throttle and not used yet */
	struct chunk_run run;
};

static void say_abort(struct stream *s, unsigned code, const char *reason)
{
	struct frame frame;
	char storage[1001];

	frame_clear(&frame, FRAME_ABORT);
	frame.field[ABORT_CODE].number = code;
	frame_set_text(&frame, ABORT_REASON, reason, storage);
	/* In the middle of a chunk there is no place for another frame. */
	if (s->current == NULL && link_say_last(s->link, &frame))
		link_flush(s->link);
}

static void violated(struct stream *s, const char *how)
{
	say_abort(s, ABORT_PROTOCOL, how);
	pipeline_fail(s->p, FAILURE_ABORT, ABORT_PROTOCOL, "data connection %u: %s", s->sender->stream, how);
}

static void told(struct stream *s, const struct frame *frame)
{
	const struct frame_value *reason = &frame->field[ABORT_REASON];

	pipeline_fail(s->p, FAILURE_TOLD, (unsigned)frame->field[ABORT_CODE].number, "%.*s",
		      (int)(reason->length > 300 ? 300 : reason->length), (const char *)reason->bytes);
}

static bool take_ack(struct stream *s, const struct frame *frame)
{
	struct pipeline *p = s->p;
	struct frame_cursor cursor = frame_items(frame, ACK_RUNS);
	struct ack_run run;
	bool good;

	os_lock(&p->lock);
	good = p->pass != NULL && frame->field[ACK_DISK].number == pass_disk(p->pass) &&
	       frame->field[ACK_PASS].number == pass_number(p->pass);
	while (good && frame_next_ack_run(&cursor, &run))
		good = pass_ack(p->pass, run.first, run.count);
	if (good)
		pipeline_acknowledged(p);
	os_unlock(&p->lock);
	if (!good)
		violated(s, "ACK for what was not sent");
	return good;
}

/* Everything that has arrived. False: the connection or the pipeline is at its end. */
static bool receive(struct stream *s)
{
	struct frame frame;

	for (;;) {
		switch (link_receive(s->link, &frame)) {
		case LINK_AGAIN:
			return true;
		case LINK_OK:
			break;
		case LINK_LOST:
			pipeline_fail(s->p, FAILURE_LOST, 0, "data connection %u: %s", s->sender->stream,
				      link_error(s->link));
			return false;
		case LINK_VIOLATION:
			violated(s, link_error(s->link));
			return false;
		}
		if (frame.type == FRAME_ABORT) {
			told(s, &frame);
			return false;
		}
		if (frame.type == FRAME_ATTACHED) {
			violated(s, "ATTACHED out of place");
			return false;
		}
		if (!take_ack(s, &frame))
			return false;
	}
}

enum attach { ATTACHED, NOT_YET, NOT_ATTACHED };

/* The answer to ATTACH, whatever it is; LINK_AGAIN when none has come in time. */
static enum link_status ask_to_attach(struct stream *s, struct frame *answer)
{
	struct frame frame;
	uint64_t deadline = os_now_us() + ATTACH_PATIENCE_US;
	enum link_status status;

	frame_clear(&frame, FRAME_ATTACH);
	frame_set_bytes(&frame, ATTACH_SESSION, s->p->options.session, ID_SIZE);
	frame.field[ATTACH_STREAM].number = s->sender->stream;
	link_queue(s->link, &frame);
	for (;;) {
		bool sending = link_flush(s->link) == LINK_AGAIN;

		status = link_receive(s->link, answer);
		if (status != LINK_AGAIN || os_now_us() >= deadline || pipeline_is_stopping(s->p))
			return status;
		link_wait(s->link, sending, &s->sender->waker, LONGEST_WAIT_MS);
	}
}

static enum attach attach(struct stream *s)
{
	struct pipeline *p = s->p;
	struct frame answer;
	enum link_status status = ask_to_attach(s, &answer);

	if (status == LINK_OK && answer.type == FRAME_ATTACHED)
		return ATTACHED;
	if (status == LINK_OK && answer.type == FRAME_ABORT && answer.field[ABORT_CODE].number == ABORT_NOT_READY)
		return NOT_YET;
	if (status == LINK_OK && answer.type == FRAME_ABORT)
		told(s, &answer);
	else if (status == LINK_AGAIN)
		pipeline_fail(p, FAILURE_LOST, 0, "data connection %u: ATTACH has no answer", s->sender->stream);
	else if (status == LINK_LOST)
		pipeline_fail(p, FAILURE_LOST, 0, "data connection %u: %s", s->sender->stream, link_error(s->link));
	else
		violated(s, status == LINK_OK ? "the first frame is not ATTACHED" : link_error(s->link));
	return NOT_ATTACHED;
}

enum next { NEXT_NOTHING, NEXT_RUN, NEXT_CHUNK, NEXT_END };

/* What to send next; with nothing to send the sender is marked idle, so that it is woken. */
static enum next next_item(struct stream *s)
{
	struct pipeline *p = s->p;
	enum next next = NEXT_NOTHING;

	os_lock(&p->lock);
	p->senders[s->sender->stream].wire_bytes = link_bytes_sent(s->link);
	if (p->stopping) {
		next = NEXT_END;
	} else if (p->paused) {
		next = NEXT_NOTHING;
	} else if (p->pass != NULL && pass_next_run(p->pass, p->flush_runs, &s->run)) {
		next = NEXT_RUN;
	} else {
		p->flush_runs = false;
		if (p->queue_head != NULL) {
			s->current = p->queue_head;
			p->queue_head = s->current->next;
			if (p->queue_head == NULL)
				p->queue_tail = &p->queue_head;
			next = NEXT_CHUNK;
		}
	}
	s->sender->idle = next == NEXT_NOTHING;
	os_unlock(&p->lock);
	return next;
}

static void queue_run(struct stream *s)
{
	struct frame frame;

	frame_clear(&frame, s->run.outcome == OUTCOME_ZERO     ? FRAME_ZERO
			    : s->run.outcome == OUTCOME_UNUSED ? FRAME_UNUSED
							       : FRAME_SAME);
	os_lock(&s->p->lock);
	frame.field[RANGE_DISK].number = pass_disk(s->p->pass);
	frame.field[RANGE_PASS].number = pass_number(s->p->pass);
	os_unlock(&s->p->lock);
	frame.field[RANGE_FIRST].number = s->run.first;
	frame.field[RANGE_COUNT].number = s->run.count;
	/* There is room: one_round keeps the queue short. */
	link_queue(s->link, &frame);
}

static void start_chunk(struct stream *s)
{
	struct buffer *buffer = s->current;

	s->at = 0;
	s->total = CHUNK_FRAME_HEAD + buffer->length;
	link_start(s->link, FRAME_CHUNK, CHUNK_FIELDS_SIZE + buffer->length, buffer->bytes - CHUNK_FRAME_HEAD);
}

static void end_chunk(struct stream *s)
{
	struct pipeline *p = s->p;

	os_lock(&p->lock);
	p->raw_bytes += s->current->raw_length;
	adapt_note(&p->adapt, p->raw_bytes, p->packed_bytes, os_now_us());
	pipeline_put_buffer(p, s->current);
	os_unlock(&p->lock);
	s->current = NULL;
}

/* Sends of the current chunk what throttle and connection let through; how long to wait otherwise. */
static enum link_status send_some(struct stream *s, uint64_t *wait_us)
{
	struct pipeline *p = s->p;
	size_t sent;
	enum link_status status;

	*wait_us = 0;
	if (s->credit == 0) {
		os_lock(&p->lock);
		s->credit = throttle_take(&p->throttle, s->total - s->at, os_now_us(), wait_us);
		p->throttled = s->credit == 0;
		os_unlock(&p->lock);
		if (s->credit == 0)
			return LINK_OK;
	}
	if (s->credit > s->total - s->at)
		s->credit = s->total - s->at;
	status = link_send(s->link, s->current->bytes - CHUNK_FRAME_HEAD + s->at, (size_t)s->credit, &sent);
	s->at += sent;
	s->credit -= sent;
	return status;
}

static bool check(struct stream *s, enum link_status status)
{
	if (status == LINK_OK || status == LINK_AGAIN)
		return true;
	pipeline_fail(s->p, FAILURE_LOST, 0, "data connection %u: %s", s->sender->stream, link_error(s->link));
	return false;
}

/* Runs are gathered up to here before they are sent. */
enum { GATHER = 16384 };

/* One round: receive, pick something to send, send, wait when there is nothing else to do. */
static bool one_round(struct stream *s)
{
	struct net_waker *waker = &s->sender->waker;
	enum link_status status = LINK_OK;
	uint64_t wait_us;

	if (!receive(s))
		return false;
	if (link_queued(s->link) > GATHER) {
		status = link_flush(s->link);
		if (status == LINK_AGAIN)
			link_wait(s->link, true, waker, LONGEST_WAIT_MS);
		return check(s, status) && !pipeline_is_stopping(s->p);
	}
	if (s->current == NULL) {
		switch (next_item(s)) {
		case NEXT_END:
			return false;
		case NEXT_RUN:
			queue_run(s);
			return true;
		case NEXT_NOTHING:
			status = link_flush(s->link);
			link_wait(s->link, status == LINK_AGAIN, waker, LONGEST_WAIT_MS);
			return check(s, status);
		case NEXT_CHUNK:
			start_chunk(s);
			break;
		}
	}
	status = send_some(s, &wait_us);
	if (s->at == s->total) {
		end_chunk(s);
	} else if (wait_us > 0) {
		uint64_t ms = wait_us / 1000 + 1;

		/* What the throttle has let through must not wait for more. */
		status = link_flush(s->link);
		link_wait(s->link, status == LINK_AGAIN, waker, ms < LONGEST_WAIT_MS ? (unsigned)ms : LONGEST_WAIT_MS);
	} else if (status == LINK_AGAIN) {
		link_wait(s->link, true, waker, LONGEST_WAIT_MS);
	}
	return check(s, status) && !pipeline_is_stopping(s->p);
}

/* Connects and attaches. Control and data are different connections: ATTACH may overtake PLAN_ACCEPTED, and the
 * intermediate then asks to try again. */
static bool open_stream(struct stream *s)
{
	struct pipeline *p = s->p;
	struct link_target target = {
		.identity = p->options.identity,
		.host = p->options.host,
		.port = p->options.data_port,
		.control = false,
		.unix_time = job_clock_now(&p->options.clock),
		.give_up = pipeline_is_stopping,
		.context = p,
	};
	char why[320];

	for (unsigned try = 0; try < ATTACH_TRIES && !pipeline_is_stopping(p); try++) {
		s->link = link_open(&target, why, sizeof why);
		if (s->link == NULL) {
			pipeline_fail(p, FAILURE_LOST, 0, "data connection %u: %s", s->sender->stream, why);
			return false;
		}
		switch (attach(s)) {
		case ATTACHED:
			return true;
		case NOT_ATTACHED:
			return false;
		case NOT_YET:
			link_close(s->link);
			s->link = NULL;
			net_wait(NET_NO_SOCKET, 0, &s->sender->waker, ATTACH_PAUSE_MS);
			break;
		}
	}
	pipeline_fail(p, FAILURE_TOLD, ABORT_NOT_READY, "data connection %u is not taken", s->sender->stream);
	return false;
}

void *sender_run(void *argument)
{
	struct sender *sender = argument;
	struct stream s = {.sender = sender, .p = sender->pipeline};

	if (open_stream(&s))
		while (one_round(&s))
			;
	/* Closing ends the session at the other side: before that the control connection says why. */
	os_lock(&s.p->lock);
	while (!s.p->closing)
		os_wait(&s.p->work, &s.p->lock);
	os_unlock(&s.p->lock);
	link_close(s.link);
	return NULL;
}
