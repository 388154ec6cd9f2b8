#include "pipeline_internal.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Owning the threads, buffers and books; the stages themselves are in copier.c and sender.c. */

/* Chunks after which a sender looks for runs to report, however long the run has become. */
enum { WAKE_EVERY = 256 };

static void wake_all(struct pipeline *p)
{
	os_wake_all(&p->work);
	for (unsigned i = 0; i < p->options.connections; i++)
		net_wake(&p->senders[i].waker);
}

void pipeline_fail(struct pipeline *p, enum failure_kind kind, unsigned code, const char *format, ...)
{
	va_list args;

	os_lock(&p->lock);
	if (p->failure.kind == FAILURE_NONE && !p->stopping) {
		p->failure.kind = kind;
		p->failure.code = code;
		va_start(args, format);
		vsnprintf(p->failure.reason, sizeof p->failure.reason, format, args);
		va_end(args);
	}
	p->stopping = true;
	wake_all(p);
	os_unlock(&p->lock);
	net_wake(p->options.control);
}

bool pipeline_is_stopping(void *pipeline)
{
	struct pipeline *p = pipeline;
	bool stopping;

	os_lock(&p->lock);
	stopping = p->stopping;
	os_unlock(&p->lock);
	return stopping;
}

void pipeline_put_buffer(struct pipeline *p, struct buffer *buffer)
{
	buffer->next = p->free_buffers;
	p->free_buffers = buffer;
	os_wake_all(&p->work);
}

struct buffer *pipeline_get_buffer(struct pipeline *p)
{
	struct buffer *buffer = p->free_buffers;

	if (buffer != NULL)
		p->free_buffers = buffer->next;
	return buffer;
}

static void wake_a_sender(struct pipeline *p)
{
	for (unsigned i = 0; i < p->options.connections; i++) {
		if (!p->senders[i].idle)
			continue;
		p->senders[i].idle = false;
		net_wake(&p->senders[i].waker);
		return;
	}
}

void pipeline_enqueue(struct pipeline *p, struct buffer *buffer)
{
	buffer->next = NULL;
	*p->queue_tail = buffer;
	p->queue_tail = &buffer->next;
	wake_a_sender(p);
}

void pipeline_settled(struct pipeline *p, uint64_t index)
{
	if (pass_idle(p->pass)) {
		/* Nothing is on its way that could make a run longer. */
		p->flush_runs = true;
		wake_a_sender(p);
	} else if (index % WAKE_EVERY == WAKE_EVERY - 1) {
		wake_a_sender(p);
	}
	os_wake_all(&p->work);
}

void pipeline_advanced(struct pipeline *p)
{
	p->flush_runs = p->flush_runs || pass_idle(p->pass);
	wake_a_sender(p);
	net_wake(p->options.control);
}

void pipeline_acknowledged(struct pipeline *p)
{
	p->acknowledged = true;
	if (pass_complete(p->pass))
		net_wake(p->options.control);
	os_wake_all(&p->work);
}

static bool allocate_buffers(struct pipeline *p)
{
	size_t count = BUFFER_MEMORY / p->options.chunk_size;

	p->buffer_size = DISK_ALIGNMENT + p->options.chunk_size;
	p->buffer_count = count > MOST_BUFFERS ? MOST_BUFFERS : count;
	for (size_t i = 0; i < p->buffer_count; i++) {
		struct buffer *buffer = &p->buffers[i];

		buffer->memory = os_page_alloc(p->buffer_size);
		if (buffer->memory == NULL)
			return false;
		buffer->bytes = buffer->memory + DISK_ALIGNMENT;
		pipeline_put_buffer(p, buffer);
	}
	return true;
}

enum { FOR_THE_QUEUE = 2 };

/* A copier holds a buffer for each of its chunks and one more; some must remain for the queue. */
static unsigned copiers_for(size_t buffer_count)
{
	unsigned workers = os_online_cpus();
	unsigned copiers = (workers > MOST_WORKERS ? MOST_WORKERS : workers) + 1;
	unsigned most = (unsigned)(buffer_count - FOR_THE_QUEUE) / 2;

	return copiers < most ? copiers : most;
}

