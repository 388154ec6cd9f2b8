#include "ext_layout.h"

#include "bytes.h"
#include "sums.h"

enum {
	EXT_MAGIC = 0xef53,
	STATE_VALID = 0x1,
	STATE_ERROR = 0x2,
	COMPAT_HAS_JOURNAL = 0x4,
	COMPAT_SPARSE_SUPER2 = 0x200,
	INCOMPAT_RECOVER = 0x4,
	INCOMPAT_JOURNAL_DEV = 0x8,
	INCOMPAT_META_BG = 0x10,
	INCOMPAT_64BIT = 0x80,
	INCOMPAT_CSUM_SEED = 0x2000,
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
	SUM_TYPE_CRC32C = 1,
	SUPERBLOCK_SUM = 0x3fc,
	DESCRIPTOR_SUM = 0x1e,
	/* Where descriptors are wide enough, the upper half of the bitmap's checksum ends here. */
	BITMAP_SUM_END = 0x3a,
	UUID_SIZE = 16,
	/* Both halves of an inode's checksum; the upper one only where what is beyond 128 bytes reaches as far. */
	INODE_SUM = 0x7c,
	INODE_SUM_HIGH = 0x82,
	INODE_EXTRA = 0x80,
	/* mke2fs makes no smaller groups; without a bound a hostile disk could have a group for each block. */
	MIN_GROUP_CLUSTERS = 256,
};

/*
 * What is known against the maps. Without a journal, blocks of files may be free in maps that a power cut or a system
 * that is at work left behind; whoever repairs that needs those blocks.
 */
static const char *distrust(const struct ext_layout *layout, const uint8_t *sb)
{
	if ((layout->incompat & ~(uint32_t)INCOMPAT_KNOWN) != 0 ||
	    (layout->ro_compat & ~(uint32_t)RO_COMPAT_KNOWN) != 0)
		return "it has features that are not known here";
	if (layout->sums == EXT_METADATA_SUMS && sb[0x175] != SUM_TYPE_CRC32C)
		return "its checksums are of a kind that is not known here";
	if (layout->sums == EXT_METADATA_SUMS &&
	    !sums_match(le32_at(sb + SUPERBLOCK_SUM), crc32c_continue(UINT32_MAX, sb, SUPERBLOCK_SUM)))
		return "its super block does not match its checksum";
	if ((layout->state & STATE_ERROR) != 0)
		return "its own system has marked it as damaged";
	/* A journal in use leaves this alone. */
	if ((layout->state & STATE_VALID) == 0)
		return "it was not put away properly, or is in use without a journal";
	return NULL;
}

static void parse_sums(struct ext_layout *layout, const uint8_t *sb)
{
	const uint8_t *uuid = sb + 0x68;
	layout->sums = EXT_NO_SUMS;
	if (layout->ro_compat & RO_COMPAT_METADATA_CSUM)
		layout->sums = EXT_METADATA_SUMS;
	else if (layout->ro_compat & RO_COMPAT_GDT_CSUM)
		layout->sums = EXT_DESCRIPTOR_SUMS;
	layout->sum_seed = layout->incompat & INCOMPAT_CSUM_SEED ? le32_at(sb + 0x270)
								 : crc32c_continue(UINT32_MAX, uuid, UUID_SIZE);
	layout->sum_seed_16 = crc16_continue(UINT16_MAX, uuid, UUID_SIZE);
}

