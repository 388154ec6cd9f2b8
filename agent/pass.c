#include "pass.h"

#include <stdlib.h>
#include <string.h>

/* A run of this length is sent although it may still grow. */
enum { LONG_RUN = 256 };

/* An open group. Its state has been asked for; `known` once the answer is here. */
struct slot {
	uint64_t group;
	uint32_t count; /* chunks of the group */
	bool known;
	uint32_t taken, settled, acked, reported; /* of its chunks; `taken` and `reported` are in order */
	struct group_record record;
	uint8_t outcome[GROUP_CHUNKS];
	bool acked_chunk[GROUP_CHUNKS];
	uint8_t known_state[GROUP_CHUNKS];
	uint8_t known_flags[GROUP_CHUNKS];
	uint8_t known_hash[GROUP_CHUNKS][HASH_SIZE];
	uint8_t leaf[GROUP_CHUNKS][HASH_SIZE];
	uint8_t changed_before[GROUP_CHUNKS / 8];
	uint8_t group_hash[HASH_SIZE];
};

struct pass {
	struct pass_memory *memory;
	struct hasher *hasher;
	bool may_skip;
	uint32_t window;
	uint32_t in_flight; /* CHUNKs not acknowledged, and chunks being read that may become one */
	uint32_t being_read;
	bool have_zero_leaf;
	bool advanced; /* chunks were settled without being read */
	uint8_t zero_leaf[HASH_SIZE]; /* of a whole chunk */
	uint64_t next_group; /* the next to be opened */
	unsigned head, live; /* of the ring */
	struct slot slots[PASS_GROUPS];
};

static struct slot *slot_at(struct pass *pass, unsigned i)
{
	return &pass->slots[(pass->head + i) % PASS_GROUPS];
}

static struct slot *slot_of(struct pass *pass, uint64_t index)
{
	for (unsigned i = 0; i < pass->live; i++)
		if (slot_at(pass, i)->group == index / GROUP_CHUNKS)
			return slot_at(pass, i);
	return NULL;
}

struct pass *pass_new(struct pass_memory *memory, struct hasher *hasher, bool may_skip, uint32_t window)
{
	struct pass *pass = calloc(1, sizeof *pass);

	if (pass == NULL)
		return NULL;
	pass->memory = memory;
	pass->hasher = hasher;
	pass->may_skip = may_skip;
	pass->window = window;
	return pass;
}

/* The replica changes by it. */
static bool is_change(uint8_t outcome)
{
	return outcome == OUTCOME_CHUNK || outcome == OUTCOME_ZERO || outcome == OUTCOME_UNUSED;
}

static void keep_marks(struct pass *pass, const struct slot *slot)
{
	uint8_t bits[GROUP_CHUNKS / 8];
	bool any = false;

	memcpy(bits, slot->changed_before, sizeof bits);
	for (uint32_t i = 0; i < slot->count; i++)
		if (is_change(slot->outcome[i]))
			bits[i / 8] |= (uint8_t)(1u << (i % 8));
	for (size_t i = 0; i < sizeof bits; i++)
		any = any || bits[i] != 0;
	if (any)
		pass_memory_mark(pass->memory, slot->group, bits);
}

void pass_free(struct pass *pass)
{
	if (pass == NULL)
		return;
	for (unsigned i = 0; i < pass->live; i++)
		if (!pass_memory_has(pass->memory, slot_at(pass, i)->group))
			keep_marks(pass, slot_at(pass, i));
	free(pass);
}

uint16_t pass_disk(const struct pass *pass)
{
	return pass->memory->disk;
}

uint32_t pass_number(const struct pass *pass)
{
	return pass->memory->pass;
}

uint64_t pass_chunks(const struct pass *pass)
{
	return pass->memory->chunks;
}

/* Opens the next group that is not remembered. */
static struct slot *open_slot(struct pass *pass)
{
	struct slot *slot = slot_at(pass, pass->live);
	uint64_t first, rest;