static bool start_threads(struct pipeline *p)
{
	for (unsigned i = 0; i < p->copier_count; i++) {
		p->copiers[i].pipeline = p;
		p->copiers[i].started = os_thread_start(&p->copiers[i].thread, copier_run, &p->copiers[i]);
		if (!p->copiers[i].started)
			return false;
	}
	for (unsigned i = 0; i < p->options.connections; i++) {
		p->senders[i].started = os_thread_start(&p->senders[i].thread, sender_run, &p->senders[i]);
		if (!p->senders[i].started)
			return false;
	}
	return true;
}

struct pipeline *pipeline_start(const struct pipeline_options *options)
{
	struct pipeline *p = calloc(1, sizeof *p);
	unsigned wakers = 0;

	if (p == NULL)
		return NULL;
	p->options = *options;
	p->queue_tail = &p->queue_head;
	adapt_start(&p->adapt);
	ceiling_start(&p->ceiling, options->same_machine ? NO_CEILING : DEFAULT_CEILING);
	os_mutex_init(&p->lock);
	os_condition_init(&p->work);
	for (; wakers < options->connections; wakers++) {
		p->senders[wakers].pipeline = p;
		p->senders[wakers].stream = (uint8_t)wakers;
		if (!net_waker_init(&p->senders[wakers].waker))
			break;
	}
	/* pipeline_stop goes over as many senders as there are wakers. */
	p->options.connections = wakers;
	p->hasher = hasher_new();
	if (wakers == options->connections && p->hasher != NULL && allocate_buffers(p)) {
		p->copier_count = copiers_for(p->buffer_count);
		p->held_each = (unsigned)(p->buffer_count - FOR_THE_QUEUE) / p->copier_count > MOST_HELD ? MOST_HELD : 1;
		if (start_threads(p))
			return p;
	}
	pipeline_stop(p);
	return NULL;
}

void pipeline_stop(struct pipeline *p)
{
	if (p == NULL)
		return;
	os_lock(&p->lock);
	p->stopping = p->closing = true;
	wake_all(p);
	os_unlock(&p->lock);
	for (unsigned i = 0; i < p->copier_count; i++)
		if (p->copiers[i].started)
			os_thread_join(p->copiers[i].thread);
	for (unsigned i = 0; i < p->options.connections; i++)
		if (p->senders[i].started)
			os_thread_join(p->senders[i].thread);
	/* Not before: a sender that fails wakes all others. */
	for (unsigned i = 0; i < p->options.connections; i++)
		net_waker_destroy(&p->senders[i].waker);
	pass_free(p->pass);
	disk_close(p->disk);
	unused_clear(&p->unused);
	for (size_t i = 0; i < p->buffer_count; i++)
		os_page_free(p->buffers[i].memory, p->buffer_size);
	hasher_free(p->hasher);
	os_condition_destroy(&p->work);
	os_mutex_destroy(&p->lock);
	free(p);
}

void pipeline_tune(struct pipeline *p, uint8_t codec, int level, uint64_t rate)
{
	os_lock(&p->lock);
	p->codec = codec;
	p->level = level;
	adapt_interrupt(&p->adapt);
	if (p->throttle.rate != rate)
		throttle_set(&p->throttle, rate, os_now_us());
	wake_all(p);
	os_unlock(&p->lock);
}

void pipeline_limit_load(struct pipeline *p, unsigned percent)
{
	os_lock(&p->lock);
	ceiling_start(&p->ceiling, p->options.same_machine ? NO_CEILING : percent);
	os_wake_all(&p->work);
	os_unlock(&p->lock);
}

void pipeline_pause(struct pipeline *p, bool paused)
{
	os_lock(&p->lock);
	p->paused = paused;
	adapt_interrupt(&p->adapt);
	wake_all(p);
	os_unlock(&p->lock);
}

bool pipeline_has_pass(struct pipeline *p)
{
	bool has;

	os_lock(&p->lock);
	has = p->state != PASS_NONE;
	os_unlock(&p->lock);
	return has;
}

void pipeline_begin_pass(struct pipeline *p, size_t place, struct pass_memory *memory, bool may_skip)
{
	struct pass *pass = pass_new(memory, p->hasher, may_skip, p->options.window);

	if (pass == NULL) {
		pipeline_fail(p, FAILURE_ABORT, ABORT_RESOURCES, "no memory for a pass");
		return;
	}
	os_lock(&p->lock);
	p->pass = pass;
	p->place = place;
	p->path = p->options.disks.paths[place];
	p->planned_size = memory->size;
	memset(&p->times, 0, sizeof p->times);
	p->state = PASS_TO_PREPARE;
	adapt_interrupt(&p->adapt);
	os_wake_all(&p->work);
	os_unlock(&p->lock);
}

