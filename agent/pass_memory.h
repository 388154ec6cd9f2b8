#ifndef SMA_PASS_MEMORY_H
#define SMA_PASS_MEMORY_H

/*
 * What the agent remembers of a disk's pass for as long as it lives, over lost connections: the hash of every group
 * that it has read itself and whose chunks are all acknowledged, with the group's counts. 40 bytes a group.
 */

#include <stdbool.h>
#include <stdint.h>

#include "tree_hash.h"

struct pass_counts {
	uint64_t changed; /* CHUNK, ZERO or UNUSED was sent */
	uint64_t same;
	uint64_t skipped;
	uint64_t unreadable; /* also counted in one of the others */
};

struct group_record {
	uint16_t changed, same, skipped, unreadable;
};

/* Chunks that were sent in an earlier session of this pass, of a group that was not finished then. */
struct changed_marks {
	bool used;
	uint64_t group;
	uint8_t bits[GROUP_CHUNKS / 8];
};

enum { MOST_CHANGED_MARKS = 48 };

struct pass_memory {
	bool used;
	uint16_t disk;
	uint32_t pass;
	uint64_t size;
	uint32_t chunk_size;
	uint64_t chunks, groups;
	uint8_t *hashes; /* HASH_SIZE a group */
	struct group_record *records;
	uint8_t *done; /* a bit a group */
	struct changed_marks marks[MOST_CHANGED_MARKS];
};

/*
 * Makes `memory` that of the given pass: what it holds is kept when it is of the same pass of the same disk, otherwise
 * it starts empty. False when there is not enough memory.
 */
bool pass_memory_use(struct pass_memory *memory, uint16_t disk, uint32_t pass, uint64_t size, uint32_t chunk_size);
void pass_memory_clear(struct pass_memory *memory);
/* Bytes that it holds, or would hold for a disk. */
uint64_t pass_memory_bytes(uint64_t size, uint32_t chunk_size);

bool pass_memory_has(const struct pass_memory *memory, uint64_t group);
void pass_memory_keep(struct pass_memory *memory, uint64_t group, const uint8_t hash[HASH_SIZE],
		      const struct group_record *record);
/* Marks of a group that was not finished: stored by the end of a session, taken by the next. */
void pass_memory_mark(struct pass_memory *memory, uint64_t group, const uint8_t bits[GROUP_CHUNKS / 8]);
void pass_memory_take_marks(struct pass_memory *memory, uint64_t group, uint8_t bits[GROUP_CHUNKS / 8]);

/* Of a pass whose groups are all there. */
struct pass_counts pass_memory_counts(const struct pass_memory *memory);

#endif
