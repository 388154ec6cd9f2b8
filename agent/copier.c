#include "pipeline_internal.h"

#include <stdio.h>
#include <string.h>

#include "compress.h"
#include "load.h"
#include "salvage.h"

/* One thread that carries chunks from the disk to the queue. */

/* A copier's own things; only its thread touches them. */
struct hands {
	struct pipeline *p;
	struct hasher *hasher;
	struct compressor *compressor;
	struct buffer *raw, *spare;
	uint8_t zero_leaf[HASH_SIZE]; /* of a whole chunk */
	/* Of the chunk at hand. */
	uint64_t reading_us;
	struct chunk_work work;
	uint16_t disk;
	uint32_t pass;
	uint8_t codec;
	int level;
	size_t read_bytes;
	bool unreadable;
	bool read_failed; /* and it must not */
};

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

/* What the session is to tell: waits for a place. Never with the lock held. */
static void add_notice(struct pipeline *p, const struct read_notice *notice)
{
	os_lock(&p->lock);
	while (p->notice_count == MOST_NOTICES && !p->stopping)
		os_wait(&p->work, &p->lock);
	if (!p->stopping)
		p->notices[(p->notice_head + p->notice_count++) % MOST_NOTICES] = *notice;
	os_unlock(&p->lock);
	net_wake(p->options.control);
}

