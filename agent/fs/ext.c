/*
 * ext2, ext3, ext4. Layout: the kernel's Documentation/filesystems/ext4 (super block, group descriptors, bitmaps).
 */
#include <stdlib.h>
#include <string.h>

#include "bytes.h"
#include "driver.h"
#include "ext_journal.h"

enum {
	SUPERBLOCK_OFFSET = 1024,
	SUPERBLOCK_SIZE = 1024,
	EXT_MAGIC = 0xef53,
	STATE_VALID = 0x1,
	STATE_ERROR = 0x2,
	COMPAT_HAS_JOURNAL = 0x4,
	COMPAT_SPARSE_SUPER2 = 0x200,
	INCOMPAT_RECOVER = 0x4,
	INCOMPAT_JOURNAL_DEV = 0x8,
	INCOMPAT_META_BG = 0x10,
	INCOMPAT_64BIT = 0x80,
	/*
     * Of those up to casefold and orphan_present: not compression, nor snapshots in the filesystem itself. A feature may
     * change what the maps mean, as clusters did, which is one of those that old systems may still read.
     */
	INCOMPAT_KNOWN = 0x3f7d6,
	RO_COMPAT_KNOWN = 0x1f77f,
	RO_COMPAT_SPARSE_SUPER = 0x1,
	RO_COMPAT_GDT_CSUM = 0x10,
	RO_COMPAT_BIGALLOC = 0x200,
	RO_COMPAT_METADATA_CSUM = 0x400,
	DESCRIPTOR_FLAGS = 0x12,
	GROUP_BLOCK_UNINIT = 0x2,
	/* mke2fs makes no smaller groups; without a bound a hostile disk could have a group for each block. */
	MIN_GROUP_CLUSTERS = 256,
	/* Groups whose bitmaps are looked for in the journal: 64 TiB with blocks of 4 KiB. */
	MAX_JOURNALED_GROUPS = 1 << 19,
	/* Own metadata of an uninitialised group: super block and descriptors, two bitmaps, the inode table. */
	MAX_FIXED_PIECES = 4,
};

struct group {
	uint64_t block_bitmap;
	uint64_t inode_bitmap;
	uint64_t inode_table;
	/* Clusters. */
	uint32_t free_clusters;
	uint16_t flags;
};

struct ext {
	uint32_t block_size;
	uint32_t cluster_blocks;
	uint64_t blocks;
	uint64_t free_blocks;
	uint32_t first_data_block;
	uint32_t group_blocks;
	uint32_t group_clusters;
	uint64_t groups;
	uint32_t descriptor_size;
	uint32_t first_meta_bg;
	uint32_t reserved_gdt_blocks;
	uint64_t inode_table_blocks;
	uint32_t backup_groups[2];
	uint32_t compat, incompat, ro_compat;
	uint16_t state;
	uint32_t inodes_per_group;
	uint32_t inode_size;
	uint32_t journal_inode; /* 0: none, or on another device */

	/* Copies of bitmaps that wait in the journal; NULL when there are none, or when they cannot be told. */
	struct ext_journal *journal;
	bool journal_tried;

	/* The last block of descriptors that was read. */
	uint8_t *descriptors;
	uint64_t descriptors_block;

	/* The walk: group 0 with `boot_given` false comes first. */
	bool boot_given;
	uint64_t group;
	bool group_open;
	uint8_t *bitmap;
	struct bit_runs runs;
	struct fs_range fixed[MAX_FIXED_PIECES];
	unsigned fixed_count, fixed_at;
};

static void ext_close(void *own)
{
	struct ext *ext = own;
	ext_journal_free(ext->journal);
	free(ext->descriptors);
	free(ext->bitmap);
	free(ext);
}