	while (pass_memory_has(pass->memory, pass->next_group))
		pass->next_group++;
	if (pass->next_group >= pass->memory->groups || pass->live == PASS_GROUPS)
		return NULL;
	first = pass->next_group * GROUP_CHUNKS;
	rest = pass->memory->chunks - first;
	memset(slot, 0, sizeof *slot);
	slot->group = pass->next_group++;
	slot->count = rest < GROUP_CHUNKS ? (uint32_t)rest : GROUP_CHUNKS;
	pass_memory_take_marks(pass->memory, slot->group, slot->changed_before);
	pass->live++;
	return slot;
}

bool pass_next_query(struct pass *pass, uint64_t *first, uint32_t *count)
{
	unsigned ahead = 0;
	struct slot *slot;

	for (unsigned i = 0; i < pass->live; i++)
		if (slot_at(pass, i)->taken < slot_at(pass, i)->count)
			ahead++;
	if (ahead >= PASS_QUERY_AHEAD)
		return false;
	slot = open_slot(pass);
	if (slot == NULL)
		return false;
	*first = slot->group * GROUP_CHUNKS;
	*count = slot->count;
	return true;
}

bool pass_known(struct pass *pass, const struct frame *known)
{
	const struct frame_value *f = known->field;
	struct frame_cursor cursor = frame_items(known, KNOWN_RUNS);
	struct slot *slot = slot_of(pass, f[RANGE_FIRST].number);
	struct known_run run;
	uint32_t at = 0;

	if (f[RANGE_DISK].number != pass->memory->disk || f[RANGE_PASS].number != pass->memory->pass || slot == NULL ||
	    slot->known || f[RANGE_FIRST].number != slot->group * GROUP_CHUNKS ||
	    f[RANGE_COUNT].number != slot->count)
		return false;
	while (frame_next_known_run(&cursor, &run) && run.length <= slot->count - at) {
		memset(slot->known_state + at, run.state, run.length);
		memset(slot->known_flags + at, run.flags, run.length);
		if (run.hashes != NULL)
			memcpy(slot->known_hash[at], run.hashes, (size_t)run.length * HASH_SIZE);
		at += run.length;
	}
	slot->known = true;
	return at == slot->count;
}

/* Closes groups at the ring's head that are done. */
static void retire(struct pass *pass)
{
	while (pass->live > 0 && pass_memory_has(pass->memory, slot_at(pass, 0)->group)) {
		pass->head = (pass->head + 1) % PASS_GROUPS;
		pass->live--;
	}
}

static bool is_acknowledged(const struct slot *slot)
{
	return slot->settled == slot->count && slot->acked == slot->count;
}

static void finish_if_done(struct pass *pass, struct slot *slot)
{
	if (!is_acknowledged(slot) || pass_memory_has(pass->memory, slot->group))
		return;
	pass_memory_keep(pass->memory, slot->group, slot->group_hash, &slot->record);
	retire(pass);
}

static bool settle(struct pass *pass, struct slot *slot, uint32_t i, enum chunk_outcome outcome,
		   const uint8_t leaf[HASH_SIZE], bool unreadable)
{
	bool sent_before = (slot->changed_before[i / 8] >> (i % 8) & 1) != 0;

	slot->outcome[i] = (uint8_t)outcome;
	memcpy(slot->leaf[i], leaf, HASH_SIZE);
	slot->settled++;
	if (is_change((uint8_t)outcome) || sent_before)
		slot->record.changed++;
	else if (outcome == OUTCOME_SAME)
		slot->record.same++;
	else
		slot->record.skipped++;
	if (unreadable)
		slot->record.unreadable++;
	if (outcome == OUTCOME_SKIPPED) {
		slot->acked_chunk[i] = true;
		slot->acked++;
	}
	if (slot->settled == slot->count && !hash_group(pass->hasher, slot->leaf[0], slot->count, slot->group_hash))
		return false;
	finish_if_done(pass, slot);
	return true;
}

/* The leaf of the chunk as zeros; NULL when hashing fails. */
static const uint8_t *leaf_of_zeros(struct pass *pass, uint64_t index, uint8_t short_leaf[HASH_SIZE])
{
	uint32_t length = chunk_length(pass->memory->size, pass->memory->chunk_size, index);

	if (length != pass->memory->chunk_size)
		return hash_zeros(pass->hasher, length, short_leaf) ? short_leaf : NULL;
	pass->have_zero_leaf = pass->have_zero_leaf || hash_zeros(pass->hasher, length, pass->zero_leaf);
	return pass->have_zero_leaf ? pass->zero_leaf : NULL;
}

