/*
 * btrfs on one device. Layout: the btrfs documentation "On-disk Format" (superblock, chunk tree, extent tree).
 *
 * Everything a filesystem needs is an extent in the extent tree, by logical address; the chunk tree says where
 * logical addresses lie on the disk. The walk goes over the pieces of chunks in the order of the disk and looks up
 * each one's extents. On several devices, or with a feature that is not known here, all of it counts as used.
 */
#include <stdlib.h>
#include <string.h>

#include "btrfs_tree.h"
#include "bytes.h"
#include "driver.h"

enum {
	SUPERBLOCK_OFFSET = 65536,
	SUPERBLOCK_SIZE = 4096,
	SYSTEM_CHUNKS = 811,
	SYSTEM_CHUNKS_SIZE = 2048,
	RESERVED_START = 1 << 20,
	ROOT_TREE = 1,
	EXTENT_TREE = 2,
	CHUNK_TREE = 3,
	ROOT_ITEM_GENERATION = 160,
	ROOT_ITEM_BYTENR = 176,
	ROOT_ITEM_LEVEL = 238,
	ROOT_ITEM_SIZE = 239,
	/* Backrefs up to RAID1C34, and simple quotas; not zoned, extent tree v2, raid stripe tree. */
	KNOWN_INCOMPAT = 0xfff | 0x10000,
};

/* Copies of the super block beyond the first MiB. */
static const uint64_t superblock_copies[] = {UINT64_C(64) << 20, UINT64_C(256) << 30};

enum { COPIES = sizeof superblock_copies / sizeof superblock_copies[0] };

struct btrfs {
	uint32_t sector_size;
	uint32_t node_size;
	uint64_t total_bytes;
	uint64_t used_bytes;
	uint64_t device_bytes;
	uint64_t devices;
	uint64_t log_root;
	uint64_t incompat;
	uint16_t sum_kind;
	const char *distrust;
	uint64_t doubted;
	struct btrfs_tree chunk_tree, root_tree, extent_tree;
	uint8_t system_chunks[SYSTEM_CHUNKS_SIZE];
	uint32_t system_chunks_size;

	/* The walk. */
	bool started;
	struct btrfs_map map;
	/* The same stripes in the order of the disk. */
	struct btrfs_map on_disk;
	uint8_t *node;
	struct btrfs_cursor cursor;
	bool head_given;
	uint32_t stripe;
	bool stripe_open;
	unsigned copy;
	bool has_held_back;
	struct fs_range held_back;
};

static void btrfs_close(void *own)
{
	struct btrfs *btrfs = own;
	free(btrfs->map.stripes);
	free(btrfs->on_disk.stripes);
	free(btrfs->node);
	free(btrfs);
}

static struct btrfs_tree tree(struct btrfs *btrfs, uint64_t owner, uint64_t root, uint64_t generation, uint8_t level)
{
	return (struct btrfs_tree){
		.map = &btrfs->map,
		.node_size = btrfs->node_size,
		.sum_kind = btrfs->sum_kind,
		.doubted = &btrfs->doubted,
		.owner = owner,
		.root = root,
		.root_generation = generation,
		.root_level = level,
	};
}

/* What is known against the maps; NULL for nothing. */
static const char *distrust(const struct btrfs *btrfs, const uint8_t *sb)
{
	if ((btrfs->incompat & ~(uint64_t)KNOWN_INCOMPAT) != 0)
		return "it has features that are not known here";
	if (!btrfs_is_known_sum(btrfs->sum_kind))
		return "its checksums are of a kind that is not known here";
	if (!btrfs_is_sound(btrfs->sum_kind, sb, SUPERBLOCK_SIZE))
		return "its super block does not match its checksum";
	return NULL;
}

static bool parse_superblock(struct btrfs *btrfs, const uint8_t *sb)
{
	if (memcmp(sb + 64, "_BHRfS_M", 8) != 0 || le64_at(sb + 48) != SUPERBLOCK_OFFSET)
		return false;
	btrfs->total_bytes = le64_at(sb + 112);
	btrfs->used_bytes = le64_at(sb + 120);
	btrfs->devices = le64_at(sb + 136);
	btrfs->sector_size = le32_at(sb + 144);
	btrfs->node_size = le32_at(sb + 148);
	btrfs->system_chunks_size = le32_at(sb + 160);
	btrfs->incompat = le64_at(sb + 188);
	btrfs->log_root = le64_at(sb + 96);
	btrfs->device_bytes = le64_at(sb + 201 + 8);
	if (!is_power_of_two(btrfs->sector_size) || btrfs->sector_size < 512 || btrfs->sector_size > 65536 ||
	    !is_power_of_two(btrfs->node_size) || btrfs->node_size < 4096 || btrfs->node_size > BTRFS_MAX_NODE ||
	    btrfs->devices == 0 || btrfs->total_bytes > INT64_MAX || btrfs->device_bytes > INT64_MAX ||
	    btrfs->system_chunks_size > SYSTEM_CHUNKS_SIZE)
		return false;
	memcpy(btrfs->system_chunks, sb + SYSTEM_CHUNKS, SYSTEM_CHUNKS_SIZE);
	btrfs->sum_kind = le16_at(sb + 196);
	btrfs->root_tree = tree(btrfs, ROOT_TREE, le64_at(sb + 80), le64_at(sb + 72), sb[198]);
	btrfs->chunk_tree = tree(btrfs, CHUNK_TREE, le64_at(sb + 88), le64_at(sb + 164), sb[199]);
	btrfs->distrust = distrust(btrfs, sb);
	return true;
}