static bool parse_superblock(struct ext *ext, const uint8_t *sb)
{
	if (le16_at(sb + 0x38) != EXT_MAGIC)
		return false;
	const bool dynamic = le32_at(sb + 0x4c) >= 1;
	ext->compat = dynamic ? le32_at(sb + 0x5c) : 0;
	ext->incompat = dynamic ? le32_at(sb + 0x60) : 0;
	ext->ro_compat = dynamic ? le32_at(sb + 0x64) : 0;
	ext->state = le16_at(sb + 0x3a);
	if (ext->incompat & INCOMPAT_JOURNAL_DEV)
		return false;

	const uint32_t log_block = le32_at(sb + 0x18), log_cluster = le32_at(sb + 0x1c);
	if (log_block > 6)
		return false;
	ext->block_size = 1024u << log_block;
	ext->cluster_blocks = 1;
	ext->group_blocks = le32_at(sb + 0x20);
	ext->group_clusters = ext->group_blocks;
	if (ext->ro_compat & RO_COMPAT_BIGALLOC) {
		if (log_cluster < log_block || log_cluster - log_block > 16)
			return false;
		ext->cluster_blocks = 1u << (log_cluster - log_block);
		ext->group_clusters = le32_at(sb + 0x24);
	}
	if (ext->group_clusters < MIN_GROUP_CLUSTERS || ext->group_clusters > 8 * ext->block_size ||
	    (uint64_t)ext->group_clusters * ext->cluster_blocks != ext->group_blocks)
		return false;

	const bool wide = (ext->incompat & INCOMPAT_64BIT) != 0;
	ext->blocks = le32_at(sb + 0x4) | (wide ? (uint64_t)le32_at(sb + 0x150) << 32 : 0);
	ext->free_blocks = le32_at(sb + 0xc) | (wide ? (uint64_t)le32_at(sb + 0x158) << 32 : 0);
	ext->first_data_block = le32_at(sb + 0x14);
	uint64_t bytes;
	if (ext->first_data_block > 1 || ext->blocks <= ext->first_data_block ||
	    !multiply_u64(ext->blocks, ext->block_size, &bytes) || bytes > INT64_MAX)
		return false;
	ext->groups = (ext->blocks - ext->first_data_block + ext->group_blocks - 1) / ext->group_blocks;

	ext->descriptor_size = wide ? le16_at(sb + 0xfe) : 32;
	if (!is_power_of_two(ext->descriptor_size) || ext->descriptor_size < (wide ? 64u : 32u) ||
	    ext->descriptor_size > ext->block_size)
		return false;
	ext->first_meta_bg = le32_at(sb + 0x104);
	ext->reserved_gdt_blocks = le16_at(sb + 0xce);
	ext->inode_size = dynamic ? le16_at(sb + 0x58) : 128;
	ext->inodes_per_group = le32_at(sb + 0x28);
	ext->inode_table_blocks =
		((uint64_t)ext->inodes_per_group * ext->inode_size + ext->block_size - 1) / ext->block_size;
	if ((ext->compat & COMPAT_HAS_JOURNAL) != 0 && le32_at(sb + 0xe4) == 0)
		ext->journal_inode = le32_at(sb + 0xe0);
	ext->backup_groups[0] = le32_at(sb + 0x24c);
	ext->backup_groups[1] = le32_at(sb + 0x250);
	return true;
}

static void *ext_open(const struct reader *view)
{
	uint8_t sb[SUPERBLOCK_SIZE];
	if (reader_read(view, SUPERBLOCK_OFFSET, sb, sizeof sb) != 0 || le16_at(sb + 0x38) != EXT_MAGIC)
		return NULL;
	struct ext *ext = calloc(1, sizeof *ext);
	if (ext == NULL)
		return NULL;
	if (parse_superblock(ext, sb)) {
		ext->descriptors = malloc(ext->block_size);
		ext->bitmap = malloc(ext->block_size);
		ext->descriptors_block = UINT64_MAX;
		if (ext->descriptors != NULL && ext->bitmap != NULL)
			return ext;
	}
	ext_close(ext);
	return NULL;
}

static uint64_t group_first_block(const struct ext *ext, uint64_t group)
{
	return ext->first_data_block + group * ext->group_blocks;
}

static bool is_power_of(uint64_t value, uint64_t base)
{
	while (value > 1 && value % base == 0)
		value /= base;
	return value == 1;
}

static bool group_has_superblock(const struct ext *ext, uint64_t group)
{
	if (group == 0)
		return true;
	if (ext->compat & COMPAT_SPARSE_SUPER2)
		return group == ext->backup_groups[0] || group == ext->backup_groups[1];
	if (group == 1 || (ext->ro_compat & RO_COMPAT_SPARSE_SUPER) == 0)
		return true;
	return is_power_of(group, 3) || is_power_of(group, 5) || is_power_of(group, 7);
}

static uint64_t descriptors_per_block(const struct ext *ext)
{
	return ext->block_size / ext->descriptor_size;
}

static bool in_meta_bg(const struct ext *ext, uint64_t group)
{
	return (ext->incompat & INCOMPAT_META_BG) != 0 && group / descriptors_per_block(ext) >= ext->first_meta_bg;
}

