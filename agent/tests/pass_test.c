#include "check.h"

#include <stdlib.h>

#include "../pass.h"
#include "../wire.h"

/*
 * The books of a pass, driven like copiers, senders and an intermediate would, with a replica that is a table in
 * memory. A chunk's content is a number; 0 stands for zeros.
 */

enum { CHUNK_SIZE = 65536, DISK = 3, PASS = 7 };

struct world {
	uint64_t chunks;
	uint64_t *source;
	uint64_t *replica; /* UNKNOWN, or a content */
	bool *recorded; /* in this pass */
	unsigned *reports; /* in this session */
	struct hasher *hasher;
	struct pass_memory memory;
	struct pass *pass;
	struct unused_map unused;
	unsigned seed;
};

#define UNKNOWN UINT64_MAX

static unsigned roll(struct world *w, unsigned n)
{
	w->seed = w->seed * 1103515245u + 12345u;
	return (w->seed >> 16) % n;
}

/* The last chunk is short, so its leaf differs from a whole chunk's. */
static uint64_t size_of(const struct world *w)
{
	return w->chunks * CHUNK_SIZE - 1000;
}

static void leaf_of(struct world *w, uint64_t content, uint64_t index, uint8_t leaf[HASH_SIZE])
{
	uint8_t number[8];

	if (content == 0) {
		CHECK(hash_zeros(w->hasher, chunk_length(size_of(w), CHUNK_SIZE, index), leaf));
		return;
	}
	wire_put64(number, content);
	CHECK(hash_leaf(w->hasher, number, sizeof number, leaf));
}

static void open_world(struct world *w, uint64_t chunks)
{
	memset(w, 0, sizeof *w);
	w->chunks = chunks;
	w->source = calloc(chunks, sizeof *w->source);
	w->replica = calloc(chunks, sizeof *w->replica);
	w->recorded = calloc(chunks, sizeof *w->recorded);
	w->reports = calloc(chunks, sizeof *w->reports);
	w->hasher = hasher_new();
	w->seed = 1;
	unused_start(&w->unused);
	for (uint64_t i = 0; i < chunks; i++) {
		w->source[i] = roll(w, 3) == 0 ? 0 : i + 1;
		w->replica[i] = UNKNOWN;
	}
}

static void start_session(struct world *w, bool may_skip, uint32_t window)
{
	memset(w->reports, 0, w->chunks * sizeof *w->reports);
	CHECK(pass_memory_use(&w->memory, DISK, PASS, size_of(w), CHUNK_SIZE));
	w->pass = pass_new(&w->memory, w->hasher, may_skip, window);
}

static void close_world(struct world *w)
{
	pass_free(w->pass);
	pass_memory_clear(&w->memory);
	unused_clear(&w->unused);
	hasher_free(w->hasher);
	free(w->source);
	free(w->replica);
	free(w->recorded);
	free(w->reports);
}

/* Answers a query the way the intermediate does: one run a chunk. */
static size_t make_known(struct world *w, uint64_t first, uint32_t count, uint8_t *out)
{
	size_t at = 18;

	wire_put16(out, DISK);
	wire_put32(out + 2, PASS);
	wire_put64(out + 6, first);
	wire_put32(out + 14, count);
	for (uint64_t i = first; i < first + count; i++) {
		uint8_t state = w->replica[i] == UNKNOWN ? KNOWN_UNKNOWN : w->replica[i] == 0 ? KNOWN_ZERO : KNOWN_DATA;

		out[at] = state;
		out[at + 1] = w->recorded[i] ? KNOWN_RECORDED : 0;
		wire_put32(out + at + 2, 1);
		at += 6;
		if (state == KNOWN_DATA) {
			leaf_of(w, w->replica[i], i, out + at);
			at += HASH_SIZE;
		}
	}
	return at;
}

static bool give_known(struct world *w, uint64_t first, uint32_t count)
{
	static uint8_t payload[FRAME_KNOWN_CAP];
	struct frame frame;
	size_t length = make_known(w, first, count, payload);

	CHECK_NUMBER(frame_decode(FRAME_KNOWN, payload, length, &frame), FRAME_OK);
	return pass_known(w->pass, &frame);
}

