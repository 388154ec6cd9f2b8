/*
 * Layout: the btrfs documentation "On-disk Format" (header, key, item, node pointer, chunk item).
 */
#include "btrfs_tree.h"

#include <stdlib.h>
#include <string.h>

#include "bytes.h"
#include "digests.h"
#include "sums.h"

enum {
	ITEM_SIZE = 25,
	POINTER_SIZE = 33,
	CHUNK_HEAD = 48,
	STRIPE_SIZE = 32,
	MAX_STRIPES = 1 << 16,
	PROFILE_RAID0 = 0x8,
	PROFILE_RAID10 = 0x40,
	PROFILE_RAID5 = 0x80,
	PROFILE_RAID6 = 0x100,
};

int btrfs_key_compare(const struct btrfs_key *a, const struct btrfs_key *b)
{
	if (a->object != b->object)
		return a->object < b->object ? -1 : 1;
	if (a->type != b->type)
		return a->type < b->type ? -1 : 1;
	if (a->offset != b->offset)
		return a->offset < b->offset ? -1 : 1;
	return 0;
}

struct btrfs_key btrfs_key_at(const uint8_t *bytes)
{
	return (struct btrfs_key){le64_at(bytes), bytes[8], le64_at(bytes + 9)};
}

bool btrfs_map_add_chunk(struct btrfs_map *map, uint64_t logical, const uint8_t *item, uint32_t size)
{
	if (size < CHUNK_HEAD + STRIPE_SIZE)
		return false;
	const uint64_t length = le64_at(item), profile = le64_at(item + 24);
	const uint32_t stripes = le16_at(item + 44);
	uint64_t end;
	if (stripes == 0 || size < CHUNK_HEAD + (uint64_t)stripes * STRIPE_SIZE || length == 0 ||
	    !add_u64(logical, length, &end))
		return false;
	for (uint32_t i = 0; i < stripes; i++) {
		if (map->count == map->room) {
			const uint32_t room = map->room == 0 ? 64 : map->room * 2;
			struct btrfs_stripe *larger =
				room <= MAX_STRIPES ? realloc(map->stripes, room * sizeof *larger) : NULL;
			if (larger == NULL)
				return false;
			map->stripes = larger;
			map->room = room;
		}
		struct btrfs_stripe *stripe = &map->stripes[map->count++];
		*stripe = (struct btrfs_stripe){logical, length, le64_at(item + CHUNK_HEAD + i * STRIPE_SIZE + 8),
						true};
		/* On one device striping still splits the chunk; taking its whole length for each stripe errs upwards. */
		stripe->is_linear = (profile & (PROFILE_RAID0 | PROFILE_RAID10 | PROFILE_RAID5 | PROFILE_RAID6)) ==
					    0 ||
				    stripes == 1;
		if (!add_u64(stripe->physical, length, &end) || end > INT64_MAX)
			return false;
	}
	return true;
}

static int by_logical(const void *a, const void *b)
{
	const struct btrfs_stripe *x = a, *y = b;
	if (x->logical != y->logical)
		return x->logical < y->logical ? -1 : 1;
	return x->physical < y->physical ? -1 : x->physical > y->physical;
}

void btrfs_map_sort(struct btrfs_map *map)
{
	if (map->count > 0)
		qsort(map->stripes, map->count, sizeof map->stripes[0], by_logical);
}

/* The first stripe of the chunk that holds a logical address, or of the one before it. */
static uint32_t find_chunk(const struct btrfs_map *map, uint64_t logical)
{
	uint32_t low = 0, high = map->count;
	while (high - low > 1) {
		const uint32_t middle = low + (high - low) / 2;
		if (map->stripes[middle].logical <= logical)
			low = middle;
		else
			high = middle;
	}
	while (low > 0 && map->stripes[low - 1].logical == map->stripes[low].logical)
		low--;
	return low;
}

struct expected_node {
	uint64_t logical;
	uint64_t generation;
	uint8_t level;
};

/*
 * A mounted filesystem goes on while its trees are being read: a block that was freed and taken again has the same
 * address, but another transaction's number or another tree's. The same tells a copy that missed a write.
 */
static bool is_expected(const struct btrfs_tree *tree, const struct expected_node *expected, const uint8_t *node)
{
	return le64_at(node + 48) == expected->logical && le64_at(node + 80) == expected->generation &&
	       le64_at(node + 88) == tree->owner && node[100] == expected->level;
}

bool btrfs_is_known_sum(uint16_t kind)
{
	return kind <= BTRFS_SUM_BLAKE2;
}

bool btrfs_is_sound(uint16_t sum_kind, const uint8_t *block, size_t size)
{
	const uint8_t *covered = block + BTRFS_SUM_SIZE;
	const size_t length = size - BTRFS_SUM_SIZE;
	uint8_t digest[DIGEST_SIZE];
	switch (sum_kind) {
	case BTRFS_SUM_CRC32C:
		return sums_match(le32_at(block), crc32c_of(covered, length));
	case BTRFS_SUM_XXHASH64:
		return sums_match(le64_at(block), xxhash64_of(covered, length));
	case BTRFS_SUM_SHA256:
		sha256_digest(covered, length, digest);
		break;
	case BTRFS_SUM_BLAKE2:
		blake2b_digest(covered, length, digest);
		break;
	default:
		return false;
	}
	return sums_match(0, (uint64_t)(memcmp(block, digest, sizeof digest) != 0));
}