static void note_snapshot(void *context, const char *text)
{
	struct pipeline *p = context;
	struct read_notice notice = {.code = NOTICE_SNAPSHOT, .disk = pass_disk(p->pass)};

	snprintf(notice.detail, sizeof notice.detail, "%s", text);
	add_notice(p, &notice);
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

/* With the lock held: TAKE_CHUNK when `work` is to be copied, and both buffers are there. */
static enum pass_take try_to_take(struct hands *h)
{
	struct pipeline *p = h->p;
	enum pass_take took;

	if (p->paused || p->state != PASS_RUNNING || p->notice_count > MOST_NOTICES / 2)
		return TAKE_WAIT;
	if (h->raw == NULL)
		h->raw = pipeline_get_buffer(p);
	if (h->spare == NULL)
		h->spare = pipeline_get_buffer(p);
	if (h->raw == NULL || h->spare == NULL)
		return TAKE_WAIT;
	took = pass_take(p->pass, &p->unused, &h->work);
	if (pass_has_advanced(p->pass))
		pipeline_advanced(p);
	/* Skipping alone may have come to the end. */
	if (took == TAKE_WAIT && pass_complete(p->pass))
		net_wake(p->options.control);
	return took;
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
			if (h->work.index % GROUP_CHUNKS == GROUP_CHUNKS - 1)
				net_wake(p->options.control); /* for the next query */
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

static void on_bad_range(void *context, const struct bad_range *range, const char *why)
{
	struct hands *h = context;
	struct pipeline *p = h->p;
	struct read_notice notice;

	/* Nobody misses it. */
	if (unused_covers(&p->unused, range->offset, range->length))
		return;
	h->unreadable = true;
	if (!p->options.continue_on_read_errors) {
		if (!h->read_failed && disk_size_now(p->disk) != p->planned_size)
			pipeline_fail(p, FAILURE_ABORT, ABORT_DISK_MISSING, "disk %u (%s) is gone: %s", h->disk, p->path,
				      why);
		else if (!h->read_failed)
			pipeline_fail(p, FAILURE_ABORT, ABORT_READ_ERROR, "disk %u (%s) offset %llu length %llu: %s",
				      h->disk, p->path, (unsigned long long)range->offset,
				      (unsigned long long)range->length, why);
		h->read_failed = true;
		return;
	}
	notice = (struct read_notice){NOTICE_READ_ERROR, h->disk, range->offset, range->length, ""};
	snprintf(notice.detail, sizeof notice.detail, "%s", why);
	add_notice(p, &notice);
}

/* False: the pipeline has failed. */
static bool read_chunk(struct hands *h)
{
	struct pipeline *p = h->p;
	char why[128] = "";
	enum disk_status status;
	uint64_t offset = h->work.offset, length = h->work.length;
	size_t head;

	h->unreadable = false;
	h->read_failed = false;
	/* From the first used byte to the last, in whole pages: what is before and behind is zero anyway. */
	unused_trim(&p->unused, &offset, &length);
	head = (size_t)(offset - h->work.offset) / DISK_ALIGNMENT * DISK_ALIGNMENT;
	length += offset - h->work.offset - head;
	offset = h->work.offset + head;
	length = (length + DISK_ALIGNMENT - 1) / DISK_ALIGNMENT * DISK_ALIGNMENT;
	if (length > h->work.length - head)
		length = h->work.length - head;
	h->read_bytes = (size_t)length;
	memset(h->raw->bytes, 0, head);
	memset(h->raw->bytes + head + length, 0, h->work.length - head - (size_t)length);
	status = salvage_read(p->disk, offset, h->raw->bytes + head, (size_t)length, on_bad_range, h, why, sizeof why);
	unused_mask(&p->unused, h->work.offset, h->raw->bytes, h->work.length);
	switch (status) {
	case DISK_OK:
		return true;
	case DISK_UNREADABLE:
		return !h->read_failed;
	case DISK_CHANGED:
		pipeline_fail(p, FAILURE_ABORT, ABORT_DISK_CHANGED, "disk %u (%s): %s", h->disk, p->path, why);
		return false;
	case DISK_NO_MEMORY:
		pipeline_fail(p, FAILURE_ABORT, ABORT_RESOURCES, "disk %u (%s): %s", h->disk, p->path, why);
		return false;
	case DISK_MISSING:
		break;
	}
	pipeline_fail(p, FAILURE_ABORT, ABORT_DISK_MISSING, "disk %u (%s): %s", h->disk, p->path, why);
	return false;
}

static bool leaf_of_zeros(struct hands *h, uint8_t leaf[HASH_SIZE])
{
	if (h->work.length != h->p->options.chunk_size)
		return hash_zeros(h->hasher, h->work.length, leaf);
	memcpy(leaf, h->zero_leaf, HASH_SIZE);
	return true;
}

/* What is to be said of the chunk in `raw`. False: hashing failed. */
static bool judge(struct hands *h, uint8_t leaf[HASH_SIZE], enum chunk_outcome *outcome)
{
	if (is_all_zero(h->raw->bytes, h->work.length)) {
		*outcome = h->work.known_state == KNOWN_ZERO ? OUTCOME_SAME : OUTCOME_ZERO;
		return leaf_of_zeros(h, leaf);
	}
	if (!hash_leaf(h->hasher, h->raw->bytes, h->work.length, leaf))
		return false;
	*outcome = h->work.known_state == KNOWN_DATA && memcmp(leaf, h->work.known_hash, HASH_SIZE) == 0
			   ? OUTCOME_SAME
			   : OUTCOME_CHUNK;
	return true;
}

/* Makes the frame's content, compressed when that helps; the buffer that holds it leaves the copier's hands. */
static struct buffer *pack(struct hands *h, const uint8_t leaf[HASH_SIZE])
{
	struct chunk_fields fields = {h->disk, h->pass, h->work.index, h->work.length, CODEC_RAW, {0}};
	struct buffer *packed = h->raw;
	size_t length = 0;

	if (h->codec == CODEC_ZSTD)
		length = compressor_run(h->compressor, h->level, h->raw->bytes, h->work.length, h->spare->bytes);
	if (length > 0) {
		fields.codec = CODEC_ZSTD;
		packed = h->spare;
		packed->length = (uint32_t)length;
		h->spare = NULL;
	} else {
		packed->length = h->work.length;
		h->raw = NULL;
	}
	packed->raw_length = h->work.length;
	memcpy(fields.hash, leaf, HASH_SIZE);
	chunk_fields_encode(packed->bytes - CHUNK_FIELDS_SIZE, &fields);
	return packed;
}

static void copy_chunk(struct hands *h)
{
	struct pipeline *p = h->p;
	uint8_t leaf[HASH_SIZE];
	enum chunk_outcome outcome;
	struct buffer *packed = NULL;
	uint64_t clock = os_now_us();
	struct stage_times spent = {0, 0, 0, 0, 0};
	bool settled;

	if (!read_chunk(h))
		return;
	spent.reading = h->reading_us = lap(&clock);
	if (!judge(h, leaf, &outcome)) {
		pipeline_fail(p, FAILURE_ABORT, ABORT_RESOURCES, "hashing failed");
		return;
	}
	spent.hashing = lap(&clock);
	if (outcome == OUTCOME_CHUNK)
		packed = pack(h, leaf);
	spent.compressing = lap(&clock);

	/* Before the chunk is settled: the pass, and with it the disk, may end with it. */
	pipeline_sample_load(p);
	os_lock(&p->lock);
	p->times.reading += spent.reading;
	p->own_bytes += h->read_bytes;
	p->own_requests += (h->read_bytes + disk_request_size(p->disk) - 1) / disk_request_size(p->disk);
	p->times.hashing += spent.hashing;
	p->times.compressing += spent.compressing;
	settled = pass_settle(p->pass, h->work.index, outcome, leaf, h->unreadable);
	if (packed != NULL)
		pipeline_enqueue(p, packed);
	pipeline_settled(p, h->work.index);
	os_unlock(&p->lock);
	if (!settled)
		pipeline_fail(p, FAILURE_ABORT, ABORT_INTERNAL, "chunk %llu has no place",
			      (unsigned long long)h->work.index);
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
			uint64_t before = load_thread_us();

			os_unlock(&p->lock);
			copy_chunk(&h);
			os_lock(&p->lock);
			pipeline_rest(p, load_thread_us() - before, h.reading_us);
		}
		os_unlock(&p->lock);
	}
	compressor_free(h.compressor);
	hasher_free(h.hasher);
	return NULL;
}