static void answer_queries(struct world *w)
{
	uint64_t first;
	uint32_t count;

	while (pass_next_query(w->pass, &first, &count))
		CHECK(give_known(w, first, count));
}

static enum chunk_outcome settle(struct world *w, const struct chunk_work *work)
{
	uint64_t content = w->source[work->index];
	enum chunk_outcome outcome = OUTCOME_CHUNK;
	uint8_t leaf[HASH_SIZE];

	/* What nobody uses is never read. */
	CHECK(!unused_covers(&w->unused, work->offset, work->length));
	leaf_of(w, content, work->index, leaf);
	if (content == 0)
		outcome = work->known_state == KNOWN_ZERO ? OUTCOME_SAME : OUTCOME_ZERO;
	else if (work->known_state == KNOWN_DATA && memcmp(work->known_hash, leaf, HASH_SIZE) == 0)
		outcome = OUTCOME_SAME;
	CHECK(pass_settle(w->pass, work->index, outcome, leaf, false));
	return outcome;
}

/* Work that was taken or reported and is not yet settled or acknowledged. */
enum { MOST_HELD = 64 };

struct held {
	struct chunk_work taken[MOST_HELD];
	size_t taken_count;
	struct chunk_run reported[MOST_HELD * 64];
	size_t reported_count;
};

static void report(struct world *w, struct held *h, uint64_t first, uint32_t count, enum chunk_outcome outcome)
{
	CHECK(h->reported_count < sizeof h->reported / sizeof *h->reported);
	for (uint64_t i = first; i < first + count; i++) {
		CHECK_NUMBER(w->reports[i]++, 0);
		if (outcome != OUTCOME_SAME)
			w->replica[i] = w->source[i];
		CHECK(w->replica[i] == w->source[i]);
	}
	h->reported[h->reported_count].outcome = outcome;
	h->reported[h->reported_count].first = first;
	h->reported[h->reported_count++].count = count;
}

static void collect_runs(struct world *w, struct held *h, bool flush)
{
	struct chunk_run run;

	while (h->reported_count + 8 < sizeof h->reported / sizeof *h->reported && pass_next_run(w->pass, flush, &run))
		report(w, h, run.first, run.count, run.outcome);
}

static void settle_one(struct world *w, struct held *h)
{
	size_t i = roll(w, (unsigned)h->taken_count);
	struct chunk_work work = h->taken[i];

	h->taken[i] = h->taken[--h->taken_count];
	if (settle(w, &work) == OUTCOME_CHUNK)
		report(w, h, work.index, 1, OUTCOME_CHUNK);
}

static void acknowledge_one(struct world *w, struct held *h)
{
	size_t i = roll(w, (unsigned)h->reported_count);
	struct chunk_run run = h->reported[i];

	h->reported[i] = h->reported[--h->reported_count];
	CHECK(pass_ack(w->pass, run.first, run.count));
	for (uint64_t c = run.first; c < run.first + run.count; c++)
		w->recorded[c] = true;
}

static size_t chunks_in_flight(const struct held *h)
{
	size_t n = 0;

	for (size_t i = 0; i < h->reported_count; i++)
		n += h->reported[i].outcome == OUTCOME_CHUNK;
	return n;
}

/* Goes on in random order until the pass is complete, or, like a lost session, ends after `steps`. True: complete. */
static bool go_on(struct world *w, uint32_t window, uint64_t steps)
{
	static struct held h;

	h.taken_count = h.reported_count = 0;
	for (; steps > 0 && !pass_complete(w->pass); steps--) {
		struct chunk_work work;

		answer_queries(w);
		if (h.taken_count < MOST_HELD && roll(w, 2) == 0 && pass_take(w->pass, &w->unused, &work) == TAKE_CHUNK)
			h.taken[h.taken_count++] = work;
		CHECK(chunks_in_flight(&h) + h.taken_count <= window);
		if (h.taken_count > 0 && roll(w, 2) == 0)
			settle_one(w, &h);
		collect_runs(w, &h, roll(w, 8) == 0);
		if (h.reported_count > 0 && roll(w, 2) == 0)
			acknowledge_one(w, &h);
	}
	return pass_complete(w->pass);
}