static void *btrfs_open(const struct reader *view)
{
	uint8_t *sb = malloc(SUPERBLOCK_SIZE);
	struct btrfs *btrfs = calloc(1, sizeof *btrfs);
	if (sb == NULL || btrfs == NULL)
		goto refuse;
	if (reader_read(view, SUPERBLOCK_OFFSET, sb, SUPERBLOCK_SIZE) != 0 || !parse_superblock(btrfs, sb))
		goto refuse;
	free(sb);
	return btrfs;

refuse:
	free(sb);
	free(btrfs);
	return NULL;
}

static int btrfs_counts(void *own, const struct reader *view, struct fs_counts *counts)
{
	const struct btrfs *btrfs = own;
	(void)view;
	counts->block_size = btrfs->sector_size;
	counts->total_blocks = btrfs->total_bytes / btrfs->sector_size;
	counts->used_blocks = btrfs->used_bytes / btrfs->sector_size;
	counts->source = FS_STATED_BY_SUPERBLOCK;
	counts->size_bytes = btrfs->device_bytes;
	counts->devices = btrfs->devices > UINT32_MAX ? UINT32_MAX : (uint32_t)btrfs->devices;
	/* Copy on write: what is on disk is consistent; only a log of fsyncs may wait. */
	counts->state = btrfs->log_root == 0 ? FS_CLEAN : FS_DIRTY;
	counts->needs_replay = btrfs->log_root != 0;
	counts->distrust = btrfs->distrust;
	return 0;
}

/* The chunks that hold the chunk tree stand in the super block itself: keys followed by chunk items. */
static bool add_system_chunks(struct btrfs *btrfs)
{
	uint32_t at = 0;
	while (at < btrfs->system_chunks_size) {
		const uint8_t *p = btrfs->system_chunks + at;
		const uint32_t left = btrfs->system_chunks_size - at;
		if (left < BTRFS_KEY_SIZE + 80)
			return false;
		const uint32_t size = 48 + 32u * le16_at(p + BTRFS_KEY_SIZE + 44);
		const struct btrfs_key key = btrfs_key_at(p);
		if (size > left - BTRFS_KEY_SIZE || key.type != BTRFS_TYPE_CHUNK_ITEM ||
		    !btrfs_map_add_chunk(&btrfs->map, key.offset, p + BTRFS_KEY_SIZE, size))
			return false;
		at += BTRFS_KEY_SIZE + size;
	}
	return btrfs->map.count > 0;
}

/* Replaces the map, which has the system chunks so far, by all chunks of the chunk tree. */
static bool read_chunk_tree(struct btrfs *btrfs, const struct reader *view)
{
	struct btrfs_map all = {NULL, 0, 0};
	const struct btrfs_key from = {0, 0, 0};
	struct btrfs_item item;
	int more = btrfs_seek(&btrfs->chunk_tree, view, &from, &btrfs->cursor) == 0 ? 1 : -1;
	while (more == 1) {
		more = btrfs_next_item(&btrfs->chunk_tree, view, &btrfs->cursor, &item);
		if (more == 1 && item.key.type == BTRFS_TYPE_CHUNK_ITEM &&
		    !btrfs_map_add_chunk(&all, item.key.offset, item.data, item.size))
			more = -1;
	}
	if (more != 0) {
		free(all.stripes);
		return false;
	}
	free(btrfs->map.stripes);
	btrfs->map = all;
	return true;
}

static bool find_extent_tree(struct btrfs *btrfs, const struct reader *view)
{
	const struct btrfs_key from = {EXTENT_TREE, BTRFS_TYPE_ROOT_ITEM, 0};
	struct btrfs_item item;
	if (btrfs_seek(&btrfs->root_tree, view, &from, &btrfs->cursor) != 0 ||
	    btrfs_next_item(&btrfs->root_tree, view, &btrfs->cursor, &item) != 1 || item.key.object != EXTENT_TREE ||
	    item.key.type != BTRFS_TYPE_ROOT_ITEM || item.size < ROOT_ITEM_SIZE)
		return false;
	btrfs->extent_tree = tree(btrfs, EXTENT_TREE, le64_at(item.data + ROOT_ITEM_BYTENR),
				  le64_at(item.data + ROOT_ITEM_GENERATION), item.data[ROOT_ITEM_LEVEL]);
	return true;
}

static int by_physical(const void *a, const void *b)
{
	const struct btrfs_stripe *x = a, *y = b;
	return x->physical < y->physical ? -1 : x->physical > y->physical;
}