/* A chunk that is not read: its leaf is that of what the replica holds, which this pass has recorded. */
static bool skip(struct pass *pass, struct slot *slot, uint32_t i)
{
	uint8_t short_leaf[HASH_SIZE];
	const uint8_t *leaf = slot->known_state[i] == KNOWN_ZERO
				      ? leaf_of_zeros(pass, slot->group * GROUP_CHUNKS + i, short_leaf)
				      : slot->known_hash[i];

	return leaf != NULL && settle(pass, slot, i, OUTCOME_SKIPPED, leaf, false);
}

static bool leave_out(struct pass *pass, struct slot *slot, uint32_t i)
{
	uint8_t short_leaf[HASH_SIZE];
	const uint8_t *leaf = leaf_of_zeros(pass, slot->group * GROUP_CHUNKS + i, short_leaf);
	enum chunk_outcome outcome = slot->known_state[i] == KNOWN_ZERO ? OUTCOME_SAME : OUTCOME_UNUSED;

	return leaf != NULL && settle(pass, slot, i, outcome, leaf, false);
}

static bool may_skip(const struct pass *pass, const struct slot *slot, uint32_t i)
{
	return pass->may_skip && (slot->known_flags[i] & KNOWN_RECORDED) != 0 && slot->known_state[i] != KNOWN_UNKNOWN;
}

static void hand_out(struct pass *pass, struct slot *slot, uint32_t i, struct chunk_work *out)
{
	out->index = slot->group * GROUP_CHUNKS + i;
	out->offset = out->index * pass->memory->chunk_size;
	out->length = chunk_length(pass->memory->size, pass->memory->chunk_size, out->index);
	out->known_state = slot->known_state[i];
	memcpy(out->known_hash, slot->known_hash[i], HASH_SIZE);
	pass->in_flight++;
	pass->being_read++;
}

/* The first group that has chunks to be taken. */
static struct slot *slot_to_take_from(struct pass *pass)
{
	for (unsigned i = 0; i < pass->live; i++)
		if (slot_at(pass, i)->taken < slot_at(pass, i)->count)
			return slot_at(pass, i);
	return NULL;
}

static bool is_unused(const struct pass *pass, const struct unused_map *unused, uint64_t *until, uint64_t index)
{
	uint64_t offset = index * pass->memory->chunk_size;
	uint64_t end = offset + chunk_length(pass->memory->size, pass->memory->chunk_size, index);

	if (*until < end)
		*until = unused_until(unused, offset);
	return *until >= end;
}

enum pass_take pass_take(struct pass *pass, const struct unused_map *unused, struct chunk_work *out)
{
	struct slot *slot;
	uint64_t until = 0; /* what is unused at the chunk at hand ends here */

	/* Settling may finish a group, and with it the place of its slot. */
	while ((slot = slot_to_take_from(pass)) != NULL && slot->known) {
		uint32_t at = slot->taken;
		bool settled;

		if (may_skip(pass, slot, at)) {
			slot->taken++;
			settled = skip(pass, slot, at);
		} else if (is_unused(pass, unused, &until, slot->group * GROUP_CHUNKS + at)) {
			slot->taken++;
			settled = leave_out(pass, slot, at);
		} else {
			if (pass->in_flight >= pass->window)
				return TAKE_WAIT;
			slot->taken++;
			hand_out(pass, slot, at, out);
			return TAKE_CHUNK;
		}
		if (!settled)
			return TAKE_FAILED;
		pass->advanced = true;
	}
	return TAKE_WAIT;
}

bool pass_has_advanced(struct pass *pass)
{
	bool advanced = pass->advanced;

	pass->advanced = false;
	return advanced;
}

bool pass_settle(struct pass *pass, uint64_t index, enum chunk_outcome outcome, const uint8_t leaf[HASH_SIZE],
		 bool unreadable)
{
	struct slot *slot = slot_of(pass, index);

	pass->being_read--;
	if (outcome != OUTCOME_CHUNK)
		pass->in_flight--;
	return slot != NULL && settle(pass, slot, (uint32_t)(index % GROUP_CHUNKS), outcome, leaf, unreadable);
}

