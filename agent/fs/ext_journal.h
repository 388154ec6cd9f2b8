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
	/* Whether the filesystem's structures have CRC-32C, and what those of this inode's go on from. */
	bool has_sums;
	uint32_t inode_seed;
	/* In ascending order: the blocks whose copies are wanted. Only needed while reading. */
	const uint64_t *wanted;
	uint64_t wanted_count;
};

/*
 * Walks the transactions that a mount would replay, committed or not. NULL when the journal is damaged, does not match
 * its checksums or is of a kind that is not understood (fast commits), when it holds too much, or when memory is short.
 */
struct ext_journal *ext_journal_read(const struct reader *view, const struct ext_journal_place *place);
void ext_journal_free(struct ext_journal *journal);

/* Given each copy of a block; is_committed: a replay puts it, or a later one, in the block's place. False ends it. */
typedef bool (*ext_journal_visit)(void *context, const uint8_t *copy, bool is_committed);

/* Visits the journal's copies of `block`, in no order. Returns 0; -1 when one cannot be read or `visit` ended it. */
int ext_journal_visit_copies(const struct ext_journal *journal, const struct reader *view, uint64_t block,
			     ext_journal_visit visit, void *context);

#endif
