/*
 * XFS, versions 4 and 5, data device. Layout: "XFS Algorithms & Data Structures" (allocation groups, free space
 * B+trees). Everything is big-endian, but for version 5's checksums.
 */
#include <stdlib.h>
#include <string.h>

#include "bytes.h"
#include "driver.h"
#include "sums.h"
#include "xfs_log.h"

enum {
	SUPERBLOCK_SIZE = 512,
	MAX_SECTOR_SIZE = 32768,
	/* Where the checksums of version 5 stand: in the super block, in a group's header, in a tree's node. */
	SUPERBLOCK_SUM = 224,
	AGF_SUM = 216,
	NODE_SUM = 52,
	SUM_SIZE = 4,
	NODE_PLACE = 16,
	NODE_OWNER = 48,
	BASIC_BLOCK = 512,
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
	/* Groups so far of which something does not match its checksum. */
	uint64_t doubted;
};

/* How reading a part of the map ends. */
enum { READ = 0, DAMAGED = -1, DOUBTED = -2 };

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
	    xfs->sector_size > MAX_SECTOR_SIZE || xfs->groups == 0 || xfs->groups > MAX_GROUPS || xfs->group_blocks == 0)
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

/* Whether `bytes` match the checksum that stands at `sum_at` in them. Version 4 has none. */
static bool is_sound(const struct xfs *xfs, const uint8_t *bytes, size_t length, size_t sum_at)
{
	return !xfs->has_checksums ||
	       sums_match(le32_at(bytes + sum_at), crc32c_around(bytes, length, sum_at, SUM_SIZE));
}

/* The same of a sector that is still to be read. */
static bool is_sector_sound(const struct xfs *xfs, const struct reader *view, uint64_t at, size_t sum_at)
{
	uint8_t *sector = malloc(xfs->sector_size);
	const bool sound = sector != NULL && reader_read(view, at, sector, xfs->sector_size) == 0 &&
			   is_sound(xfs, sector, xfs->sector_size, sum_at);
	free(sector);
	return sound;
}

/* What is known against the maps; NULL for nothing. */
static const char *distrust(const struct xfs *xfs, const struct reader *view, const uint8_t *sb)
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
	if (!is_sector_sound(xfs, view, 0, SUPERBLOCK_SUM))
		return "its super block does not match its checksum";
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
		xfs->distrust = distrust(xfs, view, sb);
		xfs->leaf = malloc(xfs->block_size);
		if (xfs->leaf != NULL)
			return xfs;
	}
	xfs_close(xfs);
	return NULL;
}

