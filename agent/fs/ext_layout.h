/*
 * Where an ext2/3/4 filesystem keeps what it knows of itself, and whether that matches its checksums. Layout: the
 * kernel's Documentation/filesystems/ext4 (super block, group descriptors, checksums).
 */
#ifndef SMA_FS_EXT_LAYOUT_H
#define SMA_FS_EXT_LAYOUT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
	EXT_SUPERBLOCK_OFFSET = 1024,
	EXT_SUPERBLOCK_SIZE = 1024,
	EXT_LEAST_INODE_SIZE = 128,
	EXT_GROUP_BLOCK_UNINIT = 0x2,
};

/* Which structures carry checksums. */
enum ext_sums {
	EXT_NO_SUMS,
	/* Group descriptors, with CRC-16. */
	EXT_DESCRIPTOR_SUMS,
	/* Everything, with CRC-32C. */
	EXT_METADATA_SUMS,
};

struct ext_layout {
	uint32_t block_size;
	uint32_t cluster_blocks;
	uint64_t blocks;
	uint64_t free_blocks;
	uint32_t first_data_block;
	uint32_t group_blocks;
	uint32_t group_clusters;
	uint64_t groups;
	uint32_t descriptor_size;
	uint32_t descriptors_per_block;
	uint32_t first_meta_bg;
	uint32_t reserved_gdt_blocks;
	uint64_t inode_table_blocks;
	uint32_t backup_groups[2];
	uint32_t compat, incompat, ro_compat;
	uint16_t state;
	uint32_t inodes_per_group;
	uint32_t inode_size;
	uint32_t journal_inode; /* 0: none, or on another device */
	enum ext_sums sums;
	/* What every CRC-32C goes on from. */
	uint32_t sum_seed;
	uint16_t sum_seed_16;
	/* NULL, or what is known against the maps. */
	const char *distrust;
};

struct ext_group {
	uint64_t block_bitmap;
	uint64_t inode_bitmap;
	uint64_t inode_table;
	/* Clusters. */
	uint32_t free_clusters;
	uint16_t flags;
	/* Of the block bitmap. */
	uint32_t bitmap_sum;
	/* The descriptor matches its own checksum, or has none. */
	bool is_sound;
};

/* False when it is no such filesystem, or one that contradicts itself. */
bool ext_layout_parse(struct ext_layout *layout, const uint8_t *superblock);

/* A log waits to be replayed. */
bool ext_needs_replay(const struct ext_layout *layout);
bool ext_is_clean(const struct ext_layout *layout);

uint64_t ext_group_first_block(const struct ext_layout *layout, uint64_t group);
/* The block that holds a group's descriptor, and where in that block it begins. */
uint64_t ext_descriptors_block(const struct ext_layout *layout, uint64_t group);
size_t ext_descriptor_offset(const struct ext_layout *layout, uint64_t group);
/* Blocks at the group's beginning that hold copies of the super block and the descriptors. */
uint64_t ext_group_head(const struct ext_layout *layout, uint64_t group);

void ext_group_parse(const struct ext_layout *layout, uint64_t number, const uint8_t *descriptor,
		     struct ext_group *group);
/* What the checksums of an inode and of its extents go on from, and whether its own, of inode_size bytes, matches. */
uint32_t ext_inode_seed(const struct ext_layout *layout, uint32_t number, const uint8_t *inode);
bool ext_inode_is_sound(const struct ext_layout *layout, uint32_t number, const uint8_t *inode);
/* A bitmap's checksum, cut to as many bits as the descriptor has room for. 0 where bitmaps have none. */
uint32_t ext_bitmap_sum(const struct ext_layout *layout, const uint8_t *bitmap);

#endif
