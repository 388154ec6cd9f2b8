#include "copier_internal.h"

#include <stdio.h>
#include <string.h>

#include "load.h"

/* One thread that carries chunks from the disk to the queue, two at a time where it can. */

enum { SYNC_PATIENCE_MS = 20000 };

static uint64_t lap(uint64_t *since)
{
	uint64_t now = os_now_us(), spent = now - *since;

	*since = now;
	return spent;
}

/* A mounted filesystem's maps change: what is unused is found out anew for every pass. */
static void find_unused(struct pipeline *p)
{
	unused_clear(&p->unused);
	if (p->options.used_blocks)
		used_find(p->options.disks.paths, p->options.disks.count, p->place, &p->unused, &p->used_report);
}

static void note_snapshot(void *context, const char *text)
{
	struct pipeline *p = context;
	struct read_notice notice = {.code = NOTICE_SNAPSHOT, .disk = pass_disk(p->pass)};

	snprintf(notice.detail, sizeof notice.detail, "%s", text);
	copier_add_notice(p, &notice);
}

/* Opens the disk anew for every pass: sizes and device nodes may have changed since the last. */
static void prepare_pass(struct pipeline *p)
{
	struct disk *disk = NULL;
	char why[128] = "";
	enum disk_status status;
	uint64_t planned = p->planned_size;

	p->state = PASS_PREPARING;
	os_unlock(&p->lock);
	disk_hold_still(p->options.disks.paths, p->options.disks.count, note_snapshot, p);
	status = disk_open(p->path, &disk, why, sizeof why);
	if (status == DISK_OK && disk_is_device(disk))
		os_sync_filesystems(SYNC_PATIENCE_MS);
	if (status == DISK_NO_MEMORY)
		pipeline_fail(p, FAILURE_ABORT, ABORT_RESOURCES, "%s: %s", p->path, why);
	else if (status != DISK_OK)
		pipeline_fail(p, FAILURE_ABORT, ABORT_DISK_MISSING, "%s: %s", p->path, why);
	else if (disk_size(disk) != planned)
		pipeline_fail(p, FAILURE_ABORT, ABORT_DISK_CHANGED, "%s has %llu bytes, planned were %llu", p->path,
			      (unsigned long long)disk_size(disk), (unsigned long long)planned);
	else
		find_unused(p);
	os_lock(&p->lock);
	p->disk = disk;
	p->used_to_tell = p->options.used_blocks && status == DISK_OK;
	p->state = PASS_RUNNING;
	os_wake_all(&p->work);
	net_wake(p->options.control);
}

/* With the lock held: TAKE_CHUNK when at least one chunk is at hand, with the buffers for it. */
static enum pass_take try_to_take(struct hands *h)
{
	struct pipeline *p = h->p;
	enum pass_take took = TAKE_CHUNK;

	if (p->paused || p->state != PASS_RUNNING || p->notice_count > MOST_NOTICES / 2)
		return TAKE_WAIT;
	if (h->spare == NULL)
		h->spare = pipeline_get_buffer(p);
	for (h->count = 0; h->spare != NULL && took == TAKE_CHUNK && h->count < p->held_each;) {
		struct held *held = &h->held[h->count];

		if (held->raw == NULL)
			held->raw = pipeline_get_buffer(p);
		took = held->raw == NULL ? TAKE_WAIT : pass_take(p->pass, &p->unused, &held->work);
		if (took != TAKE_CHUNK)
			break;
		if (held->work.index % GROUP_CHUNKS == GROUP_CHUNKS - 1)
			net_wake(p->options.control); /* for the next query */
		h->count++;
	}
	if (pass_has_advanced(p->pass))
		pipeline_advanced(p);
	if (took == TAKE_FAILED || h->count > 0)
		return took == TAKE_FAILED ? took : TAKE_CHUNK;
	/* Skipping alone may have come to the end. */
	if (pass_complete(p->pass))
		net_wake(p->options.control);
	return TAKE_WAIT;
}

