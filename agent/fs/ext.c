/*
 * ext2, ext3, ext4: counts, and the walk over the groups' bitmaps.
 */
#include <stdlib.h>
#include <string.h>

#include "bytes.h"
#include "driver.h"
#include "ext_maps.h"

enum {
	/* Groups whose bitmaps are looked for in the journal: 64 TiB with blocks of 4 KiB. */
	MAX_JOURNALED_GROUPS = 1 << 19,
	/* Own metadata of an uninitialised group: super block and descriptors, two bitmaps, the inode table. */
	MAX_FIXED_PIECES = 4,
};

struct ext {
	struct ext_layout layout;
	struct ext_maps maps;
	bool journal_tried;

	/* The walk: group 0 with `boot_given` false comes first. */
	bool boot_given;
	uint64_t group;
	bool group_open;
	uint8_t *bitmap;
	struct bit_runs runs;
	struct fs_range fixed[MAX_FIXED_PIECES];
	unsigned fixed_count, fixed_at;
	/* Groups so far of which nothing is believed. */
	uint64_t doubted;
};

static void ext_close(void *own)
{
	struct ext *ext = own;
	ext_maps_end(&ext->maps);
	free(ext->bitmap);
	free(ext);
}

static void *ext_open(const struct reader *view)
{
	uint8_t sb[EXT_SUPERBLOCK_SIZE];
	if (reader_read(view, EXT_SUPERBLOCK_OFFSET, sb, sizeof sb) != 0)
		return NULL;
	struct ext *ext = calloc(1, sizeof *ext);
	if (ext == NULL)
		return NULL;
	if (ext_layout_parse(&ext->layout, sb) && ext_maps_start(&ext->maps, &ext->layout) &&
	    (ext->bitmap = malloc(ext->layout.block_size)) != NULL)
		return ext;
	ext_close(ext);
	return NULL;
}

/* Sums the groups' free clusters into blocks; false when a descriptor is out of reach, damaged or absurd. */
static bool count_free_in_groups(struct ext *ext, const struct reader *view, uint64_t *free_blocks)
{
	uint64_t clusters = 0;
	for (uint64_t i = 0; i < ext->layout.groups; i++) {
		struct ext_group group;
		if (ext_maps_group(&ext->maps, view, i, &group) != 0 || !group.is_sound || group.free_clusters > ext->layout.group_clusters)
			return false;
		clusters += group.free_clusters;
	}
	*free_blocks = clusters * ext->layout.cluster_blocks;
	return true;
}

static int by_number(const void *a, const void *b)
{
	const uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;
	return x < y ? -1 : x > y;
}

/* The journal's inode; false when it cannot be had or does not match its checksum. */
static bool read_journal_inode(struct ext *ext, const struct reader *view, uint8_t *inode)
{
	const struct ext_layout *layout = &ext->layout;
	const uint32_t index = layout->journal_inode - 1;
	struct ext_group group;
	if (layout->journal_inode == 0 || layout->inodes_per_group == 0 ||
	    index / layout->inodes_per_group >= layout->groups ||
	    ext_maps_group(&ext->maps, view, index / layout->inodes_per_group, &group) != 0 || !group.is_sound ||
	    group.inode_table >= layout->blocks)
		return false;
	const uint64_t at = group.inode_table * layout->block_size +
			    (uint64_t)(index % layout->inodes_per_group) * layout->inode_size;
	return reader_read(view, at, inode, layout->inode_size) == 0 &&
	       ext_inode_is_sound(layout, layout->journal_inode, inode);
}

