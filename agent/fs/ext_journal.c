#include "ext_journal.h"

#include <stdlib.h>
#include <string.h>

#include "bytes.h"
#include "sums.h"

enum {
	INODE_HAS_EXTENTS = 0x80000,
	EXTENT_MAGIC = 0xf30a,
	EXTENT_SIZE = 12,
	MAX_EXTENT_DEPTH = 5,
	/* Longer extents are allocated but never written: no journal has them. */
	MAX_EXTENT_LENGTH = 32768,
	MAX_PIECES = 16384,
	MAX_COPIES = 131072,
	DIRECT_BLOCKS = 12,
	JOURNAL_MAGIC = 0xc03b3998,
	BLOCK_DESCRIPTOR = 1,
	BLOCK_COMMIT = 2,
	BLOCK_SUPER_1 = 3,
	BLOCK_SUPER_2 = 4,
	BLOCK_REVOKE = 5,
	HEADER_SIZE = 12,
	INCOMPAT_REVOKE = 0x1,
	INCOMPAT_64BIT = 0x2,
	INCOMPAT_ASYNC_COMMIT = 0x4,
	INCOMPAT_CSUM_V2 = 0x8,
	INCOMPAT_CSUM_V3 = 0x10,
	INCOMPAT_UNDERSTOOD = INCOMPAT_REVOKE | INCOMPAT_64BIT | INCOMPAT_ASYNC_COMMIT | INCOMPAT_CSUM_V2 |
			      INCOMPAT_CSUM_V3,
	TAG_ESCAPED = 1,
	TAG_SAME_UUID = 2,
	TAG_LAST = 8,
	UUID_SIZE = 16,
	SUPERBLOCK_SIZE = 1024,
	/* Where the journal's own blocks have their checksums; descriptors at their end. */
	SUPERBLOCK_UUID = 48,
	SUPERBLOCK_SUM = 252,
	COMMIT_SUM = 16,
	SUM_SIZE = 4,
};

/* Where a run of the journal's blocks lies in the filesystem. */
struct piece {
	uint64_t logical, physical, count;
};

struct copy {
	uint64_t block;
	/* Where in the filesystem the copy is. */
	uint64_t at;
	bool is_escaped;
	bool is_committed;
};

struct ext_journal {
	struct ext_journal_place place;
	struct piece *pieces;
	size_t piece_count;
	struct copy *copies;
	size_t copy_count;
	/* Of the journal's own super block. */
	uint32_t length, first, sequence, start, incompat;
	uint32_t sum_seed;
};

void ext_journal_free(struct ext_journal *journal)
{
	if (journal == NULL)
		return;
	free(journal->pieces);
	free(journal->copies);
	free(journal);
}

/* Room for one more item of an array that grows by doubling. */
static void *grow(void *items, size_t count, size_t most, size_t size)
{
	if (count == most)
		return NULL;
	if (count != 0 && !is_power_of_two(count))
		return items;
	return realloc(items, (count == 0 ? 1 : count * 2) * size);
}

static bool add_piece(struct ext_journal *journal, uint64_t logical, uint64_t physical, uint64_t count)
{
	struct piece *last = journal->piece_count == 0 ? NULL : &journal->pieces[journal->piece_count - 1];
	if (count == 0 || !range_within(physical, count, journal->place.blocks) ||
	    (last != NULL && logical < last->logical + last->count))
		return false;
	if (last != NULL && last->logical + last->count == logical && last->physical + last->count == physical) {
		last->count += count;
		return true;
	}
	struct piece *larger = grow(journal->pieces, journal->piece_count, MAX_PIECES, sizeof *larger);
	if (larger == NULL)
		return false;
	journal->pieces = larger;
	journal->pieces[journal->piece_count++] = (struct piece){logical, physical, count};
	return true;
}

static int read_block(const struct ext_journal *journal, const struct reader *view, uint64_t block, uint8_t *bytes)
{
	const uint32_t size = journal->place.block_size;
	return block < journal->place.blocks ? reader_read(view, block * size, bytes, size) : -1;
}

