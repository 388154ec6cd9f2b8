/*
 * XFS, versions 4 and 5, data device. Layout: "XFS Algorithms & Data Structures" (allocation groups, free space
 * B+trees). Everything is big-endian.
 */
#include <stdlib.h>
#include <string.h>

#include "bytes.h"
#include "driver.h"
#include "xfs_log.h"

enum {
	SUPERBLOCK_SIZE = 512,
	XFS_MAGIC = 0x58465342, /* XFSB */
	AGF_MAGIC = 0x58414746, /* XAGF */
	ABTB_MAGIC = 0x41425442, /* free space by block, version 4 */
	AB3B_MAGIC = 0x41423342, /* the same with checksums */
	VERSION_MASK = 0xf,
	FEATURES2_LAZY_COUNTS = 0x2,
	HAS_MORE_FEATURES = 0x8000,
	/* Up to the inode counts of groups, and up to the metadata directory, the mark for repair aside. */
	RO_COMPAT_KNOWN = 0xf,
	INCOMPAT_NEEDS_REPAIR = 0x10,
	INCOMPAT_KNOWN = 0x1ef,
	BTREE_HEADER_V4 = 16,
	BTREE_HEADER_V5 = 56,
	FREE_RECORD_SIZE = 8,
	KEY_SIZE = 8,
	POINTER_SIZE = 4,
	MAX_BTREE_LEVELS = 9,
	/* The least that mkfs.xfs makes is 16 MiB; bounds what a hostile super block can make us read. */
	MAX_GROUPS = 1 << 22,
	NULL_BLOCK = 0xffffffff,
	/* Super block, both space headers and the free list: the first four sectors of every group. */
	HEADER_SECTORS = 4,
};

struct group_header {
	uint32_t length;
	uint32_t root;
	uint32_t levels;
	/* Blocks that hold nothing: free extents, the free list, and the free-space trees' own. */
	uint64_t free_blocks;
};

struct xfs {
	uint32_t block_size;
	uint32_t sector_size;
	uint64_t blocks;
	uint64_t free_blocks;
	uint32_t group_blocks;
	uint32_t groups;
	bool has_checksums;
	bool has_lazy_counts;
	const char *distrust;
	enum xfs_log_state log_state;
	bool log_examined;
	struct xfs_log log;

	/* The walk: a leaf of the tree of free extents of group `group`. */
	uint32_t group;
	bool group_open;
	uint32_t group_length;
	uint8_t *leaf;
	uint32_t records, record;
	uint32_t next_leaf;
	/* Blocks of the group below this are dealt with. */
	uint32_t done;
	uint32_t leaves_left;
};

static void xfs_close(void *own)
{
	struct xfs *xfs = own;
	free(xfs->leaf);
	free(xfs);
}

static bool parse_superblock(struct xfs *xfs, const uint8_t *sb)
{
	xfs->block_size = be32_at(sb + 4);
	xfs->blocks = be64_at(sb + 8);
	xfs->group_blocks = be32_at(sb + 84);
	xfs->groups = be32_at(sb + 88);
	xfs->sector_size = be16_at(sb + 102);
	xfs->free_blocks = be64_at(sb + 144);
	const uint16_t version = be16_at(sb + 100) & VERSION_MASK;
	const uint16_t bits = be16_at(sb + 100);
	xfs->has_checksums = version == 5;
	xfs->has_lazy_counts = version == 5 ||
			       ((bits & HAS_MORE_FEATURES) != 0 && (be32_at(sb + 200) & FEATURES2_LAZY_COUNTS) != 0);
	if (version < 1 || version > 5 || !is_power_of_two(xfs->block_size) || xfs->block_size < 512 ||
	    xfs->block_size > 65536 || !is_power_of_two(xfs->sector_size) || xfs->sector_size < 512 ||
	    xfs->sector_size > 32768 || xfs->groups == 0 || xfs->groups > MAX_GROUPS || xfs->group_blocks == 0)
		return false;
	const uint64_t before_last = (uint64_t)(xfs->groups - 1) * xfs->group_blocks;
	uint64_t bytes;
	if (xfs->blocks <= before_last || xfs->blocks - before_last > xfs->group_blocks ||
	    !multiply_u64(xfs->blocks, xfs->block_size, &bytes) || bytes > INT64_MAX)
		return false;

	const uint64_t start = be64_at(sb + 48);
	const unsigned group_bits = sb[124];
	xfs->log.is_internal = start != 0;
	if (group_bits > 31)
		return false;
	const uint64_t group = start >> group_bits, block = start & ((UINT64_C(1) << group_bits) - 1);
	xfs->log.start = (group * xfs->group_blocks + block) * xfs->block_size;
	xfs->log.length = (uint64_t)be32_at(sb + 96) * xfs->block_size;
	if (group >= xfs->groups || !range_within(xfs->log.start, xfs->log.length, bytes))
		xfs->log.is_internal = false;
	return true;
}