static void wait_for_work(struct pipeline *p)
{
	uint64_t start = os_now_us();

	os_wait(&p->work, &p->lock);
	if (p->state == PASS_RUNNING && (p->paused || p->throttled))
		p->times.held += os_now_us() - start;
	else if (p->state == PASS_RUNNING)
		p->times.waiting += os_now_us() - start;
}

/* With the lock held. */
static void choose_codec(struct hands *h)
{
	const struct pipeline *p = h->p;

	h->codec = p->codec;
	h->level = p->level;
	if (p->codec != CODEC_ADAPTIVE)
		return;
	h->codec = adapt_compresses(&p->adapt) ? CODEC_ZSTD : CODEC_RAW;
	h->level = adapt_level(&p->adapt);
}

/* Waits for a chunk to copy; false when the thread is to end. The lock is held on the way in and out. */
static bool next_chunk(struct hands *h)
{
	struct pipeline *p = h->p;

	while (!p->stopping) {
		if (p->state == PASS_TO_PREPARE) {
			prepare_pass(p);
			continue;
		}
		switch (try_to_take(h)) {
		case TAKE_CHUNK:
			h->disk = pass_disk(p->pass);
			h->pass = pass_number(p->pass);
			choose_codec(h);
			return true;
		case TAKE_FAILED:
			os_unlock(&p->lock);
			pipeline_fail(p, FAILURE_ABORT, ABORT_RESOURCES, "hashing failed");
			os_lock(&p->lock);
			break;
		case TAKE_WAIT:
			wait_for_work(p);
			break;
		}
	}
	return false;
}

static bool leaf_of_zeros(struct hands *h, struct held *held)
{
	if (held->work.length != h->p->options.chunk_size)
		return hash_zeros(h->hasher, held->work.length, held->leaf);
	memcpy(held->leaf, h->zero_leaf, HASH_SIZE);
	return true;
}

/* False: hashing failed. */
static bool hash_held(struct hands *h, const bool is_zero[MOST_HELD])
{
	struct held *one = &h->held[0], *two = &h->held[1];

	if (h->count == 2 && !is_zero[0] && !is_zero[1] && one->work.length == two->work.length)
		return hash_two_leaves(h->hasher, one->raw->bytes, two->raw->bytes, one->work.length, one->leaf,
				       two->leaf);
	for (unsigned i = 0; i < h->count; i++) {
		struct held *held = &h->held[i];

		if (is_zero[i] ? !leaf_of_zeros(h, held)
			       : !hash_leaf(h->hasher, held->raw->bytes, held->work.length, held->leaf))
			return false;
	}
	return true;
}

/* What is to be said of the chunks at hand. False: hashing failed. */
static bool judge(struct hands *h)
{
	bool is_zero[MOST_HELD] = {false};

	for (unsigned i = 0; i < h->count; i++)
		is_zero[i] = is_all_zero(h->held[i].raw->bytes, h->held[i].work.length);
	if (!hash_held(h, is_zero))
		return false;
	for (unsigned i = 0; i < h->count; i++) {
		struct held *held = &h->held[i];
		bool same = is_zero[i] ? held->work.known_state == KNOWN_ZERO
				       : held->work.known_state == KNOWN_DATA &&
						 memcmp(held->leaf, held->work.known_hash, HASH_SIZE) == 0;

		held->outcome = same ? OUTCOME_SAME : is_zero[i] ? OUTCOME_ZERO : OUTCOME_CHUNK;
	}
	return true;
}

/* Makes the frame's content, compressed when that helps; the buffer that holds it leaves the copier's hands. */
static struct buffer *pack(struct hands *h, struct held *held)
{
	struct chunk_fields fields = {h->disk, h->pass, held->work.index, held->work.length, CODEC_RAW, {0}};
	struct buffer *packed = held->raw;
	size_t length = 0;