/* A block of the extent tree has its checksum behind the room for its entries. */
static bool is_extent_block_sound(const struct ext_journal *journal, const uint8_t *node)
{
	const size_t sum_at = EXTENT_SIZE + (size_t)le16_at(node + 4) * EXTENT_SIZE;
	return !journal->place.has_sums ||
	       (range_within(sum_at, SUM_SIZE, journal->place.block_size) &&
		sums_match(le32_at(node + sum_at), crc32c_continue(journal->place.inode_seed, node, sum_at)));
}

/* A node of the extent tree of `size` bytes. */
static bool walk_extents(struct ext_journal *journal, const struct reader *view, const uint8_t *node, size_t size,
			 int depth_left)
{
	const uint16_t entries = le16_at(node + 2), depth = le16_at(node + 6);
	if (le16_at(node) != EXTENT_MAGIC || depth != depth_left ||
	    (size_t)entries * EXTENT_SIZE + EXTENT_SIZE > size)
		return false;
	uint8_t *below = depth == 0 ? NULL : malloc(journal->place.block_size);
	bool good = depth == 0 || below != NULL;
	for (uint16_t i = 0; i < entries && good; i++) {
		const uint8_t *entry = node + EXTENT_SIZE + (size_t)i * EXTENT_SIZE;
		if (depth == 0) {
			const uint16_t length = le16_at(entry + 4);
			good = length <= MAX_EXTENT_LENGTH &&
			       add_piece(journal, le32_at(entry),
					 le32_at(entry + 8) | (uint64_t)le16_at(entry + 6) << 32, length);
		} else {
			const uint64_t block = le32_at(entry + 4) | (uint64_t)le16_at(entry + 8) << 32;
			good = read_block(journal, view, block, below) == 0 && is_extent_block_sound(journal, below) &&
			       walk_extents(journal, view, below, journal->place.block_size, depth - 1);
		}
	}
	free(below);
	return good;
}

/* Blocks behind `block`, `level` indirections away; *logical counts on. A hole ends the journal. */
static bool walk_indirect(struct ext_journal *journal, const struct reader *view, uint32_t block, int level,
			  uint64_t *logical)
{
	if (block == 0)
		return true;
	if (level == 0)
		return add_piece(journal, (*logical)++, block, 1);
	uint8_t *bytes = malloc(journal->place.block_size);
	bool good = bytes != NULL && read_block(journal, view, block, bytes) == 0;
	for (uint32_t i = 0; good && i < journal->place.block_size / 4; i++)
		good = walk_indirect(journal, view, le32_at(bytes + (size_t)i * 4), level - 1, logical);
	free(bytes);
	return good;
}

static bool map_journal(struct ext_journal *journal, const struct reader *view)
{
	const uint8_t *map = journal->place.block_map;
	uint64_t logical = 0;
	if (journal->place.inode_flags & INODE_HAS_EXTENTS) {
		const uint16_t depth = le16_at(map + 6);
		return depth <= MAX_EXTENT_DEPTH &&
		       walk_extents(journal, view, map, sizeof journal->place.block_map, depth);
	}
	for (int i = 0; i < DIRECT_BLOCKS + 3; i++) {
		if (!walk_indirect(journal, view, le32_at(map + i * 4), i < DIRECT_BLOCKS ? 0 : i - DIRECT_BLOCKS + 1,
				   &logical))
			return false;
	}
	return true;
}

/* The place in the filesystem of one of the journal's blocks; UINT64_MAX for none. */
static uint64_t physical_of(const struct ext_journal *journal, uint64_t logical)
{
	size_t low = 0, high = journal->piece_count;
	while (high - low > 1) {
		const size_t middle = low + (high - low) / 2;
		if (journal->pieces[middle].logical <= logical)
			low = middle;
		else
			high = middle;
	}
	const struct piece *piece = &journal->pieces[low];
	if (low < high && logical >= piece->logical && logical - piece->logical < piece->count)
		return piece->physical + (logical - piece->logical);
	return UINT64_MAX;
}

static bool has_sums(const struct ext_journal *journal)
{
	return (journal->incompat & (INCOMPAT_CSUM_V2 | INCOMPAT_CSUM_V3)) != 0;
}