/* What is known against the maps; NULL for nothing. */
static const char *distrust(const struct xfs *xfs, const uint8_t *sb)
{
	const uint32_t ro_compat = be32_at(sb + 212), incompat = be32_at(sb + 216);
	if (sb[126] != 0)
		return "it was never made to the end";
	if (!xfs->has_checksums)
		return NULL;
	if ((incompat & INCOMPAT_NEEDS_REPAIR) != 0)
		return "its own system has marked it as damaged";
	if ((ro_compat & ~(uint32_t)RO_COMPAT_KNOWN) != 0 || (incompat & ~(uint32_t)INCOMPAT_KNOWN) != 0)
		return "it has features that are not known here";
	return NULL;
}

static void *xfs_open(const struct reader *view)
{
	uint8_t sb[SUPERBLOCK_SIZE];
	if (reader_read(view, 0, sb, sizeof sb) != 0 || be32_at(sb) != XFS_MAGIC)
		return NULL;
	struct xfs *xfs = calloc(1, sizeof *xfs);
	if (xfs == NULL)
		return NULL;
	if (parse_superblock(xfs, sb)) {
		xfs->distrust = distrust(xfs, sb);
		xfs->leaf = malloc(xfs->block_size);
		if (xfs->leaf != NULL)
			return xfs;
	}
	xfs_close(xfs);
	return NULL;
}

static int read_group_header(const struct xfs *xfs, const struct reader *view, uint32_t group,
			     struct group_header *header)
{
	uint8_t agf[128];
	const uint64_t start = (uint64_t)group * xfs->group_blocks;
	if (reader_read(view, start * xfs->block_size + xfs->sector_size, agf, sizeof agf) != 0)
		return -1;
	header->length = be32_at(agf + 12);
	header->root = be32_at(agf + 16);
	header->levels = be32_at(agf + 28);
	uint64_t expected = xfs->blocks - start;
	if (expected > xfs->group_blocks)
		expected = xfs->group_blocks;
	if (be32_at(agf) != AGF_MAGIC || be32_at(agf + 8) != group || header->length != expected ||
	    header->levels == 0 || header->levels > MAX_BTREE_LEVELS || header->root >= header->length)
		return -1;
	header->free_blocks = (uint64_t)be32_at(agf + 52) + be32_at(agf + 48);
	if (xfs->has_lazy_counts)
		header->free_blocks += be32_at(agf + 60);
	return header->free_blocks <= header->length ? 0 : -1;
}

static bool count_free_in_groups(const struct xfs *xfs, const struct reader *view, uint64_t *free_blocks)
{
	*free_blocks = 0;
	for (uint32_t i = 0; i < xfs->groups; i++) {
		struct group_header header;
		if (read_group_header(xfs, view, i, &header) != 0)
			return false;
		*free_blocks += header.free_blocks;
	}
	return true;
}

static int xfs_counts(void *own, const struct reader *view, struct fs_counts *counts)
{
	struct xfs *xfs = own;
	if (!xfs->log_examined) {
		xfs->log_state = xfs_log_examine(&xfs->log, view);
		xfs->log_examined = true;
	}
	counts->block_size = xfs->block_size;
	counts->total_blocks = xfs->blocks;
	counts->size_bytes = xfs->blocks * xfs->block_size;
	counts->state = xfs->log_state == XFS_LOG_CLEAN	  ? FS_CLEAN
			: xfs->log_state == XFS_LOG_DIRTY ? FS_DIRTY
							  : FS_STATE_UNKNOWN;
	counts->needs_replay = xfs->log_state != XFS_LOG_CLEAN;
	counts->distrust = xfs->distrust;
	counts->source = FS_STATED_BY_SUPERBLOCK;
	uint64_t free_blocks = xfs->free_blocks;
	/* A mounted filesystem keeps its total in memory and brings the super block up to date now and then only. */
	if (counts->state != FS_CLEAN && count_free_in_groups(xfs, view, &free_blocks))
		counts->source = FS_COUNTED_IN_MAPS;
	if (free_blocks > xfs->blocks)
		counts->source = FS_COUNT_UNKNOWN;
	else
		counts->used_blocks = xfs->blocks - free_blocks;
	return 0;
}

