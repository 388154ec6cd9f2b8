/*
 * Members of Linux MD arrays: what the superblock says of the array and of this member.
 */
#ifndef SMA_INSPECT_RAID_H
#define SMA_INSPECT_RAID_H

#include <stdbool.h>
#include <stdint.h>

#include "../fs/reader.h"

struct raid_member {
	/* As in the superblock: 0, 1, 4, 5, 6, 10; -1 linear, -4 multipath, -5 faulty. */
	int32_t level;
	uint32_t devices;
	/* This member's place; UINT32_MAX for a spare or a failed one. */
	uint32_t role;
	uint64_t events;
	bool is_clean;
	uint32_t chunk_bytes;
	/* Where this member's share of the data lies, in bytes. */
	uint64_t data_offset;
	uint64_t data_size;
	/* What the array uses of each member; 0 where members may differ (level 0, linear). */
	uint64_t share;
	/* Bytes of the whole array; 0 where this member does not say. */
	uint64_t array_size;
};

/*
 * `version` is libblkid's, such as 0.90.3 or 1.2. Returns false when the superblock is not where it should be, or is
 * damaged.
 */
bool raid_read_member(const struct reader *view, const char *version, struct raid_member *member);

#endif