/* CRC-32C without any inversion, and big-endian, with zeros in place of the sum itself. */
static bool is_sound(uint32_t seed, const uint8_t *block, size_t size, size_t sum_at)
{
	static const uint8_t zeros[SUM_SIZE];
	uint32_t sum = crc32c_continue(seed, block, sum_at);
	sum = crc32c_continue(sum, zeros, SUM_SIZE);
	sum = crc32c_continue(sum, block + sum_at + SUM_SIZE, size - sum_at - SUM_SIZE);
	return sums_match(be32_at(block + sum_at), sum);
}

static bool parse_superblock(struct ext_journal *journal, const uint8_t *sb)
{
	const uint32_t type = be32_at(sb + 4);
	if (be32_at(sb) != (uint32_t)JOURNAL_MAGIC || (type != BLOCK_SUPER_1 && type != BLOCK_SUPER_2) ||
	    be32_at(sb + 12) != journal->place.block_size)
		return false;
	journal->length = be32_at(sb + 16);
	journal->first = be32_at(sb + 20);
	journal->sequence = be32_at(sb + 24);
	journal->start = be32_at(sb + 28);
	journal->incompat = type == BLOCK_SUPER_2 ? be32_at(sb + 40) : 0;
	journal->sum_seed = crc32c_continue(UINT32_MAX, sb + SUPERBLOCK_UUID, UUID_SIZE);
	return (journal->incompat & ~(uint32_t)INCOMPAT_UNDERSTOOD) == 0 && journal->first > 0 &&
	       journal->first < journal->length && journal->start < journal->length &&
	       (!has_sums(journal) || is_sound(UINT32_MAX, sb, SUPERBLOCK_SIZE, SUPERBLOCK_SUM));
}

static size_t tag_size(const struct ext_journal *journal)
{
	if (journal->incompat & INCOMPAT_CSUM_V3)
		return 16;
	return 8 + (journal->incompat & INCOMPAT_CSUM_V2 ? 2u : 0u) + (journal->incompat & INCOMPAT_64BIT ? 4u : 0u);
}

static bool is_wanted(const struct ext_journal *journal, uint64_t block)
{
	uint64_t low = 0, high = journal->place.wanted_count;
	while (low < high) {
		const uint64_t middle = low + (high - low) / 2;
		if (journal->place.wanted[middle] < block)
			low = middle + 1;
		else
			high = middle;
	}
	return low < journal->place.wanted_count && journal->place.wanted[low] == block;
}

static uint32_t block_after(const struct ext_journal *journal, uint32_t block)
{
	return block + 1 < journal->length ? block + 1 : journal->first;
}

static bool add_copy(struct ext_journal *journal, uint64_t block, uint32_t logical, bool is_escaped)
{
	const uint64_t at = physical_of(journal, logical);
	struct copy *larger = grow(journal->copies, journal->copy_count, MAX_COPIES, sizeof *larger);
	if (larger == NULL || at == UINT64_MAX)
		return false;
	journal->copies = larger;
	journal->copies[journal->copy_count++] = (struct copy){block, at, is_escaped, false};
	return true;
}

/* Steps *at over the blocks that a descriptor announces. False: it is damaged, or announces too much. */
static bool walk_tags(struct ext_journal *journal, const uint8_t *bytes, uint32_t *at, uint32_t *blocks_left)
{
	const size_t size = tag_size(journal);
	const bool is_v3 = (journal->incompat & INCOMPAT_CSUM_V3) != 0;
	const size_t tail = has_sums(journal) ? SUM_SIZE : 0;
	if (tail != 0 &&
	    !is_sound(journal->sum_seed, bytes, journal->place.block_size, journal->place.block_size - tail))
		return false;
	for (size_t offset = HEADER_SIZE; offset + size + tail <= journal->place.block_size; offset += size) {
		const uint8_t *tag = bytes + offset;
		const uint32_t flags = is_v3 ? be32_at(tag + 4) : be16_at(tag + 6);
		uint64_t block = be32_at(tag);
		if (journal->incompat & INCOMPAT_64BIT)
			block |= (uint64_t)be32_at(tag + 8) << 32;
		if (*blocks_left == 0)
			return true;
		*at = block_after(journal, *at);
		--*blocks_left;
		if (is_wanted(journal, block) && !add_copy(journal, block, *at, (flags & TAG_ESCAPED) != 0))
			return false;
		if ((flags & TAG_LAST) != 0)
			return true;
		if ((flags & TAG_SAME_UUID) == 0)
			offset += UUID_SIZE;
	}
	return true;
}

