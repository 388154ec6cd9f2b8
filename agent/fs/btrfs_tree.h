/*
 * Searching btrfs B-trees, and the map from logical addresses to the disk. Single-device filesystems only.
 */
#ifndef SMA_FS_BTRFS_TREE_H
#define SMA_FS_BTRFS_TREE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "reader.h"

enum {
	BTRFS_NODE_HEADER = 101,
	BTRFS_KEY_SIZE = 17,
	BTRFS_MAX_NODE = 65536,
	BTRFS_MAX_LEVEL = 8,
	BTRFS_TYPE_EXTENT_ITEM = 168,
	BTRFS_TYPE_METADATA_ITEM = 169,
	BTRFS_TYPE_ROOT_ITEM = 132,
	BTRFS_TYPE_CHUNK_ITEM = 228,
};

struct btrfs_key {
	uint64_t object;
	uint8_t type;
	uint64_t offset;
};

/* One copy (or stripe) of a chunk on the device. */
struct btrfs_stripe {
	uint64_t logical;
	uint64_t length;
	uint64_t physical;
	/* True where logical and physical addresses run in step. */
	bool is_linear;
};

/* Sorted by logical address once btrfs_map_sort was called; the copies of a chunk stand side by side. */
struct btrfs_map {
	struct btrfs_stripe *stripes;
	uint32_t count;
	uint32_t room;
};

/* The kinds of checksum, by the super block's numbers, and the room that each has. */
enum {
	BTRFS_SUM_CRC32C = 0,
	BTRFS_SUM_XXHASH64 = 1,
	BTRFS_SUM_SHA256 = 2,
	BTRFS_SUM_BLAKE2 = 3,
	BTRFS_SUM_SIZE = 32,
};

/* What a node says of itself and whoever points at it expects; another one has taken the place of it otherwise. */
struct btrfs_tree {
	const struct btrfs_map *map;
	uint32_t node_size;
	uint16_t sum_kind;
	/* Counts nodes of which a copy was found and none matches its checksum. */
	uint64_t *doubted;
	uint64_t owner;
	uint64_t root;
	uint64_t root_generation;
	uint8_t root_level;
};

/* Where an item of a leaf that was found is. */
struct btrfs_item {
	struct btrfs_key key;
	/* Inside the caller's node buffer. */
	const uint8_t *data;
	uint32_t size;
};

/* A place in a tree: the leaf in `node`, the next item, and where the leaf to the right begins. */
struct btrfs_cursor {
	uint8_t *node;
	uint32_t items;
	uint32_t item;
	bool has_next_leaf;
	struct btrfs_key next_leaf;
};

bool btrfs_is_known_sum(uint16_t kind);
/* Whether a node, or the super block, matches the checksum that it begins with. */
bool btrfs_is_sound(uint16_t sum_kind, const uint8_t *block, size_t size);

int btrfs_key_compare(const struct btrfs_key *a, const struct btrfs_key *b);
struct btrfs_key btrfs_key_at(const uint8_t *bytes);

/* Adds the stripes of a chunk item. Returns false when the item is damaged, or there are absurdly many. */
bool btrfs_map_add_chunk(struct btrfs_map *map, uint64_t logical, const uint8_t *item, uint32_t size);

void btrfs_map_sort(struct btrfs_map *map);

/* Places the cursor, whose `node` has room for a node, at the first item not less than `key`. Returns 0 or -1. */
int btrfs_seek(const struct btrfs_tree *tree, const struct reader *view, const struct btrfs_key *key,
	       struct btrfs_cursor *cursor);

/* The next item: 1, 0 behind the last one, -1 when a node is damaged. */
int btrfs_next_item(const struct btrfs_tree *tree, const struct reader *view, struct btrfs_cursor *cursor,
		    struct btrfs_item *item);

#endif