/* The blocks whose copies in the journal count, in ascending order; false when that cannot be told. */
static bool list_wanted(struct ext *ext, const struct reader *view, uint64_t *wanted, uint64_t *count)
{
	const struct ext_layout *layout = &ext->layout;
	struct ext_group group;
	*count = 0;
	for (uint64_t i = 0; i < layout->groups; i++) {
		if (ext_maps_group(&ext->maps, view, i, &group) != 0)
			return false;
		wanted[(*count)++] = group.block_bitmap;
		if (i % layout->descriptors_per_block == 0)
			wanted[(*count)++] = ext_descriptors_block(layout, i);
	}
	qsort(wanted, (size_t)*count, sizeof *wanted, by_number);
	return true;
}

static void read_journal(struct ext *ext, const struct reader *view)
{
	const struct ext_layout *layout = &ext->layout;
	if (ext->journal_tried || layout->groups > MAX_JOURNALED_GROUPS ||
	    layout->inode_size < EXT_LEAST_INODE_SIZE || layout->inode_size > layout->block_size)
		return;
	ext->journal_tried = true;
	uint64_t *wanted = malloc(2 * (size_t)layout->groups * sizeof *wanted), count;
	uint8_t *inode = malloc(layout->inode_size);
	if (wanted != NULL && inode != NULL && read_journal_inode(ext, view, inode) &&
	    list_wanted(ext, view, wanted, &count)) {
		struct ext_journal_place place = {
			.block_size = layout->block_size,
			.blocks = layout->blocks,
			.inode_flags = le32_at(inode + 0x20),
			.has_sums = layout->sums == EXT_METADATA_SUMS,
			.inode_seed = ext_inode_seed(layout, layout->journal_inode, inode),
			.wanted = wanted,
			.wanted_count = count,
		};
		memcpy(place.block_map, inode + 0x28, sizeof place.block_map);
		ext->maps.journal = ext_journal_read(view, &place);
	}
	free(inode);
	free(wanted);
}

static int ext_counts(void *own, const struct reader *view, struct fs_counts *counts)
{
	struct ext *ext = own;
	const struct ext_layout *layout = &ext->layout;
	counts->block_size = layout->block_size;
	counts->total_blocks = layout->blocks;
	counts->size_bytes = layout->blocks * layout->block_size;
	counts->state = ext_is_clean(layout) ? FS_CLEAN : FS_DIRTY;
	counts->needs_replay = ext_needs_replay(layout);
	if (counts->needs_replay)
		read_journal(ext, view);
	counts->replay_in_maps = ext->maps.journal != NULL;
	counts->distrust = layout->distrust;
	counts->source = FS_STATED_BY_SUPERBLOCK;
	uint64_t free_blocks = layout->free_blocks;
	/*
     * The kernel brings the super block's count up to date when it unmounts; a mounted filesystem has the truth in
     * its group descriptors.
     */
	if (counts->state != FS_CLEAN && count_free_in_groups(ext, view, &free_blocks))
		counts->source = FS_COUNTED_IN_MAPS;
	if (free_blocks > layout->blocks)
		counts->source = FS_COUNT_UNKNOWN;
	else
		counts->used_blocks = layout->blocks - free_blocks;
	return 0;
}

static int by_start(const void *a, const void *b)
{
	const struct fs_range *x = a, *y = b;
	return x->start < y->start ? -1 : x->start > y->start;
}

static void add_fixed(struct ext *ext, uint64_t first, uint64_t end, uint64_t block, uint64_t count)
{
	if (block < first || block >= end)
		return;
	if (count > end - block)
		count = end - block;
	ext->fixed[ext->fixed_count++] = (struct fs_range){block * ext->layout.block_size, count * ext->layout.block_size};
}

/* A group whose block bitmap was never written holds its own metadata and nothing else. */
static void open_uninitialised(struct ext *ext, const struct ext_group *group, uint64_t first, uint64_t end)
{
	const uint64_t head = ext_group_head(&ext->layout, ext->group);
	ext->runs = (struct bit_runs){ext->bitmap, 0, 0};
	if (head != 0)
		add_fixed(ext, first, end, first, head);
	add_fixed(ext, first, end, group->block_bitmap, 1);
	add_fixed(ext, first, end, group->inode_bitmap, 1);
	add_fixed(ext, first, end, group->inode_table, ext->layout.inode_table_blocks);
	qsort(ext->fixed, ext->fixed_count, sizeof ext->fixed[0], by_start);
}

