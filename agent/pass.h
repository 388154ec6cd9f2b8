#ifndef SMA_PASS_H
#define SMA_PASS_H

/*
 * The books of one disk's pass in one session: which chunks are to be read, what became of each, what is still to be
 * reported and acknowledged. No I/O, no threads: its owner locks. At most PASS_GROUPS groups are open at once, so its
 * size does not depend on the disk's.
 */

#include <stdbool.h>
#include <stdint.h>

#include "pass_memory.h"
#include "unused.h"

enum { PASS_GROUPS = 16, PASS_QUERY_AHEAD = 4 };

enum chunk_outcome {
	OUTCOME_PENDING,
	OUTCOME_CHUNK, /* differs: sent with its bytes */
	OUTCOME_ZERO, /* became zero */
	OUTCOME_SAME, /* as KNOWN said */
	OUTCOME_UNUSED, /* nobody uses it, and the replica does not hold zeros there yet; not read */
	OUTCOME_SKIPPED /* recorded in this pass already, not read */
};

struct pass;

/* A chunk to be read, and what the replica holds in its place. */
struct chunk_work {
	uint64_t index;
	uint64_t offset; /* bytes */
	uint32_t length; /* bytes */
	uint8_t known_state;
	uint8_t known_hash[HASH_SIZE];
};

enum pass_take { TAKE_CHUNK, TAKE_WAIT, TAKE_FAILED };

struct chunk_run {
	enum chunk_outcome outcome; /* OUTCOME_ZERO, OUTCOME_UNUSED or OUTCOME_SAME */
	uint64_t first;
	uint32_t count;
};

/* `memory` is the disk's and of this pass; `hasher` is lent. NULL when out of memory. */
struct pass *pass_new(struct pass_memory *memory, struct hasher *hasher, bool may_skip, uint32_t window);
/* At the end of a session: what was sent and not finished is marked in the memory. */
void pass_free(struct pass *pass);

uint16_t pass_disk(const struct pass *pass);
uint32_t pass_number(const struct pass *pass);

/* The next range whose state is to be asked for; true once for each. */
bool pass_next_query(struct pass *pass, uint64_t *first, uint32_t *count);
/* The answer, a decoded KNOWN. False: it answers no query. */
bool pass_known(struct pass *pass, const struct frame *known);

/*
 * The next chunk to read. TAKE_WAIT: none, or an answer or acknowledgement must come first. TAKE_FAILED: no memory.
 * Chunks that nobody uses (`unused` is the pass's map) are settled on the way, as many as there are in a row: a disk of
 * many terabytes is mostly those.
 */
enum pass_take pass_take(struct pass *pass, const struct unused_map *unused, struct chunk_work *out);
/* True when pass_take has settled chunks since this was asked last. */
bool pass_has_advanced(struct pass *pass);
/* What became of a chunk that was taken. False only when hashing fails. */
bool pass_settle(struct pass *pass, uint64_t index, enum chunk_outcome outcome, const uint8_t leaf[HASH_SIZE],
		 bool unreadable);

/* The next run of ZERO, UNUSED or SAME to be sent; short ones that may still grow only when `flush`. */
bool pass_next_run(struct pass *pass, bool flush, struct chunk_run *out);
/* True when no chunk is being read: what there is to report is all that there will be until the next one is taken. */
bool pass_idle(const struct pass *pass);

/* An acknowledged run. False: it names chunks that were not sent. */
bool pass_ack(struct pass *pass, uint64_t first, uint32_t count);

/* Chunks read or skipped, in order. */
uint64_t pass_chunks_done(const struct pass *pass);
uint64_t pass_chunks(const struct pass *pass);
/* Everything read, reported and acknowledged. */
bool pass_complete(const struct pass *pass);
bool pass_result(struct pass *pass, struct pass_counts *counts, uint8_t tree_hash[HASH_SIZE]);

#endif