static void check_result(struct world *w, uint64_t changed, uint64_t same, uint64_t skipped)
{
	struct pass_counts counts;
	uint64_t groups = groups_of(w->chunks);
	uint8_t have[HASH_SIZE], want[HASH_SIZE];
	uint8_t *leaves = malloc(GROUP_CHUNKS * HASH_SIZE), *hashes = malloc(groups * HASH_SIZE);

	for (uint64_t i = 0; i < w->chunks; i++) {
		leaf_of(w, w->source[i], i, leaves + i % GROUP_CHUNKS * HASH_SIZE);
		if (i % GROUP_CHUNKS == GROUP_CHUNKS - 1 || i == w->chunks - 1)
			CHECK(hash_group(w->hasher, leaves, i % GROUP_CHUNKS + 1, hashes + i / GROUP_CHUNKS * HASH_SIZE));
	}
	CHECK(hash_root(w->hasher, size_of(w), CHUNK_SIZE, hashes, groups, want));
	CHECK(pass_result(w->pass, &counts, have));
	CHECK(memcmp(have, want, HASH_SIZE) == 0);
	CHECK_NUMBER(counts.changed, changed);
	CHECK_NUMBER(counts.same, same);
	CHECK_NUMBER(counts.skipped, skipped);
	CHECK_NUMBER(pass_chunks_done(w->pass), w->chunks);
	free(leaves);
	free(hashes);
}

TEST("reports every chunk of an empty replica exactly once, in whatever order stages finish")
{
	struct world w;

	open_world(&w, 5000);
	start_session(&w, false, 100);
	CHECK(go_on(&w, 100, UINT64_MAX));
	for (uint64_t i = 0; i < w.chunks; i++)
		CHECK_NUMBER(w.reports[i], 1);
	check_result(&w, 5000, 0, 0);
	close_world(&w);
}

TEST("reports what the replica has as same, and what differs as changed")
{
	struct world w;
	uint64_t changed = 0;

	open_world(&w, 3000);
	for (uint64_t i = 0; i < w.chunks; i++) {
		/* As it is, another content, zero where there is data, data where there is zero. */
		w.replica[i] = i % 10 == 0 ? w.source[i] + 5 : i % 10 == 1 ? 0 : w.source[i];
		changed += w.replica[i] != w.source[i];
	}
	start_session(&w, false, 1);
	CHECK(go_on(&w, 1, UINT64_MAX));
	check_result(&w, changed, w.chunks - changed, 0);
	close_world(&w);
}

TEST("skips unread what the first pass has recorded, and still computes the tree hash")
{
	struct world w;
	uint64_t skipped = 0;

	open_world(&w, 4000);
	for (uint64_t i = 0; i < w.chunks; i++) {
		w.recorded[i] = i < 2500 || i % 2 == 0;
		if (w.recorded[i])
			w.replica[i] = w.source[i];
		skipped += w.recorded[i];
	}
	start_session(&w, true, 50);
	CHECK(go_on(&w, 50, UINT64_MAX));
	for (uint64_t i = 0; i < w.chunks; i++)
		CHECK_NUMBER(w.reports[i], w.recorded[i] && (i < 2500 || i % 2 == 0) ? 0 : 1);
	check_result(&w, w.chunks - skipped, 0, skipped);
	close_world(&w);
}

TEST("completes a pass in which every chunk is skipped")
{
	struct world w;

	open_world(&w, 2100);
	for (uint64_t i = 0; i < w.chunks; i++) {
		w.recorded[i] = true;
		w.replica[i] = w.source[i];
	}
	start_session(&w, true, 4);
	CHECK(go_on(&w, 4, UINT64_MAX));
	check_result(&w, 0, 0, w.chunks);
	close_world(&w);
}

TEST("reads recorded chunks again where skipping is not allowed")
{
	struct world w;

	open_world(&w, 1500);
	for (uint64_t i = 0; i < w.chunks; i++) {
		w.recorded[i] = true;
		w.replica[i] = w.source[i];
	}
	start_session(&w, false, 4);
	CHECK(go_on(&w, 4, UINT64_MAX));
	check_result(&w, 0, w.chunks, 0);
	close_world(&w);
}