/* With blocks of 1 KiB and clusters, block 0 belongs to group 0 and the super block is block 1. */
static uint32_t superblock_shift(const struct ext *ext)
{
	return ext->block_size == 1024 && ext->first_data_block == 0 ? 1 : 0;
}

/* The block that holds a group's descriptor. */
static uint64_t descriptors_block(const struct ext *ext, uint64_t number)
{
	const uint64_t per_block = descriptors_per_block(ext);
	const uint64_t index = number / per_block;
	if (!in_meta_bg(ext, number))
		return ext->first_data_block + superblock_shift(ext) + 1 + index;
	return group_first_block(ext, index * per_block) + (group_has_superblock(ext, index * per_block) ? 1 : 0) +
	       (index == 0 ? superblock_shift(ext) : 0);
}

/* Where in that block it begins. */
static size_t descriptor_offset(const struct ext *ext, uint64_t number)
{
	return (size_t)(number % descriptors_per_block(ext)) * ext->descriptor_size;
}

static int read_group(struct ext *ext, const struct reader *view, uint64_t number, struct group *group)
{
	const uint64_t block = descriptors_block(ext, number);
	if (block >= ext->blocks)
		return -1;
	if (block != ext->descriptors_block) {
		ext->descriptors_block = UINT64_MAX;
		if (reader_read(view, block * ext->block_size, ext->descriptors, ext->block_size) != 0)
			return -1;
		ext->descriptors_block = block;
	}
	const uint8_t *d = ext->descriptors + descriptor_offset(ext, number);
	const bool wide = ext->descriptor_size >= 64;
	group->block_bitmap = le32_at(d) | (wide ? (uint64_t)le32_at(d + 0x20) << 32 : 0);
	group->inode_bitmap = le32_at(d + 0x4) | (wide ? (uint64_t)le32_at(d + 0x24) << 32 : 0);
	group->inode_table = le32_at(d + 0x8) | (wide ? (uint64_t)le32_at(d + 0x28) << 32 : 0);
	group->free_clusters = le16_at(d + 0xc) | (wide ? (uint32_t)le16_at(d + 0x2c) << 16 : 0);
	group->flags = le16_at(d + DESCRIPTOR_FLAGS);
	return 0;
}

static bool is_clean(const struct ext *ext)
{
	return (ext->state & STATE_VALID) != 0 && (ext->state & STATE_ERROR) == 0 &&
	       (ext->incompat & INCOMPAT_RECOVER) == 0;
}

/*
 * What is known against the maps. Without a journal, blocks of files may be free in maps that a power cut or a system
 * that is at work left behind; whoever repairs that needs those blocks.
 */
static const char *distrust(const struct ext *ext)
{
	if ((ext->incompat & ~(uint32_t)INCOMPAT_KNOWN) != 0 || (ext->ro_compat & ~(uint32_t)RO_COMPAT_KNOWN) != 0)
		return "it has features that are not known here";
	if ((ext->state & STATE_ERROR) != 0)
		return "its own system has marked it as damaged";
	/* A journal in use leaves this alone. */
	if ((ext->state & STATE_VALID) == 0)
		return "it was not put away properly, or is in use without a journal";
	return NULL;
}

/* Sums the groups' free clusters into blocks; false when a descriptor is out of reach or absurd. */
static bool count_free_in_groups(struct ext *ext, const struct reader *view, uint64_t *free_blocks)
{
	uint64_t clusters = 0;
	for (uint64_t i = 0; i < ext->groups; i++) {
		struct group group;
		if (read_group(ext, view, i, &group) != 0 || group.free_clusters > ext->group_clusters)
			return false;
		clusters += group.free_clusters;
	}
	*free_blocks = clusters * ext->cluster_blocks;
	return true;
}

static int by_number(const void *a, const void *b)
{
	const uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;
	return x < y ? -1 : x > y;
}