/* Reads a node through the first copy that can be read and is what it should be. */
static int read_node(const struct btrfs_tree *tree, const struct reader *view, const struct expected_node *expected,
		     uint8_t *node)
{
	const uint64_t logical = expected->logical;
	const struct btrfs_map *map = tree->map;
	bool is_doubted = false;
	for (uint32_t i = find_chunk(map, logical); i < map->count && map->stripes[i].logical <= logical; i++) {
		const struct btrfs_stripe *stripe = &map->stripes[i];
		if (!stripe->is_linear || !range_within(logical - stripe->logical, tree->node_size, stripe->length))
			continue;
		if (reader_read(view, stripe->physical + (logical - stripe->logical), node, tree->node_size) != 0)
			continue;
		const bool is_sound = btrfs_is_sound(tree->sum_kind, node, tree->node_size);
		if (is_sound && is_expected(tree, expected, node))
			return 0;
		is_doubted = is_doubted || !is_sound;
	}
	*tree->doubted += is_doubted ? 1 : 0;
	return -1;
}

static struct btrfs_key entry_key(const uint8_t *node, uint32_t entry_size, uint32_t index)
{
	return btrfs_key_at(node + BTRFS_NODE_HEADER + (size_t)index * entry_size);
}

/* The last entry whose key is not greater than `key`; the first one when all are greater. */
static uint32_t find_entry(const uint8_t *node, uint32_t entry_size, uint32_t count, const struct btrfs_key *key)
{
	uint32_t low = 0, high = count;
	while (high - low > 1) {
		const uint32_t middle = low + (high - low) / 2;
		const struct btrfs_key at = entry_key(node, entry_size, middle);
		if (btrfs_key_compare(&at, key) <= 0)
			low = middle;
		else
			high = middle;
	}
	return low;
}

/* Every key lies in [low, high) and they ascend: what a node must fulfil for a search to make progress. */
static bool keys_ascend(const uint8_t *node, uint32_t entry_size, uint32_t count, const struct btrfs_key *low,
			const struct btrfs_key *high)
{
	struct btrfs_key before = *low;
	for (uint32_t i = 0; i < count; i++) {
		const struct btrfs_key key = entry_key(node, entry_size, i);
		const int step = btrfs_key_compare(&before, &key);
		if (step > 0 || (step == 0 && i > 0) || (high != NULL && btrfs_key_compare(&key, high) >= 0))
			return false;
		before = key;
	}
	return true;
}

int btrfs_seek(const struct btrfs_tree *tree, const struct reader *view, const struct btrfs_key *key,
	       struct btrfs_cursor *cursor)
{
	struct expected_node expected = {tree->root, tree->root_generation, tree->root_level};
	struct btrfs_key low = {0, 0, 0};
	cursor->has_next_leaf = false;
	if (tree->root_level >= BTRFS_MAX_LEVEL)
		return -1;
	for (int level = tree->root_level; level >= 0; level--) {
		const uint32_t entry_size = level == 0 ? ITEM_SIZE : POINTER_SIZE;
		uint8_t *node = cursor->node;
		expected.level = (uint8_t)level;
		if (read_node(tree, view, &expected, node) != 0)
			return -1;
		const uint32_t count = le32_at(node + 96);
		if (count > (tree->node_size - BTRFS_NODE_HEADER) / entry_size || (count == 0 && level > 0) ||
		    !keys_ascend(node, entry_size, count, &low, cursor->has_next_leaf ? &cursor->next_leaf : NULL))
			return -1;
		if (level == 0) {
			cursor->items = count;
			cursor->item = 0;
			while (cursor->item < count) {
				const struct btrfs_key at = entry_key(node, entry_size, cursor->item);
				if (btrfs_key_compare(&at, key) >= 0)
					break;
				cursor->item++;
			}
			return 0;
		}
		const uint32_t entry = find_entry(node, entry_size, count, key);
		low = entry_key(node, entry_size, entry);
		const uint8_t *pointer = node + BTRFS_NODE_HEADER + (size_t)entry * entry_size + BTRFS_KEY_SIZE;
		expected.logical = le64_at(pointer);
		expected.generation = le64_at(pointer + 8);
		if (entry + 1 < count) {
			cursor->next_leaf = entry_key(node, entry_size, entry + 1);
			cursor->has_next_leaf = true;
		}
	}
	return -1;
}

int btrfs_next_item(const struct btrfs_tree *tree, const struct reader *view, struct btrfs_cursor *cursor,
		    struct btrfs_item *item)
{
	while (cursor->item >= cursor->items) {
		if (!cursor->has_next_leaf)
			return 0;
		const struct btrfs_key key = cursor->next_leaf;
		if (btrfs_seek(tree, view, &key, cursor) != 0)
			return -1;
		/* The parent promised that this leaf starts there. */
		if (cursor->items == 0)
			return -1;
	}
	const uint8_t *entry = cursor->node + BTRFS_NODE_HEADER + (size_t)cursor->item * ITEM_SIZE;
	const uint32_t offset = le32_at(entry + BTRFS_KEY_SIZE), size = le32_at(entry + BTRFS_KEY_SIZE + 4);
	if (!range_within(offset, size, tree->node_size - BTRFS_NODE_HEADER))
		return -1;
	item->key = btrfs_key_at(entry);
	item->data = cursor->node + BTRFS_NODE_HEADER + offset;
	item->size = size;
	cursor->item++;
	return 1;
}