TEST("goes on after lost connections from the groups that were acknowledged, with the counts of the whole pass")
{
	struct world w;
	unsigned sessions = 1;
	uint64_t finished_groups = 0;

	open_world(&w, 9000);
	start_session(&w, false, 64);
	while (!go_on(&w, 64, 5000)) {
		pass_free(w.pass);
		for (uint64_t g = 0; g < groups_of(w.chunks); g++)
			finished_groups += pass_memory_has(&w.memory, g);
		start_session(&w, false, 64);
		/* Nothing of a finished group is reported again. */
		sessions++;
	}
	CHECK(sessions > 3);
	CHECK(finished_groups > 0);
	for (uint64_t i = 0; i < w.chunks; i++)
		CHECK(w.replica[i] == w.source[i]);
	/* Every chunk changed in this pass, however many sessions it took and whatever KNOWN said in the last. */
	check_result(&w, 9000, 0, 0);
	close_world(&w);
}

TEST("does not report chunks of finished groups again in the next session")
{
	struct world w;

	open_world(&w, 4096);
	start_session(&w, false, 64);
	CHECK(!go_on(&w, 64, 5000));
	CHECK(pass_memory_has(&w.memory, 0) && !pass_memory_has(&w.memory, 3));
	pass_free(w.pass);
	start_session(&w, false, 64);
	CHECK(go_on(&w, 64, UINT64_MAX));
	for (uint64_t i = 0; i < GROUP_CHUNKS; i++)
		CHECK_NUMBER(w.reports[i], 0);
	CHECK_NUMBER(w.reports[4095], 1);
	close_world(&w);
}

TEST("forgets the groups of another pass, another size or another chunk size")
{
	struct pass_memory memory = {0};
	const uint64_t size = UINT64_C(4096) * CHUNK_SIZE;
	const struct group_record record = {1, 0, 0, 0};
	static const uint8_t hash[HASH_SIZE];

	CHECK(pass_memory_use(&memory, 1, 2, size, CHUNK_SIZE));
	pass_memory_keep(&memory, 1, hash, &record);
	CHECK(pass_memory_use(&memory, 1, 2, size, CHUNK_SIZE) && pass_memory_has(&memory, 1));
	CHECK(pass_memory_use(&memory, 1, 3, size, CHUNK_SIZE) && !pass_memory_has(&memory, 1));
	pass_memory_keep(&memory, 1, hash, &record);
	CHECK(pass_memory_use(&memory, 1, 3, size + 1, CHUNK_SIZE) && !pass_memory_has(&memory, 1));
	pass_memory_keep(&memory, 1, hash, &record);
	CHECK(pass_memory_use(&memory, 1, 3, size + 1, 2 * CHUNK_SIZE) && !pass_memory_has(&memory, 1));
	pass_memory_keep(&memory, 1, hash, &record);
	CHECK(pass_memory_use(&memory, 2, 3, size + 1, 2 * CHUNK_SIZE) && !pass_memory_has(&memory, 1));
	pass_memory_clear(&memory);
}

TEST("refuses acknowledgements of what was never sent")
{
	struct world w;
	struct chunk_work work;

	open_world(&w, 3000);
	start_session(&w, false, 10);
	answer_queries(&w);
	CHECK(!pass_ack(w.pass, 0, 1));
	while (pass_take(w.pass, &w.unused, &work) == TAKE_CHUNK && w.source[work.index] == 0)
		settle(&w, &work);
	/* Taken, but not read yet. */
	CHECK(!pass_ack(w.pass, work.index, 1));
	settle(&w, &work);
	CHECK(pass_ack(w.pass, work.index, 1));
	CHECK(!pass_ack(w.pass, work.index, 2));
	CHECK(!pass_ack(w.pass, 3000, 1));
	CHECK(!pass_ack(w.pass, 2999, 2));
	CHECK(!pass_ack(w.pass, UINT64_MAX, 1));
	CHECK(!pass_ack(w.pass, 0, UINT32_MAX));
	/* Said twice does no harm. */
	CHECK(pass_ack(w.pass, work.index, 1));
	close_world(&w);
}

