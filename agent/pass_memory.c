#include "pass_memory.h"

#include <stdlib.h>
#include <string.h>

uint64_t pass_memory_bytes(uint64_t size, uint32_t chunk_size)
{
	return groups_of(chunks_of(size, chunk_size)) * (HASH_SIZE + sizeof(struct group_record)) + 1;
}

void pass_memory_clear(struct pass_memory *memory)
{
	free(memory->hashes);
	free(memory->records);
	free(memory->done);
	memset(memory, 0, sizeof *memory);
}

bool pass_memory_use(struct pass_memory *memory, uint16_t disk, uint32_t pass, uint64_t size, uint32_t chunk_size)
{
	if (memory->used && memory->disk == disk && memory->pass == pass && memory->size == size &&
	    memory->chunk_size == chunk_size)
		return true;
	pass_memory_clear(memory);
	memory->chunks = chunks_of(size, chunk_size);
	memory->groups = groups_of(memory->chunks);
	if (memory->groups > SIZE_MAX / HASH_SIZE)
		return false;
	memory->hashes = calloc((size_t)memory->groups, HASH_SIZE);
	memory->records = calloc((size_t)memory->groups, sizeof *memory->records);
	memory->done = calloc((size_t)memory->groups / 8 + 1, 1);
	if (memory->hashes == NULL || memory->records == NULL || memory->done == NULL) {
		pass_memory_clear(memory);
		return false;
	}
	memory->used = true;
	memory->disk = disk;
	memory->pass = pass;
	memory->size = size;
	memory->chunk_size = chunk_size;
	return true;
}

bool pass_memory_has(const struct pass_memory *memory, uint64_t group)
{
	return group < memory->groups && (memory->done[group / 8] >> (group % 8) & 1) != 0;
}

void pass_memory_keep(struct pass_memory *memory, uint64_t group, const uint8_t hash[HASH_SIZE],
		      const struct group_record *record)
{
	memcpy(memory->hashes + group * HASH_SIZE, hash, HASH_SIZE);
	memory->records[group] = *record;
	memory->done[group / 8] |= (uint8_t)(1u << (group % 8));
}

void pass_memory_mark(struct pass_memory *memory, uint64_t group, const uint8_t bits[GROUP_CHUNKS / 8])
{
	for (size_t i = 0; i < MOST_CHANGED_MARKS; i++) {
		struct changed_marks *marks = &memory->marks[i];

		if (marks->used)
			continue;
		marks->used = true;
		marks->group = group;
		memcpy(marks->bits, bits, sizeof marks->bits);
		return;
	}
	/* Too many sessions lost at too many places: a chunk may then count as unchanged that was sent before. The
	 * intermediate, which received it, knows. */
}

void pass_memory_take_marks(struct pass_memory *memory, uint64_t group, uint8_t bits[GROUP_CHUNKS / 8])
{
	memset(bits, 0, GROUP_CHUNKS / 8);
	for (size_t i = 0; i < MOST_CHANGED_MARKS; i++) {
		struct changed_marks *marks = &memory->marks[i];

		if (!marks->used || marks->group != group)
			continue;
		memcpy(bits, marks->bits, sizeof marks->bits);
		marks->used = false;
	}
}

struct pass_counts pass_memory_counts(const struct pass_memory *memory)
{
	struct pass_counts counts = {0, 0, 0, 0};

	for (uint64_t i = 0; i < memory->groups; i++) {
		counts.changed += memory->records[i].changed;
		counts.same += memory->records[i].same;
		counts.skipped += memory->records[i].skipped;
		counts.unreadable += memory->records[i].unreadable;
	}
	return counts;
}