bool pipeline_known(struct pipeline *p, const struct frame *known)
{
	bool asked;

	os_lock(&p->lock);
	asked = p->pass != NULL && pass_known(p->pass, known);
	os_wake_all(&p->work);
	os_unlock(&p->lock);
	return asked;
}

bool pipeline_used(struct pipeline *p, struct used_summary *out, const struct used_report **report)
{
	bool any;

	os_lock(&p->lock);
	any = p->used_to_tell && p->pass != NULL && !p->stopping;
	if (any) {
		p->used_to_tell = false;
		out->disk = pass_disk(p->pass);
		out->pass = pass_number(p->pass);
		out->unused = unused_bytes(&p->unused);
		out->used = p->planned_size - out->unused;
		*report = &p->used_report;
	}
	os_unlock(&p->lock);
	return any;
}

bool pipeline_next_query(struct pipeline *p, struct chunk_query *out)
{
	bool any;

	os_lock(&p->lock);
	any = p->pass != NULL && !p->stopping && pass_next_query(p->pass, &out->first, &out->count);
	if (any) {
		out->disk = pass_disk(p->pass);
		out->pass = pass_number(p->pass);
	}
	os_unlock(&p->lock);
	return any;
}

bool pipeline_next_notice(struct pipeline *p, struct read_notice *out)
{
	bool any;

	os_lock(&p->lock);
	any = p->notice_count > 0;
	if (any) {
		*out = p->notices[p->notice_head];
		p->notice_head = (p->notice_head + 1) % MOST_NOTICES;
		p->notice_count--;
		os_wake_all(&p->work);
	}
	os_unlock(&p->lock);
	return any;
}

bool pipeline_pass_done(struct pipeline *p, struct pass_summary *out)
{
	struct disk *disk = NULL;
	uint64_t size_now;
	bool done, hashed = false;

	os_lock(&p->lock);
	done = p->state == PASS_RUNNING && !p->stopping && p->notice_count == 0 && !p->used_to_tell &&
	       pass_complete(p->pass);
	if (done) {
		out->disk = pass_disk(p->pass);
		out->pass = pass_number(p->pass);
		hashed = pass_result(p->pass, &out->counts, out->tree_hash);
		pass_free(p->pass);
		p->pass = NULL;
		disk = p->disk;
		p->disk = NULL;
		p->state = PASS_NONE;
	}
	os_unlock(&p->lock);
	if (!done)
		return false;
	size_now = disk_size_now(disk);
	disk_close(disk);
	if (size_now != p->planned_size)
		pipeline_fail(p, FAILURE_ABORT, size_now == 0 ? ABORT_DISK_MISSING : ABORT_DISK_CHANGED,
			      "disk %u (%s) has %llu bytes at the end of the pass, planned were %llu", out->disk, p->path,
			      (unsigned long long)size_now, (unsigned long long)p->planned_size);
	else if (!hashed)
		pipeline_fail(p, FAILURE_ABORT, ABORT_RESOURCES, "hashing failed");
	else
		return true;
	return false;
}

bool pipeline_failed(struct pipeline *p, struct pipeline_failure *out)
{
	bool failed;

	os_lock(&p->lock);
	failed = p->failure.kind != FAILURE_NONE;
	if (failed)
		*out = p->failure;
	os_unlock(&p->lock);
	return failed;
}

void pipeline_ask_progress(struct pipeline *p, struct pipeline_progress *out)
{
	memset(out, 0, sizeof *out);
	os_lock(&p->lock);
	/* Asked a few times a second: what is ready is reported at that pace at the latest. */
	p->flush_runs = true;
	wake_a_sender(p);
	out->running = p->pass != NULL;
	out->acknowledged = p->acknowledged;
	if (p->pass != NULL) {
		out->disk = pass_disk(p->pass);
		out->pass = pass_number(p->pass);
		out->chunks_done = pass_chunks_done(p->pass);
		out->chunks = pass_chunks(p->pass);
	}
	out->raw_bytes = p->raw_bytes;
	for (unsigned i = 0; i < p->options.connections; i++)
		out->wire_bytes += p->senders[i].wire_bytes;
	out->reading = p->times.reading;
	out->hashing = p->times.hashing;
	out->compressing = p->times.compressing;
	out->waiting = p->times.waiting;
	out->held = p->times.held;
	os_unlock(&p->lock);
}