bool ext_layout_parse(struct ext_layout *layout, const uint8_t *sb)
{
	if (le16_at(sb + 0x38) != EXT_MAGIC)
		return false;
	const bool dynamic = le32_at(sb + 0x4c) >= 1;
	layout->compat = dynamic ? le32_at(sb + 0x5c) : 0;
	layout->incompat = dynamic ? le32_at(sb + 0x60) : 0;
	layout->ro_compat = dynamic ? le32_at(sb + 0x64) : 0;
	layout->state = le16_at(sb + 0x3a);
	if (layout->incompat & INCOMPAT_JOURNAL_DEV)
		return false;

	const uint32_t log_block = le32_at(sb + 0x18), log_cluster = le32_at(sb + 0x1c);
	if (log_block > 6)
		return false;
	layout->block_size = 1024u << log_block;
	layout->cluster_blocks = 1;
	layout->group_blocks = le32_at(sb + 0x20);
	layout->group_clusters = layout->group_blocks;
	if (layout->ro_compat & RO_COMPAT_BIGALLOC) {
		if (log_cluster < log_block || log_cluster - log_block > 16)
			return false;
		layout->cluster_blocks = 1u << (log_cluster - log_block);
		layout->group_clusters = le32_at(sb + 0x24);
	}
	if (layout->group_clusters < MIN_GROUP_CLUSTERS || layout->group_clusters > 8 * layout->block_size ||
	    (uint64_t)layout->group_clusters * layout->cluster_blocks != layout->group_blocks)
		return false;

	const bool wide = (layout->incompat & INCOMPAT_64BIT) != 0;
	layout->blocks = le32_at(sb + 0x4) | (wide ? (uint64_t)le32_at(sb + 0x150) << 32 : 0);
	layout->free_blocks = le32_at(sb + 0xc) | (wide ? (uint64_t)le32_at(sb + 0x158) << 32 : 0);
	layout->first_data_block = le32_at(sb + 0x14);
	uint64_t bytes;
	if (layout->first_data_block > 1 || layout->blocks <= layout->first_data_block ||
	    !multiply_u64(layout->blocks, layout->block_size, &bytes) || bytes > INT64_MAX)
		return false;
	layout->groups =
		(layout->blocks - layout->first_data_block + layout->group_blocks - 1) / layout->group_blocks;

	layout->descriptor_size = wide ? le16_at(sb + 0xfe) : 32;
	if (!is_power_of_two(layout->descriptor_size) || layout->descriptor_size < (wide ? 64u : 32u) ||
	    layout->descriptor_size > layout->block_size)
		return false;
	layout->descriptors_per_block = layout->block_size / layout->descriptor_size;
	layout->first_meta_bg = le32_at(sb + 0x104);
	layout->reserved_gdt_blocks = le16_at(sb + 0xce);
	layout->inode_size = dynamic ? le16_at(sb + 0x58) : EXT_LEAST_INODE_SIZE;
	layout->inodes_per_group = le32_at(sb + 0x28);
	layout->inode_table_blocks =
		((uint64_t)layout->inodes_per_group * layout->inode_size + layout->block_size - 1) /
		layout->block_size;
	layout->journal_inode = 0;
	if ((layout->compat & COMPAT_HAS_JOURNAL) != 0 && le32_at(sb + 0xe4) == 0)
		layout->journal_inode = le32_at(sb + 0xe0);
	layout->backup_groups[0] = le32_at(sb + 0x24c);
	layout->backup_groups[1] = le32_at(sb + 0x250);
	parse_sums(layout, sb);
	layout->distrust = distrust(layout, sb);
	return true;
}

bool ext_needs_replay(const struct ext_layout *layout)
{
	return (layout->incompat & INCOMPAT_RECOVER) != 0;
}

bool ext_is_clean(const struct ext_layout *layout)
{
	return (layout->state & STATE_VALID) != 0 && (layout->state & STATE_ERROR) == 0 && !ext_needs_replay(layout);
}

uint64_t ext_group_first_block(const struct ext_layout *layout, uint64_t group)
{
	return layout->first_data_block + group * layout->group_blocks;
}

static bool is_power_of(uint64_t value, uint64_t base)
{
	while (value > 1 && value % base == 0)
		value /= base;
	return value == 1;
}

static bool has_superblock(const struct ext_layout *layout, uint64_t group)
{
	if (group == 0)
		return true;
	if (layout->compat & COMPAT_SPARSE_SUPER2)
		return group == layout->backup_groups[0] || group == layout->backup_groups[1];
	if (group == 1 || (layout->ro_compat & RO_COMPAT_SPARSE_SUPER) == 0)
		return true;
	return is_power_of(group, 3) || is_power_of(group, 5) || is_power_of(group, 7);
}

static bool in_meta_bg(const struct ext_layout *layout, uint64_t group)
{
	return (layout->incompat & INCOMPAT_META_BG) != 0 &&
	       group / layout->descriptors_per_block >= layout->first_meta_bg;
}

/* With blocks of 1 KiB and clusters, block 0 belongs to group 0 and the super block is block 1. */
static uint32_t superblock_shift(const struct ext_layout *layout)
{
	return layout->block_size == 1024 && layout->first_data_block == 0 ? 1 : 0;
}

uint64_t ext_descriptors_block(const struct ext_layout *layout, uint64_t group)
{
	const uint64_t index = group / layout->descriptors_per_block;
	const uint64_t first = index * layout->descriptors_per_block;
	if (!in_meta_bg(layout, group))
		return layout->first_data_block + superblock_shift(layout) + 1 + index;
	return ext_group_first_block(layout, first) + (has_superblock(layout, first) ? 1 : 0) +
	       (index == 0 ? superblock_shift(layout) : 0);
}

size_t ext_descriptor_offset(const struct ext_layout *layout, uint64_t group)
{
	return (size_t)(group % layout->descriptors_per_block) * layout->descriptor_size;
}

uint64_t ext_group_head(const struct ext_layout *layout, uint64_t group)
{
	const uint64_t per_block = layout->descriptors_per_block;
	uint64_t head = has_superblock(layout, group) ? 1 : 0;
	if (in_meta_bg(layout, group)) {
		const uint64_t place = group % per_block;
		return head + (place == 0 || place == 1 || place == per_block - 1 ? 1 : 0);
	}
	if (head == 0)
		return 0;
	uint64_t blocks = (layout->groups + per_block - 1) / per_block;
	if ((layout->incompat & INCOMPAT_META_BG) != 0 && blocks > layout->first_meta_bg)
		blocks = layout->first_meta_bg;
	return head + blocks + layout->reserved_gdt_blocks;
}

