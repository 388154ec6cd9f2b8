#include "ext_maps.h"

#include <stdlib.h>
#include <string.h>

#include "bytes.h"
#include "sums.h"

/* Of one descriptor in one of the journal's copies. */
struct ext_version {
	uint32_t bitmap_sum;
	uint16_t flags;
	bool is_sound;
};

/* What is kept of one block of descriptors: 4 MiB. More copies than that wait in no journal of a usual size. */
enum { MOST_VERSIONS = (4 << 20) / sizeof(struct ext_version) };

bool ext_maps_start(struct ext_maps *maps, const struct ext_layout *layout)
{
	*maps = (struct ext_maps){
		.layout = layout,
		.descriptors = malloc(layout->block_size),
		.descriptors_block = UINT64_MAX,
		.versions_block = UINT64_MAX,
	};
	return maps->descriptors != NULL;
}

void ext_maps_end(struct ext_maps *maps)
{
	ext_journal_free(maps->journal);
	free(maps->descriptors);
	free(maps->versions);
}

int ext_maps_group(struct ext_maps *maps, const struct reader *view, uint64_t number, struct ext_group *group)
{
	const struct ext_layout *layout = maps->layout;
	const uint64_t block = ext_descriptors_block(layout, number);
	if (block >= layout->blocks)
		return -1;
	if (block != maps->descriptors_block) {
		maps->descriptors_block = UINT64_MAX;
		if (reader_read(view, block * layout->block_size, maps->descriptors, layout->block_size) != 0)
			return -1;
		maps->descriptors_block = block;
	}
	ext_group_parse(layout, number, maps->descriptors + ext_descriptor_offset(layout, number), group);
	return 0;
}

/* Keeps what a copy of the block of descriptors says of each of them. */
static bool keep_versions(void *context, const uint8_t *copy, bool is_committed)
{
	struct ext_maps *maps = context;
	const struct ext_layout *layout = maps->layout;
	const size_t count = layout->descriptors_per_block, old = maps->version_count;
	(void)is_committed;
	if (count > MOST_VERSIONS - old)
		return false;
	struct ext_version *larger = realloc(maps->versions, (old + count) * sizeof *larger);
	if (larger == NULL)
		return false;
	maps->versions = larger;
	for (size_t i = 0; i < count; i++) {
		struct ext_group group;
		ext_group_parse(layout, maps->versions_block * count + i, copy + i * layout->descriptor_size, &group);
		larger[old + i] = (struct ext_version){group.bitmap_sum, group.flags, group.is_sound};
	}
	maps->version_count += count;
	return true;
}

/* Reads the journal's copies of the block that holds a group's descriptor. False: there are too many. */
static bool read_versions(struct ext_maps *maps, const struct reader *view, uint64_t number)
{
	const uint64_t index = number / maps->layout->descriptors_per_block;
	if (maps->journal == NULL)
		return true;
	if (maps->versions_block != index) {
		maps->versions_block = index;
		maps->version_count = 0;
		maps->has_all_versions =
			ext_journal_visit_copies(maps->journal, view, ext_descriptors_block(maps->layout, number),
						 keep_versions, maps) == 0;
	}
	return maps->has_all_versions;
}

/* A bitmap that is being put together out of the copies of it. */
struct merging {
	const struct ext_maps *maps;
	uint64_t number;
	const struct ext_group *group;
	uint8_t *bitmap;
	bool is_copied, is_replaced, is_doubted;
};

/*
 * Bitmap and descriptor change in the same transaction. In their places they may stand as different ones left them, but
 * whichever descriptor belongs to a bitmap that still counts is in its place or in the journal.
 */
static bool is_known_bitmap(const struct merging *merging, const uint8_t *bitmap)
{
	const struct ext_maps *maps = merging->maps;
	const size_t per_block = maps->layout->descriptors_per_block;
	const uint32_t sum = ext_bitmap_sum(maps->layout, bitmap);
	if (maps->layout->sums != EXT_METADATA_SUMS || sums_match(merging->group->bitmap_sum, sum))
		return true;
	for (size_t i = (size_t)(merging->number % per_block); maps->journal != NULL && i < maps->version_count;
	     i += per_block) {
		if (sums_match(maps->versions[i].bitmap_sum, sum))
			return true;
	}
	return false;
}

static bool merge_copy(void *context, const uint8_t *copy, bool is_committed)
{
	struct merging *merging = context;
	merging->is_copied = true;
	merging->is_replaced = merging->is_replaced || is_committed;
	/* What was not committed is never replayed, and can only add. */
	if (is_committed && !is_known_bitmap(merging, copy))
		merging->is_doubted = true;
	for (uint32_t i = 0; i < merging->maps->layout->block_size; i++)
		merging->bitmap[i] |= copy[i];
	return true;
}

static enum ext_map merged(struct merging *merging, const struct reader *view, bool with_place)
{
	const struct ext_layout *layout = merging->maps->layout;
	const uint64_t block = merging->group->block_bitmap;
	const struct ext_journal *journal = merging->maps->journal;
	memset(merging->bitmap, 0, layout->block_size);
	if (with_place &&
	    (block == 0 || block >= layout->blocks ||
	     reader_read(view, block * layout->block_size, merging->bitmap, layout->block_size) != 0))
		return EXT_MAP_UNREADABLE;
	const bool is_place_known = !with_place || is_known_bitmap(merging, merging->bitmap);
	if (journal != NULL && ext_journal_visit_copies(journal, view, block, merge_copy, merging) != 0)
		return EXT_MAP_UNREADABLE;
	return merging->is_doubted || (!merging->is_replaced && !is_place_known) ? EXT_MAP_DOUBTED : EXT_MAP_BITS;
}

/*
 * A group that is marked as not initialised where its descriptor stands. A descriptor changes with nearly every
 * transaction, so that it may wait in the journal long after the bitmap went to its place: where a copy of it there no
 * longer has the mark, the bitmap counts as it is, unless a replay puts a copy over it.
 */
static enum ext_map read_marked(struct merging *merging, const struct reader *view, bool is_unmarked)
{
	enum ext_map map = merged(merging, view, false);
	if (map == EXT_MAP_BITS && is_unmarked && !merging->is_replaced)
		map = merged(merging, view, true);
	return map == EXT_MAP_BITS && !merging->is_copied && !is_unmarked ? EXT_MAP_NEVER_WRITTEN : map;
}

enum ext_map ext_maps_read(struct ext_maps *maps, const struct reader *view, uint64_t number,
			   const struct ext_group *group, uint8_t *bitmap, bool *is_marked)
{
	struct merging merging = {maps, number, group, bitmap, false, false, false};
	const size_t per_block = maps->layout->descriptors_per_block;
	bool is_unmarked = false;
	*is_marked = maps->layout->sums != EXT_NO_SUMS && (group->flags & EXT_GROUP_BLOCK_UNINIT) != 0;
	if (!group->is_sound || !read_versions(maps, view, number))
		return EXT_MAP_DOUBTED;
	for (size_t i = (size_t)(number % per_block); maps->journal != NULL && i < maps->version_count;
	     i += per_block) {
		if (!maps->versions[i].is_sound)
			return EXT_MAP_DOUBTED;
		is_unmarked = is_unmarked || (maps->versions[i].flags & EXT_GROUP_BLOCK_UNINIT) == 0;
	}
	return *is_marked ? read_marked(&merging, view, is_unmarked) : merged(&merging, view, true);
}