/* Stripes lie side by side on the disk: what overlaps is damaged, and walking it could take for ever. */
static bool sort_on_disk(struct btrfs *btrfs)
{
	struct btrfs_map *sorted = &btrfs->on_disk;
	const size_t size = btrfs->map.count * sizeof sorted->stripes[0];
	free(sorted->stripes);
	*sorted = (struct btrfs_map){malloc(size == 0 ? 1 : size), btrfs->map.count, btrfs->map.count};
	if (sorted->stripes == NULL)
		return false;
	if (size > 0) {
		memcpy(sorted->stripes, btrfs->map.stripes, size);
		qsort(sorted->stripes, sorted->count, sizeof sorted->stripes[0], by_physical);
	}
	for (uint32_t i = 1; i < sorted->count; i++) {
		const struct btrfs_stripe *before = &sorted->stripes[i - 1];
		/* A striped chunk's length is that of all its stripes. */
		if (before->is_linear && sorted->stripes[i].physical - before->physical < before->length)
			return false;
	}
	return true;
}

static bool start_walk(struct btrfs *btrfs, const struct reader *view)
{
	if (btrfs->node == NULL)
		btrfs->node = malloc(btrfs->node_size);
	if (btrfs->node == NULL)
		return false;
	btrfs->cursor.node = btrfs->node;
	btrfs->map.count = 0;
	if (!add_system_chunks(btrfs))
		return false;
	btrfs_map_sort(&btrfs->map);
	if (!read_chunk_tree(btrfs, view))
		return false;
	btrfs_map_sort(&btrfs->map);
	return find_extent_tree(btrfs, view) && sort_on_disk(btrfs);
}

/* The next used piece of the stripe, in the order of the disk: 1, 0 at its end, -1 on damage. */
static int next_in_stripe(struct btrfs *btrfs, const struct reader *view, const struct btrfs_stripe *stripe,
			  struct fs_range *piece)
{
	if (!stripe->is_linear) {
		*piece = (struct fs_range){stripe->physical, stripe->length};
		const bool first = !btrfs->stripe_open;
		btrfs->stripe_open = true;
		return first ? 1 : 0;
	}
	if (!btrfs->stripe_open) {
		const struct btrfs_key from = {stripe->logical, 0, 0};
		if (btrfs_seek(&btrfs->extent_tree, view, &from, &btrfs->cursor) != 0)
			return -1;
		btrfs->stripe_open = true;
	}
	struct btrfs_item item;
	int more;
	while ((more = btrfs_next_item(&btrfs->extent_tree, view, &btrfs->cursor, &item)) == 1) {
		const uint64_t within = item.key.object - stripe->logical;
		if (item.key.object < stripe->logical)
			return -1;
		if (within >= stripe->length)
			return 0;
		uint64_t length = btrfs->node_size;
		if (item.key.type == BTRFS_TYPE_EXTENT_ITEM)
			length = item.key.offset;
		else if (item.key.type != BTRFS_TYPE_METADATA_ITEM)
			continue;
		if (!range_within(within, length, stripe->length))
			return -1;
		*piece = (struct fs_range){stripe->physical + within, length};
		return 1;
	}
	return more;
}

/* The next piece of any stripe. */
static int next_of_chunks(struct btrfs *btrfs, const struct reader *view, struct fs_range *piece)
{
	for (; btrfs->stripe < btrfs->on_disk.count; btrfs->stripe++, btrfs->stripe_open = false) {
		const int more = next_in_stripe(btrfs, view, &btrfs->on_disk.stripes[btrfs->stripe], piece);
		if (more != 0)
			return more;
	}
	return 0;
}

static int btrfs_next(void *own, const struct reader *view, struct fs_range *piece)
{
	struct btrfs *btrfs = own;
	if (!btrfs->started) {
		if (!start_walk(btrfs, view))
			return -1;
		btrfs->started = true;
	}
	if (!btrfs->head_given) {
		btrfs->head_given = true;
		*piece = (struct fs_range){0, RESERVED_START};
		return 1;
	}
	/* Merges the chunks' pieces with the copies of the super block. */
	if (!btrfs->has_held_back) {
		const int more = next_of_chunks(btrfs, view, &btrfs->held_back);
		if (more < 0)
			return -1;
		btrfs->has_held_back = more == 1;
	}
	if (btrfs->copy < COPIES &&
	    (!btrfs->has_held_back || superblock_copies[btrfs->copy] <= btrfs->held_back.start)) {
		*piece = (struct fs_range){superblock_copies[btrfs->copy++], SUPERBLOCK_SIZE};
		return 1;
	}
	if (!btrfs->has_held_back)
		return 0;
	btrfs->has_held_back = false;
	*piece = btrfs->held_back;
	return 1;
}

static void btrfs_rewind(void *own)
{
	struct btrfs *btrfs = own;
	btrfs->started = btrfs->head_given = btrfs->stripe_open = btrfs->has_held_back = false;
	btrfs->stripe = 0;
	btrfs->copy = 0;
	btrfs->doubted = 0;
}

static uint64_t btrfs_doubted(const void *own)
{
	return ((const struct btrfs *)own)->doubted;
}

const struct fs_driver btrfs_driver = {"btrfs",    btrfs_open,   btrfs_close,  btrfs_counts,
				       btrfs_next, btrfs_rewind, btrfs_doubted};