/* What of a structure's number the checksums cover. */
static uint32_t continue_number(uint32_t state, uint32_t number)
{
	const uint8_t bytes[4] = {(uint8_t)number, (uint8_t)(number >> 8), (uint8_t)(number >> 16),
				  (uint8_t)(number >> 24)};
	return crc32c_continue(state, bytes, sizeof bytes);
}

/* Goes on over [from, to) of `bytes`, a half of a checksum that ends there taken as zeros. */
static uint32_t continue_to_hole(uint32_t state, const uint8_t *bytes, size_t from, size_t to)
{
	static const uint8_t zeros[2];
	return crc32c_continue(crc32c_continue(state, bytes + from, to - from), zeros, sizeof zeros);
}

/* Over the group's number and its descriptor, the checksum's own place taken as zeros or, in the older kind, left out. */
static uint32_t descriptor_sum(const struct ext_layout *layout, uint64_t number, const uint8_t *descriptor)
{
	const size_t behind = DESCRIPTOR_SUM + 2, rest = layout->descriptor_size - behind;
	if (layout->sums == EXT_DESCRIPTOR_SUMS) {
		const uint8_t index[4] = {(uint8_t)number, (uint8_t)(number >> 8), (uint8_t)(number >> 16),
					  (uint8_t)(number >> 24)};
		uint16_t sum = crc16_continue(layout->sum_seed_16, index, sizeof index);
		sum = crc16_continue(sum, descriptor, DESCRIPTOR_SUM);
		return crc16_continue(sum, descriptor + behind, rest);
	}
	uint32_t sum = continue_number(layout->sum_seed, (uint32_t)number);
	sum = continue_to_hole(sum, descriptor, 0, DESCRIPTOR_SUM);
	return crc32c_continue(sum, descriptor + behind, rest) & UINT16_MAX;
}

void ext_group_parse(const struct ext_layout *layout, uint64_t number, const uint8_t *d, struct ext_group *group)
{
	const bool wide = layout->descriptor_size >= 64;
	group->block_bitmap = le32_at(d) | (wide ? (uint64_t)le32_at(d + 0x20) << 32 : 0);
	group->inode_bitmap = le32_at(d + 0x4) | (wide ? (uint64_t)le32_at(d + 0x24) << 32 : 0);
	group->inode_table = le32_at(d + 0x8) | (wide ? (uint64_t)le32_at(d + 0x28) << 32 : 0);
	group->free_clusters = le16_at(d + 0xc) | (wide ? (uint32_t)le16_at(d + 0x2c) << 16 : 0);
	group->flags = le16_at(d + 0x12);
	group->bitmap_sum = le16_at(d + 0x18) | (wide ? (uint32_t)le16_at(d + 0x38) << 16 : 0);
	group->is_sound = layout->sums == EXT_NO_SUMS ||
			  sums_match(le16_at(d + DESCRIPTOR_SUM), descriptor_sum(layout, number, d));
}

uint32_t ext_bitmap_sum(const struct ext_layout *layout, const uint8_t *bitmap)
{
	if (layout->sums != EXT_METADATA_SUMS)
		return 0;
	const uint32_t sum = crc32c_continue(layout->sum_seed, bitmap, layout->group_clusters / 8);
	return layout->descriptor_size >= BITMAP_SUM_END ? sum : sum & UINT16_MAX;
}

uint32_t ext_inode_seed(const struct ext_layout *layout, uint32_t number, const uint8_t *inode)
{
	/* Its number and its generation. */
	return crc32c_continue(continue_number(layout->sum_seed, number), inode + 0x64, 4);
}

bool ext_inode_is_sound(const struct ext_layout *layout, uint32_t number, const uint8_t *inode)
{
	if (layout->sums != EXT_METADATA_SUMS)
		return true;
	uint32_t sum = continue_to_hole(ext_inode_seed(layout, number, inode), inode, 0, INODE_SUM);
	sum = crc32c_continue(sum, inode + INODE_SUM + 2, INODE_EXTRA - INODE_SUM - 2);
	const bool has_high = layout->inode_size > EXT_LEAST_INODE_SIZE &&
			      le16_at(inode + INODE_EXTRA) >= INODE_SUM_HIGH + 2 - INODE_EXTRA;
	size_t at = INODE_EXTRA;
	if (has_high) {
		sum = continue_to_hole(sum, inode, at, INODE_SUM_HIGH);
		at = INODE_SUM_HIGH + 2;
	}
	sum = crc32c_continue(sum, inode + at, layout->inode_size - at);
	const uint32_t low = le16_at(inode + INODE_SUM), high = has_high ? le16_at(inode + INODE_SUM_HIGH) : 0;
	return sums_match(low | high << 16, has_high ? sum : sum & UINT16_MAX);
}