/* Reads a block of the tree into xfs->leaf and checks that it is one of `level`. */
static int read_tree_block(struct xfs *xfs, const struct reader *view, uint32_t block, uint32_t level,
			   uint32_t *records)
{
	const uint32_t header = xfs->has_checksums ? BTREE_HEADER_V5 : BTREE_HEADER_V4;
	const uint32_t entry = level == 0 ? FREE_RECORD_SIZE : KEY_SIZE + POINTER_SIZE;
	const uint64_t at = (uint64_t)xfs->group * xfs->group_blocks + block;
	if (block >= xfs->group_length || reader_read(view, at * xfs->block_size, xfs->leaf, xfs->block_size) != 0)
		return -1;
	if (be32_at(xfs->leaf) != (xfs->has_checksums ? (uint32_t)AB3B_MAGIC : (uint32_t)ABTB_MAGIC) ||
	    be16_at(xfs->leaf + 4) != level)
		return -1;
	*records = be16_at(xfs->leaf + 6);
	return *records <= (xfs->block_size - header) / entry ? 0 : -1;
}

static int open_leaf(struct xfs *xfs, const struct reader *view, uint32_t block)
{
	if (xfs->leaves_left-- == 0 || read_tree_block(xfs, view, block, 0, &xfs->records) != 0)
		return -1;
	xfs->record = 0;
	xfs->next_leaf = be32_at(xfs->leaf + 12);
	return 0;
}

/* Goes down the leftmost branch of the group's tree of free extents, which is ordered by block. */
static int open_group(struct xfs *xfs, const struct reader *view)
{
	struct group_header header;
	if (read_group_header(xfs, view, xfs->group, &header) != 0)
		return -1;
	xfs->group_length = header.length;
	xfs->leaves_left = header.length;
	xfs->done = 0;
	uint32_t block = header.root;
	for (uint32_t level = header.levels - 1; level > 0; level--) {
		uint32_t records;
		if (read_tree_block(xfs, view, block, level, &records) != 0 || records == 0)
			return -1;
		const uint32_t head = xfs->has_checksums ? BTREE_HEADER_V5 : BTREE_HEADER_V4;
		const uint32_t most = (xfs->block_size - head) / (KEY_SIZE + POINTER_SIZE);
		block = be32_at(xfs->leaf + head + most * KEY_SIZE);
	}
	if (open_leaf(xfs, view, block) != 0)
		return -1;
	xfs->group_open = true;
	return 0;
}

/* The next free extent of the open group: 1, 0 at its end, -1 when the tree is damaged. */
static int next_free(struct xfs *xfs, const struct reader *view, uint32_t *start, uint32_t *length)
{
	while (xfs->record >= xfs->records) {
		if (xfs->next_leaf == (uint32_t)NULL_BLOCK)
			return 0;
		if (open_leaf(xfs, view, xfs->next_leaf) != 0)
			return -1;
	}
	const uint32_t head = xfs->has_checksums ? BTREE_HEADER_V5 : BTREE_HEADER_V4;
	const uint8_t *record = xfs->leaf + head + (size_t)xfs->record++ * FREE_RECORD_SIZE;
	*start = be32_at(record);
	*length = be32_at(record + 4);
	return *start >= xfs->done && *length > 0 && range_within(*start, *length, xfs->group_length) ? 1 : -1;
}

static int xfs_next(void *own, const struct reader *view, struct fs_range *piece)
{
	struct xfs *xfs = own;
	for (; xfs->group < xfs->groups; xfs->group++, xfs->group_open = false) {
		if (!xfs->group_open && open_group(xfs, view) != 0)
			return -1;
		const uint64_t origin = (uint64_t)xfs->group * xfs->group_blocks * xfs->block_size;
		while (xfs->done < xfs->group_length) {
			uint32_t free_start, free_length;
			const int more = next_free(xfs, view, &free_start, &free_length);
			if (more < 0)
				return -1;
			const uint32_t from = xfs->done;
			if (more == 0) {
				free_start = xfs->group_length;
				free_length = 0;
			}
			/* A map that calls the group's headers free is wrong. */
			if (from == 0 &&
			    (uint64_t)free_start * xfs->block_size < (uint64_t)HEADER_SECTORS * xfs->sector_size)
				return -1;
			xfs->done = free_start + free_length;
			if (free_start > from) {
				*piece = (struct fs_range){origin + (uint64_t)from * xfs->block_size,
							   (uint64_t)(free_start - from) * xfs->block_size};
				return 1;
			}
		}
	}
	return 0;
}

static void xfs_rewind(void *own)
{
	struct xfs *xfs = own;
	xfs->group = 0;
	xfs->group_open = false;
}

const struct fs_driver xfs_driver = {"xfs", xfs_open, xfs_close, xfs_counts, xfs_next, xfs_rewind};
