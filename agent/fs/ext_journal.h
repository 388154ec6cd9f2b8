/*
 * What waits in the journal of an ext3/4 filesystem: copies of block bitmaps and group descriptors that are newer than
 * those in their places. Layout: the kernel's Documentation/filesystems/ext4/journal.rst (jbd2).
 */
#ifndef SMA_FS_EXT_JOURNAL_H
#define SMA_FS_EXT_JOURNAL_H

#include <stdbool.h>
#include <stdint.h>

#include "reader.h"

struct ext_journal;

struct ext_journal_place {
	uint32_t block_size;
	/* Blocks of the filesystem: nothing beyond is believed. */
	uint64_t blocks;
	/* The journal's inode: its flags and its 60 bytes of block map. */
	uint32_t inode_flags;
	uint8_t block_map[60];
	/* In ascending order: the blocks whose copies are wanted. Only needed while reading. */
	const uint64_t *wanted;
	uint64_t wanted_count;
};

/*
 * Walks the transactions that a mount would replay, committed or not. NULL when the journal is damaged or of a kind
 * that is not understood (fast commits), when it holds too much, or when memory is short.
 */
struct ext_journal *ext_journal_read(const struct reader *view, const struct ext_journal_place *place);
void ext_journal_free(struct ext_journal *journal);

/*
 * Sets in `bitmap` (one block) every bit that any copy of `block` in the journal has set. Returns the number of
 * copies, -1 when one cannot be read. *is_replaced: one of them is of a committed transaction, so that a replay puts it
 * in the block's place.
 */
int ext_journal_merge(const struct ext_journal *journal, const struct reader *view, uint64_t block, uint8_t *bitmap,
		      bool *is_replaced);

/* How many copies of `block` have none of the bits of `mask` set in the 16 bits at `offset`; -1 when one cannot be read. */
int ext_journal_lacks(const struct ext_journal *journal, const struct reader *view, uint64_t block, size_t offset,
		      uint16_t mask);

#endif