/* As bits of the group's bitmap what would be given as pieces of their own: the journal's copies join them. */
static void fixed_into_bitmap(struct ext *ext, uint64_t first)
{
	const uint64_t cluster_size = (uint64_t)ext->layout.cluster_blocks * ext->layout.block_size;
	for (unsigned i = 0; i < ext->fixed_count; i++) {
		const uint64_t start = ext->fixed[i].start - first * ext->layout.block_size;
		const uint64_t end = start + ext->fixed[i].length;
		for (uint64_t cluster = start / cluster_size; cluster * cluster_size < end; cluster++)
			ext->bitmap[cluster / 8] |= (uint8_t)(1u << (cluster % 8));
	}
	ext->fixed_count = 0;
}

static int open_group(struct ext *ext, const struct reader *view)
{
	const struct ext_layout *layout = &ext->layout;
	struct ext_group group;
	bool is_marked;
	if (ext_maps_group(&ext->maps, view, ext->group, &group) != 0)
		return -1;
	const uint64_t first = ext_group_first_block(layout, ext->group);
	uint64_t count = layout->blocks - first;
	if (count > layout->group_blocks)
		count = layout->group_blocks;
	const uint64_t clusters = (count + layout->cluster_blocks - 1) / layout->cluster_blocks;
	ext->fixed_count = ext->fixed_at = 0;
	ext->group_open = true;
	const enum ext_map map = ext_maps_read(&ext->maps, view, ext->group, &group, ext->bitmap, &is_marked);
	if (map == EXT_MAP_UNREADABLE)
		return -1;
	if (map == EXT_MAP_DOUBTED) {
		ext->doubted++;
		memset(ext->bitmap, 0xff, layout->block_size);
	} else if (is_marked) {
		open_uninitialised(ext, &group, first, first + count);
		if (map == EXT_MAP_NEVER_WRITTEN)
			return 0;
		fixed_into_bitmap(ext, first);
	}
	ext->runs = (struct bit_runs){ext->bitmap, clusters, 0};
	return 0;
}

static int ext_next(void *own, const struct reader *view, struct fs_range *piece)
{
	struct ext *ext = own;
	if (!ext->boot_given) {
		/* The boot block, which no bitmap covers where blocks have 1 KiB, and the super block. */
		ext->boot_given = true;
		*piece = (struct fs_range){0, EXT_SUPERBLOCK_OFFSET + EXT_SUPERBLOCK_SIZE};
		return 1;
	}
	for (; ext->group < ext->layout.groups; ext->group++, ext->group_open = false) {
		if (!ext->group_open && open_group(ext, view) != 0)
			return -1;
		if (ext->fixed_at < ext->fixed_count) {
			*piece = ext->fixed[ext->fixed_at++];
			return 1;
		}
		uint64_t cluster, length;
		if (bit_runs_next(&ext->runs, &cluster, &length)) {
			const uint64_t cluster_size = (uint64_t)ext->layout.cluster_blocks * ext->layout.block_size;
			const uint64_t first = ext_group_first_block(&ext->layout, ext->group) * ext->layout.block_size;
			*piece = (struct fs_range){first + cluster * cluster_size, length * cluster_size};
			return 1;
		}
	}
	return 0;
}

static void ext_rewind(void *own)
{
	struct ext *ext = own;
	ext->boot_given = false;
	ext->group = 0;
	ext->group_open = false;
	ext->doubted = 0;
}

static uint64_t ext_doubted(const void *own)
{
	return ((const struct ext *)own)->doubted;
}

const struct fs_driver ext_driver = {"ext",    ext_open,   ext_close,  ext_counts,
				     ext_next, ext_rewind, ext_doubted};