	if (h->codec == CODEC_ZSTD)
		length = compressor_run(h->compressor, h->level, held->raw->bytes, held->work.length,
					h->spare->bytes);
	packed->length = held->work.length;
	if (length > 0) {
		/* What was read is not needed any more: room for what the next chunk is compressed to. */
		fields.codec = CODEC_ZSTD;
		packed = h->spare;
		packed->length = (uint32_t)length;
		h->spare = held->raw;
	}
	held->raw = NULL;
	packed->raw_length = held->work.length;
	memcpy(fields.hash, held->leaf, HASH_SIZE);
	chunk_fields_encode(packed->bytes - CHUNK_FIELDS_SIZE, &fields);
	return packed;
}

/* Packs what is to be sent and tells the pass what became of the chunk. */
static void hand_over(struct hands *h, struct held *held, uint64_t *clock)
{
	struct pipeline *p = h->p;
	struct buffer *packed = held->outcome == OUTCOME_CHUNK ? pack(h, held) : NULL;
	uint32_t request_size = disk_request_size(p->disk);
	uint64_t compressing = lap(clock);
	bool settled;

	os_lock(&p->lock);
	p->asked_bytes += held->read_bytes;
	p->asked_requests += (held->read_bytes + request_size - 1) / request_size;
	p->times.compressing += compressing;
	settled = pass_settle(p->pass, held->work.index, held->outcome, held->leaf, held->unreadable);
	if (packed != NULL) {
		p->packed_bytes += packed->raw_length;
		pipeline_enqueue(p, packed);
	}
	pipeline_settled(p, held->work.index);
	os_unlock(&p->lock);
	if (!settled)
		pipeline_fail(p, FAILURE_ABORT, ABORT_INTERNAL, "chunk %llu has no place",
			      (unsigned long long)held->work.index);
}

static void copy_chunks(struct hands *h)
{
	struct pipeline *p = h->p;
	uint64_t clock = os_now_us(), hashing;

	for (unsigned i = 0; i < h->count; i++)
		if (!copier_read(h, &h->held[i]))
			return;
	h->reading_us = lap(&clock);
	if (!judge(h)) {
		pipeline_fail(p, FAILURE_ABORT, ABORT_RESOURCES, "hashing failed");
		return;
	}
	hashing = lap(&clock);
	/* Before the chunks are settled: the pass, and with it the disk, may end with them. */
	pipeline_sample_load(p);
	os_lock(&p->lock);
	p->times.reading += h->reading_us;
	p->times.hashing += hashing;
	os_unlock(&p->lock);
	for (unsigned i = 0; i < h->count; i++)
		hand_over(h, &h->held[i], &clock);
}

/* Copies the chunks at hand; what it took is for the load ceiling. */
static void work_on_chunks(struct hands *h, struct ceiling_work *work)
{
	uint64_t begun = os_now_us(), processor = load_thread_us();

	copy_chunks(h);
	work->took_us = os_now_us() - begun;
	work->processor_us = load_thread_us() - processor;
	work->reading_us = h->reading_us;
	for (unsigned i = 0; i < h->count; i++)
		work->read_bytes += h->held[i].read_bytes;
}

void *copier_run(void *argument)
{
	struct copier *copier = argument;
	struct pipeline *p = copier->pipeline;
	struct hands h;

	memset(&h, 0, sizeof h);
	h.p = p;
	h.hasher = hasher_new();
	h.compressor = compressor_new(p->options.chunk_size, COMPRESSOR_MEMORY / p->copier_count);
	if (h.hasher == NULL || h.compressor == NULL ||
	    !hash_zeros(h.hasher, p->options.chunk_size, h.zero_leaf)) {
		pipeline_fail(p, FAILURE_ABORT, ABORT_RESOURCES, "no memory for a copier");
	} else {
		os_lock(&p->lock);
		while (next_chunk(&h)) {
			struct ceiling_work work = {0};

			os_unlock(&p->lock);
			work_on_chunks(&h, &work);
			os_lock(&p->lock);
			pipeline_rest(p, &work);
		}
		os_unlock(&p->lock);
	}
	compressor_free(h.compressor);
	hasher_free(h.hasher);
	return NULL;
}