/* Where the journal lies, and the blocks whose copies count. False when it cannot be told. */
static bool find_journal(struct ext *ext, const struct reader *view, struct ext_journal_place *place,
			 uint64_t *wanted)
{
	const uint64_t per_block = descriptors_per_block(ext);
	uint64_t count = 0;
	uint8_t inode[128];
	struct group group;
	const uint32_t index = ext->journal_inode - 1;
	if (ext->journal_inode == 0 || ext->inodes_per_group == 0 || ext->inode_size < sizeof inode ||
	    index / ext->inodes_per_group >= ext->groups)
		return false;
	for (uint64_t i = 0; i < ext->groups; i++) {
		if (read_group(ext, view, i, &group) != 0)
			return false;
		wanted[count++] = group.block_bitmap;
		if (i % per_block == 0)
			wanted[count++] = descriptors_block(ext, i);
	}
	qsort(wanted, (size_t)count, sizeof *wanted, by_number);
	if (read_group(ext, view, index / ext->inodes_per_group, &group) != 0 || group.inode_table >= ext->blocks ||
	    reader_read(view,
			group.inode_table * ext->block_size +
				(uint64_t)(index % ext->inodes_per_group) * ext->inode_size,
			inode, sizeof inode) != 0)
		return false;
	*place = (struct ext_journal_place){
		.block_size = ext->block_size,
		.blocks = ext->blocks,
		.inode_flags = le32_at(inode + 0x20),
		.wanted = wanted,
		.wanted_count = count,
	};
	memcpy(place->block_map, inode + 0x28, sizeof place->block_map);
	return true;
}

static void read_journal(struct ext *ext, const struct reader *view)
{
	struct ext_journal_place place;
	uint64_t *wanted;
	if (ext->journal_tried || ext->groups > MAX_JOURNALED_GROUPS)
		return;
	ext->journal_tried = true;
	wanted = malloc(2 * (size_t)ext->groups * sizeof *wanted);
	if (wanted != NULL && find_journal(ext, view, &place, wanted))
		ext->journal = ext_journal_read(view, &place);
	free(wanted);
}

static int ext_counts(void *own, const struct reader *view, struct fs_counts *counts)
{
	struct ext *ext = own;
	counts->block_size = ext->block_size;
	counts->total_blocks = ext->blocks;
	counts->size_bytes = ext->blocks * ext->block_size;
	counts->state = is_clean(ext) ? FS_CLEAN : FS_DIRTY;
	counts->needs_replay = (ext->incompat & INCOMPAT_RECOVER) != 0;
	if (counts->needs_replay)
		read_journal(ext, view);
	counts->replay_in_maps = ext->journal != NULL;
	counts->distrust = distrust(ext);
	counts->source = FS_STATED_BY_SUPERBLOCK;
	uint64_t free_blocks = ext->free_blocks;
	/*
     * The kernel brings the super block's count up to date when it unmounts; a mounted filesystem has the truth in
     * its group descriptors.
     */
	if (counts->state != FS_CLEAN && count_free_in_groups(ext, view, &free_blocks))
		counts->source = FS_COUNTED_IN_MAPS;
	if (free_blocks > ext->blocks)
		counts->source = FS_COUNT_UNKNOWN;
	else
		counts->used_blocks = ext->blocks - free_blocks;
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
	ext->fixed[ext->fixed_count++] = (struct fs_range){block * ext->block_size, count * ext->block_size};
}

/* A group whose block bitmap was never written holds its own metadata and nothing else. */
static void open_uninitialised(struct ext *ext, const struct group *group, uint64_t first, uint64_t end)
{
	const uint64_t per_block = descriptors_per_block(ext);
	uint64_t head = group_has_superblock(ext, ext->group) ? 1 : 0;
	if (in_meta_bg(ext, ext->group)) {
		const uint64_t place = ext->group % per_block;
		head += place == 0 || place == 1 || place == per_block - 1 ? 1 : 0;
	} else if (head != 0) {
		uint64_t blocks = (ext->groups + per_block - 1) / per_block;
		if ((ext->incompat & INCOMPAT_META_BG) != 0 && blocks > ext->first_meta_bg)
			blocks = ext->first_meta_bg;
		head += blocks + ext->reserved_gdt_blocks;
	}
	ext->runs = (struct bit_runs){ext->bitmap, 0, 0};
	if (head != 0)
		add_fixed(ext, first, end, first, head);
	add_fixed(ext, first, end, group->block_bitmap, 1);
	add_fixed(ext, first, end, group->inode_bitmap, 1);
	add_fixed(ext, first, end, group->inode_table, ext->inode_table_blocks);
	qsort(ext->fixed, ext->fixed_count, sizeof ext->fixed[0], by_start);
}

static int read_bitmap(struct ext *ext, const struct reader *view, const struct group *group)
{
	if (group->block_bitmap == 0 || group->block_bitmap >= ext->blocks)
		return -1;
	return reader_read(view, group->block_bitmap * ext->block_size, ext->bitmap, ext->block_size);
}

