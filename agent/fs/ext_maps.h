/*
 * The block bitmaps of an ext2/3/4 filesystem, with what waits in its journal, and whether they may be believed.
 */
#ifndef SMA_FS_EXT_MAPS_H
#define SMA_FS_EXT_MAPS_H

#include <stdbool.h>
#include <stdint.h>

#include "ext_journal.h"
#include "ext_layout.h"
#include "reader.h"

struct ext_maps {
	const struct ext_layout *layout;
	/* NULL when nothing waits, or when it cannot be told. */
	struct ext_journal *journal;
	/* The last block of descriptors that was read, and what the journal's copies of it say. */
	uint8_t *descriptors;
	uint64_t descriptors_block;
	struct ext_version *versions;
	uint64_t versions_block;
	size_t version_count;
	bool has_all_versions;
};

/* `layout` must outlive it. False when memory is short. */
bool ext_maps_start(struct ext_maps *maps, const struct ext_layout *layout);
void ext_maps_end(struct ext_maps *maps);

/* Returns 0, or -1 when the descriptor is out of reach. */
int ext_maps_group(struct ext_maps *maps, const struct reader *view, uint64_t number, struct ext_group *group);

enum ext_map {
	/* One block with a bit for each cluster of the group that is used, or may be. */
	EXT_MAP_BITS,
	/* The group was never used: it holds its own metadata and nothing else. */
	EXT_MAP_NEVER_WRITTEN,
	/* Checksums do not match: nothing is known of the group. */
	EXT_MAP_DOUBTED,
	EXT_MAP_UNREADABLE,
};

/*
 * What is used in a group, before and after the journal is replayed. EXT_MAP_BITS fills `bitmap`, one block; is_marked
 * tells that the group's own metadata have to be added to it.
 */
enum ext_map ext_maps_read(struct ext_maps *maps, const struct reader *view, uint64_t number,
			   const struct ext_group *group, uint8_t *bitmap, bool *is_marked);

#endif