bool pass_idle(const struct pass *pass)
{
	return pass->being_read == 0;
}

static bool run_of_slot(struct slot *slot, bool flush, struct chunk_run *out)
{
	while (slot->reported < slot->count) {
		uint8_t outcome = slot->outcome[slot->reported];
		uint32_t end = slot->reported;

		if (outcome == OUTCOME_PENDING)
			return false;
		if (outcome == OUTCOME_CHUNK || outcome == OUTCOME_SKIPPED) {
			slot->reported++;
			continue;
		}
		while (end < slot->count && slot->outcome[end] == outcome)
			end++;
		if (!flush && end < slot->count && slot->outcome[end] == OUTCOME_PENDING &&
		    end - slot->reported < LONG_RUN)
			return false;
		out->outcome = (enum chunk_outcome)outcome;
		out->first = slot->group * GROUP_CHUNKS + slot->reported;
		out->count = end - slot->reported;
		slot->reported = end;
		return true;
	}
	return false;
}

bool pass_next_run(struct pass *pass, bool flush, struct chunk_run *out)
{
	for (unsigned i = 0; i < pass->live; i++)
		if (run_of_slot(slot_at(pass, i), flush, out))
			return true;
	return false;
}

/* Was the chunk reported? CHUNKs leave at once, runs when they are collected. */
static bool was_reported(const struct slot *slot, uint32_t i)
{
	const uint8_t outcome = slot->outcome[i];

	return outcome == OUTCOME_CHUNK ||
	       ((outcome == OUTCOME_ZERO || outcome == OUTCOME_UNUSED || outcome == OUTCOME_SAME) && i < slot->reported);
}

static bool ack_one(struct pass *pass, uint64_t index)
{
	struct slot *slot = slot_of(pass, index);
	uint32_t i = (uint32_t)(index % GROUP_CHUNKS);

	/* Acknowledged before: harmless. */
	if (slot == NULL)
		return pass_memory_has(pass->memory, index / GROUP_CHUNKS);
	if (!was_reported(slot, i))
		return false;
	if (slot->acked_chunk[i])
		return true;
	slot->acked_chunk[i] = true;
	slot->acked++;
	if (slot->outcome[i] == OUTCOME_CHUNK)
		pass->in_flight--;
	finish_if_done(pass, slot);
	return true;
}

bool pass_ack(struct pass *pass, uint64_t first, uint32_t count)
{
	/* More than can be open at once was never sent; the bound also ends a hostile run early. */
	if (first >= pass->memory->chunks || count > pass->memory->chunks - first || count > PASS_GROUPS * GROUP_CHUNKS)
		return false;
	for (uint32_t i = 0; i < count; i++)
		if (!ack_one(pass, first + i))
			return false;
	return true;
}

uint64_t pass_chunks_done(const struct pass *pass)
{
	uint64_t done;

	for (unsigned i = 0; i < pass->live; i++) {
		const struct slot *slot = &pass->slots[(pass->head + i) % PASS_GROUPS];
		uint32_t at = slot->reported;

		if (slot->settled == slot->count)
			continue;
		while (at < slot->count && slot->outcome[at] != OUTCOME_PENDING)
			at++;
		return slot->group * GROUP_CHUNKS + at;
	}
	done = pass->next_group * GROUP_CHUNKS;
	return done < pass->memory->chunks ? done : pass->memory->chunks;
}

bool pass_complete(const struct pass *pass)
{
	uint64_t group = pass->next_group;

	while (pass_memory_has(pass->memory, group))
		group++;
	return pass->live == 0 && group >= pass->memory->groups;
}

bool pass_result(struct pass *pass, struct pass_counts *counts, uint8_t tree_hash[HASH_SIZE])
{
	struct pass_memory *memory = pass->memory;

	*counts = pass_memory_counts(memory);
	return hash_root(pass->hasher, memory->size, memory->chunk_size, memory->hashes, (size_t)memory->groups,
			 tree_hash);
}