/* As bits of the group's bitmap what would be given as pieces of their own: the journal's copies join them. */
static void fixed_into_bitmap(struct ext *ext, uint64_t first)
{
	const uint64_t cluster_size = (uint64_t)ext->cluster_blocks * ext->block_size;
	for (unsigned i = 0; i < ext->fixed_count; i++) {
		const uint64_t start = ext->fixed[i].start - first * ext->block_size;
		const uint64_t end = start + ext->fixed[i].length;
		for (uint64_t cluster = start / cluster_size; cluster * cluster_size < end; cluster++)
			ext->bitmap[cluster / 8] |= (uint8_t)(1u << (cluster % 8));
	}
	ext->fixed_count = 0;
}

/*
 * The bitmap of a group that is marked as not initialised where its descriptor stands. A descriptor changes with nearly
 * every transaction, so that it may wait in the journal long after the bitmap went to its place: where a copy of it there
 * no longer has the mark, the bitmap counts as it is, unless a replay puts a copy over it.
 */
static int open_marked_uninitialised(struct ext *ext, const struct reader *view, const struct group *group,
				     uint64_t first, uint64_t count)
{
	const uint64_t clusters = (count + ext->cluster_blocks - 1) / ext->cluster_blocks;
	bool is_replaced = false;
	open_uninitialised(ext, group, first, first + count);
	if (ext->journal == NULL)
		return 0;
	memset(ext->bitmap, 0, ext->block_size);
	const int copies = ext_journal_merge(ext->journal, view, group->block_bitmap, ext->bitmap, &is_replaced);
	const int unmarked =
		ext_journal_lacks(ext->journal, view, descriptors_block(ext, ext->group),
				  descriptor_offset(ext, ext->group) + DESCRIPTOR_FLAGS, GROUP_BLOCK_UNINIT);
	if (copies < 0 || unmarked < 0)
		return -1;
	if (unmarked > 0 && !is_replaced &&
	    (read_bitmap(ext, view, group) != 0 ||
	     ext_journal_merge(ext->journal, view, group->block_bitmap, ext->bitmap, &is_replaced) < 0))
		return -1;
	if (copies > 0 || unmarked > 0) {
		fixed_into_bitmap(ext, first);
		ext->runs = (struct bit_runs){ext->bitmap, clusters, 0};
	}
	return 0;
}

static int open_group(struct ext *ext, const struct reader *view)
{
	bool is_replaced;
	struct group group;
	if (read_group(ext, view, ext->group, &group) != 0)
		return -1;
	const uint64_t first = group_first_block(ext, ext->group);
	uint64_t count = ext->blocks - first;
	if (count > ext->group_blocks)
		count = ext->group_blocks;
	ext->fixed_count = ext->fixed_at = 0;
	ext->group_open = true;
	const uint64_t clusters = (count + ext->cluster_blocks - 1) / ext->cluster_blocks;
	if ((ext->ro_compat & (RO_COMPAT_GDT_CSUM | RO_COMPAT_METADATA_CSUM)) != 0 &&
	    (group.flags & GROUP_BLOCK_UNINIT) != 0)
		return open_marked_uninitialised(ext, view, &group, first, count);
	if (read_bitmap(ext, view, &group) != 0 ||
	    (ext->journal != NULL &&
	     ext_journal_merge(ext->journal, view, group.block_bitmap, ext->bitmap, &is_replaced) < 0))
		return -1;
	ext->runs = (struct bit_runs){ext->bitmap, clusters, 0};
	return 0;
}

static int ext_next(void *own, const struct reader *view, struct fs_range *piece)
{
	struct ext *ext = own;
	if (!ext->boot_given) {
		/* The boot block, which no bitmap covers where blocks have 1 KiB, and the super block. */
		ext->boot_given = true;
		*piece = (struct fs_range){0, SUPERBLOCK_OFFSET + SUPERBLOCK_SIZE};
		return 1;
	}
	for (; ext->group < ext->groups; ext->group++, ext->group_open = false) {
		if (!ext->group_open && open_group(ext, view) != 0)
			return -1;
		if (ext->fixed_at < ext->fixed_count) {
			*piece = ext->fixed[ext->fixed_at++];
			return 1;
		}
		uint64_t cluster, length;
		if (bit_runs_next(&ext->runs, &cluster, &length)) {
			const uint64_t cluster_size = (uint64_t)ext->cluster_blocks * ext->block_size;
			const uint64_t first = group_first_block(ext, ext->group) * ext->block_size;
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
}

const struct fs_driver ext_driver = {"ext", ext_open, ext_close, ext_counts, ext_next, ext_rewind};