/* From the first transaction that waits on, as long as the sequence goes on. False: too much, or not readable. */
static bool walk_transactions(struct ext_journal *journal, const struct reader *view, uint8_t *bytes)
{
	uint32_t sequence = journal->sequence, at = journal->start;
	uint32_t blocks_left = journal->length;
	size_t committed = 0;
	for (; journal->start != 0 && blocks_left > 0; at = block_after(journal, at), blocks_left--) {
		if (read_block(journal, view, physical_of(journal, at), bytes) != 0)
			return false;
		if (be32_at(bytes) != (uint32_t)JOURNAL_MAGIC || be32_at(bytes + 8) != sequence)
			break;
		switch (be32_at(bytes + 4)) {
		case BLOCK_DESCRIPTOR:
			if (!walk_tags(journal, bytes, &at, &blocks_left))
				return false;
			break;
		case BLOCK_COMMIT:
			sequence++;
			/* Whether a mount would end here or refuse is not known. */
			if (has_sums(journal) &&
			    !is_sound(journal->sum_seed, bytes, journal->place.block_size, COMMIT_SUM))
				return false;
			while (committed < journal->copy_count)
				journal->copies[committed++].is_committed = true;
			break;
		case BLOCK_REVOKE:
			break;
		default:
			return true;
		}
		if (blocks_left == 0)
			break;
	}
	return true;
}

static int by_block(const void *a, const void *b)
{
	const struct copy *x = a, *y = b;
	return x->block < y->block ? -1 : x->block > y->block;
}

struct ext_journal *ext_journal_read(const struct reader *view, const struct ext_journal_place *place)
{
	struct ext_journal *journal = calloc(1, sizeof *journal);
	uint8_t *bytes = malloc(place->block_size);
	bool good = false;
	if (journal != NULL && bytes != NULL) {
		journal->place = *place;
		good = map_journal(journal, view) &&
		       read_block(journal, view, physical_of(journal, 0), bytes) == 0 &&
		       parse_superblock(journal, bytes) && walk_transactions(journal, view, bytes);
		journal->place.wanted = NULL;
		if (good && journal->copy_count > 0)
			qsort(journal->copies, journal->copy_count, sizeof *journal->copies, by_block);
	}
	free(bytes);
	if (good)
		return journal;
	ext_journal_free(journal);
	return NULL;
}

/* The first of a block's copies; copy_count when there is none. */
static size_t first_copy(const struct ext_journal *journal, uint64_t block)
{
	size_t low = 0, high = journal->copy_count;
	while (low < high) {
		const size_t middle = low + (high - low) / 2;
		if (journal->copies[middle].block < block)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

static bool is_copy_of(const struct ext_journal *journal, size_t index, uint64_t block)
{
	return index < journal->copy_count && journal->copies[index].block == block;
}

static int read_copy(const struct ext_journal *journal, const struct reader *view, const struct copy *copy,
		     uint8_t *bytes)
{
	/* A block that begins like one of the journal's own has its first four bytes blanked. */
	static const uint8_t magic[] = {0xc0, 0x3b, 0x39, 0x98};
	if (read_block(journal, view, copy->at, bytes) != 0)
		return -1;
	if (copy->is_escaped)
		memcpy(bytes, magic, sizeof magic);
	return 0;
}

int ext_journal_visit_copies(const struct ext_journal *journal, const struct reader *view, uint64_t block,
			     ext_journal_visit visit, void *context)
{
	size_t index = first_copy(journal, block);
	uint8_t *bytes = is_copy_of(journal, index, block) ? malloc(journal->place.block_size) : NULL;
	bool good = true;
	for (; good && is_copy_of(journal, index, block); index++) {
		const struct copy *copy = &journal->copies[index];
		good = bytes != NULL && read_copy(journal, view, copy, bytes) == 0 &&
		       visit(context, bytes, copy->is_committed);
	}
	free(bytes);
	return good ? 0 : -1;
}