/* READ, DAMAGED or DOUBTED. */
static int read_group_header(const struct xfs *xfs, const struct reader *view, uint32_t group,
			     struct group_header *header)
{
	uint8_t agf[128];
	const uint64_t start = (uint64_t)group * xfs->group_blocks;
	const uint64_t at = start * xfs->block_size + xfs->sector_size;
	if (reader_read(view, at, agf, sizeof agf) != 0)
		return DAMAGED;
	if (xfs->has_checksums && !is_sector_sound(xfs, view, at, AGF_SUM))
		return DOUBTED;
	header->length = be32_at(agf + 12);
	header->root = be32_at(agf + 16);
	header->levels = be32_at(agf + 28);
	uint64_t expected = xfs->blocks - start;
	if (expected > xfs->group_blocks)
		expected = xfs->group_blocks;
	if (be32_at(agf) != AGF_MAGIC || be32_at(agf + 8) != group || header->length != expected ||
	    header->levels == 0 || header->levels > MAX_BTREE_LEVELS || header->root >= header->length)
		return DAMAGED;
	header->free_blocks = (uint64_t)be32_at(agf + 52) + be32_at(agf + 48);
	if (xfs->has_lazy_counts)
		header->free_blocks += be32_at(agf + 60);
	return header->free_blocks <= header->length ? READ : DAMAGED;
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

/* Where the node says that it is, and whose: another one may have been written in its place. */
static bool is_in_its_place(const struct xfs *xfs, uint64_t at)
{
	return !xfs->has_checksums || (be64_at(xfs->leaf + NODE_PLACE) == at / BASIC_BLOCK &&
				       be32_at(xfs->leaf + NODE_OWNER) == xfs->group);
}

/* Reads a block of the tree into xfs->leaf and checks that it is one of `level`. READ, DAMAGED or DOUBTED. */
static int read_tree_block(struct xfs *xfs, const struct reader *view, uint32_t block, uint32_t level,
			   uint32_t *records)
{
	const uint32_t header = xfs->has_checksums ? BTREE_HEADER_V5 : BTREE_HEADER_V4;
	const uint32_t entry = level == 0 ? FREE_RECORD_SIZE : KEY_SIZE + POINTER_SIZE;
	const uint64_t at = ((uint64_t)xfs->group * xfs->group_blocks + block) * xfs->block_size;
	if (block >= xfs->group_length || reader_read(view, at, xfs->leaf, xfs->block_size) != 0)
		return DAMAGED;
	if (!is_sound(xfs, xfs->leaf, xfs->block_size, NODE_SUM) || !is_in_its_place(xfs, at))
		return DOUBTED;
	if (be32_at(xfs->leaf) != (xfs->has_checksums ? (uint32_t)AB3B_MAGIC : (uint32_t)ABTB_MAGIC) ||
	    be16_at(xfs->leaf + 4) != level)
		return DAMAGED;
	*records = be16_at(xfs->leaf + 6);
	return *records <= (xfs->block_size - header) / entry ? READ : DAMAGED;
}

static int open_leaf(struct xfs *xfs, const struct reader *view, uint32_t block)
{
	const int result = read_tree_block(xfs, view, block, 0, &xfs->records);
	xfs->record = 0;
	xfs->next_leaf = be32_at(xfs->leaf + 12);
	return result;
}

/* Goes down the leftmost branch of the group's tree of free extents, which is ordered by block. */
static int open_group(struct xfs *xfs, const struct reader *view)
{
	struct group_header header;
	int result = read_group_header(xfs, view, xfs->group, &header);
	if (result != READ)
		return result;
	uint32_t block = header.root;
	for (uint32_t level = header.levels - 1; level > 0; level--) {
		uint32_t records;
		result = read_tree_block(xfs, view, block, level, &records);
		if (result != READ || records == 0)
			return result != READ ? result : DAMAGED;
		const uint32_t head = xfs->has_checksums ? BTREE_HEADER_V5 : BTREE_HEADER_V4;
		const uint32_t most = (xfs->block_size - head) / (KEY_SIZE + POINTER_SIZE);
		block = be32_at(xfs->leaf + head + most * KEY_SIZE);
	}
	return open_leaf(xfs, view, block);
}

/* The next free extent of the open group: 1, 0 at its end, DAMAGED or DOUBTED. */
static int next_free(struct xfs *xfs, const struct reader *view, uint32_t *start, uint32_t *length)
{
	while (xfs->record >= xfs->records) {
		if (xfs->next_leaf == (uint32_t)NULL_BLOCK)
			return 0;
		const int result = open_leaf(xfs, view, xfs->next_leaf);
		if (result != READ)
			return result;
		/* Only the leaf of a full group is empty, and that is its tree's only node. Others could lead in circles. */
		if (xfs->records == 0)
			return DAMAGED;
	}
	const uint32_t head = xfs->has_checksums ? BTREE_HEADER_V5 : BTREE_HEADER_V4;
	const uint8_t *record = xfs->leaf + head + (size_t)xfs->record++ * FREE_RECORD_SIZE;
	*start = be32_at(record);
	*length = be32_at(record + 4);
	return *start >= xfs->done && *length > 0 && range_within(*start, *length, xfs->group_length) ? 1 : DAMAGED;
}

/* Begins with group xfs->group. False when its map contradicts itself. */
static bool begin_group(struct xfs *xfs, const struct reader *view)
{
	const uint64_t left = xfs->blocks - (uint64_t)xfs->group * xfs->group_blocks;
	xfs->group_length = left < xfs->group_blocks ? (uint32_t)left : xfs->group_blocks;
	xfs->done = 0;
	xfs->group_open = true;
	const int result = open_group(xfs, view);
	if (result == DOUBTED) {
		/* As if nothing of it were free. */
		xfs->doubted++;
		xfs->records = xfs->record = 0;
		xfs->next_leaf = NULL_BLOCK;
	}
	return result != DAMAGED;
}

static int xfs_next(void *own, const struct reader *view, struct fs_range *piece)
{
	struct xfs *xfs = own;
	for (; xfs->group < xfs->groups; xfs->group++, xfs->group_open = false) {
		if (!xfs->group_open && !begin_group(xfs, view))
			return -1;
		const uint64_t origin = (uint64_t)xfs->group * xfs->group_blocks * xfs->block_size;
		while (xfs->done < xfs->group_length) {
			uint32_t free_start = 0, free_length = 0;
			const int more = next_free(xfs, view, &free_start, &free_length);
			if (more == DAMAGED)
				return -1;
			const uint32_t from = xfs->done;
			xfs->doubted += more == DOUBTED ? 1 : 0;
			if (more != 1) {
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
	xfs->doubted = 0;
}

static uint64_t xfs_doubted(const void *own)
{
	return ((const struct xfs *)own)->doubted;
}

const struct fs_driver xfs_driver = {"xfs",    xfs_open,   xfs_close,  xfs_counts,
				     xfs_next, xfs_rewind, xfs_doubted};