TEST("refuses acknowledgements of zeros that are read but not reported yet")
{
	struct world w;
	struct chunk_work work;
	struct chunk_run run;

	open_world(&w, 10);
	memset(w.source, 0, w.chunks * sizeof *w.source);
	start_session(&w, false, 10);
	answer_queries(&w);
	CHECK(pass_take(w.pass, &w.unused, &work) == TAKE_CHUNK);
	settle(&w, &work);
	CHECK(!pass_next_run(w.pass, false, &run));
	CHECK(!pass_ack(w.pass, 0, 1));
	CHECK(pass_next_run(w.pass, true, &run));
	CHECK_NUMBER(run.count, 1);
	CHECK(pass_ack(w.pass, 0, 1));
	close_world(&w);
}

TEST("refuses answers that nobody asked for")
{
	struct world w;
	uint64_t first;
	uint32_t count;

	open_world(&w, 3000);
	start_session(&w, false, 10);
	CHECK(!give_known(&w, 0, 1024));
	CHECK(pass_next_query(w.pass, &first, &count));
	CHECK(!give_known(&w, 1024, 1024));
	CHECK(!give_known(&w, 0, 1023));
	CHECK(!give_known(&w, 1, 1023));
	CHECK(give_known(&w, 0, 1024));
	CHECK(!give_known(&w, 0, 1024));
	close_world(&w);
}

TEST("asks ahead only so far, so that its memory does not grow with the disk")
{
	struct world w;
	uint64_t first;
	uint32_t count;
	unsigned asked = 0;

	open_world(&w, 100 * GROUP_CHUNKS);
	start_session(&w, false, 10);
	while (pass_next_query(w.pass, &first, &count))
		asked++;
	CHECK_NUMBER(asked, PASS_QUERY_AHEAD);
	close_world(&w);
}

TEST("settles what nobody uses without reading it, and tells it in runs")
{
	struct world w;
	struct chunk_work work;
	struct chunk_run run;

	open_world(&w, 3 * GROUP_CHUNKS);
	/* All of the disk but the first chunk and half of another. */
	unused_add(&w.unused, CHUNK_SIZE, 1500 * CHUNK_SIZE + CHUNK_SIZE / 2);
	unused_add(&w.unused, 1501 * CHUNK_SIZE, size_of(&w));
	unused_settle(&w.unused);
	for (uint64_t i = 1; i < w.chunks; i++)
		w.source[i] = i == 1500 ? 1 : 0;
	start_session(&w, false, 10);
	answer_queries(&w);
	CHECK(pass_take(w.pass, &w.unused, &work) == TAKE_CHUNK && work.index == 0);
	CHECK(!pass_has_advanced(w.pass));
	CHECK(pass_take(w.pass, &w.unused, &work) == TAKE_CHUNK && work.index == 1500);
	CHECK(pass_has_advanced(w.pass) && !pass_has_advanced(w.pass));
	CHECK(pass_take(w.pass, &w.unused, &work) == TAKE_WAIT);
	CHECK(pass_has_advanced(w.pass));
	CHECK(pass_next_run(w.pass, false, &run) && run.outcome == OUTCOME_UNUSED);
	CHECK_NUMBER(run.first, GROUP_CHUNKS);
	CHECK_NUMBER(run.count, 1500 - GROUP_CHUNKS);
	close_world(&w);

	/* With everything going on at once, and a second pass over a replica that has it all. */
	open_world(&w, 5000);
	unused_add(&w.unused, 100 * CHUNK_SIZE, 4700 * CHUNK_SIZE);
	unused_settle(&w.unused);
	for (uint64_t i = 0; i < w.chunks; i++)
		w.source[i] = i >= 100 && i < 4700 ? 0 : i + 1;
	for (unsigned round = 0; round < 2; round++) {
		start_session(&w, false, 100);
		CHECK(go_on(&w, 100, UINT64_MAX));
		for (uint64_t i = 0; i < w.chunks; i++)
			CHECK_NUMBER(w.reports[i], 1);
		check_result(&w, round == 0 ? 5000 : 0, round == 0 ? 0 : 5000, 0);
		pass_free(w.pass);
		pass_memory_clear(&w.memory);
	}
	w.pass = NULL;
	close_world(&w);
}
