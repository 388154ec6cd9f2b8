/*
 * Filesystems whose maps of used space are understood: what they say of themselves, how much of them is used, and
 * which bytes a copy must have.
 *
 *   struct fs *fs = fs_open(&disk, offset, size, 0);      NULL: none of ours, or damaged
 *   fs_counts(fs, &counts);
 *   while ((more = fs_used_next(fs, &range)) == 1) ...    ranges ascend, never overlap, never touch
 *   fs_close(fs);
 *
 * The contract of the ranges is "never fewer bytes than the filesystem needs": boot sectors, superblocks and their
 * copies, journals and the maps themselves are in them, and so is everything behind the filesystem's own end up to
 * `size`. What is not in a range belongs to nobody and may hold anything in a copy. Where maps have checksums, they are
 * believed only with the right ones: of ext4 a group at a time, of XFS from the damage to the end of its group, of btrfs
 * through any copy of a node that is right.
 */
#ifndef SMA_FS_FS_H
#define SMA_FS_FS_H

#include <stdbool.h>
#include <stdint.h>

#include "reader.h"

enum fs_state {
	FS_STATE_UNKNOWN,
	/* Unmounted properly, nothing to replay. */
	FS_CLEAN,
	/* Mounted, or not unmounted properly, or marked as having errors. */
	FS_DIRTY,
};

enum fs_count_source {
	/* Counted in the filesystem's maps. */
	FS_COUNTED_IN_MAPS,
	/* As the superblock states it; the maps were not all readable, or need not be read. */
	FS_STATED_BY_SUPERBLOCK,
	/* Only the size is known. */
	FS_COUNT_UNKNOWN,
};

struct fs_counts {
	/* The unit of the filesystem's allocation in bytes: block or cluster. */
	uint32_t block_size;
	/* Blocks that can be allocated or are in use by the filesystem itself, as its own tools count them. */
	uint64_t total_blocks;
	/* Meaningless when source is FS_COUNT_UNKNOWN. */
	uint64_t used_blocks;
	enum fs_count_source source;
	enum fs_state state;
	/*
     * True when a journal waits to be replayed: the maps on disk may not yet show blocks that already hold data, so
     * fs_used_next gives the whole filesystem unless replay_in_maps, or FS_TRUST_MAPS says that the caller knows
     * better.
     */
	bool needs_replay;
	/* With needs_replay: what the journal holds is in the maps that fs_used_next walks, so nothing is missed. */
	bool replay_in_maps;
	/*
     * Why nobody may go by the maps, whatever else is known: damage that its own system found, no journal after an end
     * that was not proper, features that are not known here. NULL: nothing is known against them.
     */
	const char *distrust;
	/* Bytes of the filesystem by its own account. More than the partition has means that it was cut off. */
	uint64_t size_bytes;
	/* Devices that make up the filesystem; 1 but for btrfs. */
	uint32_t devices;
};

struct fs_range {
	/* Bytes from the filesystem's start. */
	uint64_t start;
	uint64_t length;
};

/*
 * The caller made sure that the maps on disk are current: it froze the filesystem, or compares again later. What is
 * held against the maps themselves (fs_counts.distrust) still counts.
 */
#define FS_TRUST_MAPS 1u
/*
 * Clusters of files that only a running Windows needs count as free: page file, hibernated memory, swap file, storage of
 * shadow copies. fs_counts counts them as they are.
 */
#define FS_LEAVE_OUT_VOLATILE 2u

/* Which clusters of a mounted filesystem are used by the word of the system that has it mounted. */
struct fs_system_map {
	/*
     * Fills `bits` for `count` clusters from `first`, a multiple of 8, on: the lowest bit of byte 0 is the first
     * one's. `clusters` is how many the filesystem has. Returns 0, or -1 when the system does not tell.
     */
	int (*read)(void *context, uint64_t first, uint64_t count, uint64_t clusters, uint8_t *bits);
	void *context;
	/* What the map is of. */
	uint64_t serial, clusters;
	uint32_t cluster_size;
};

struct fs;

/*
 * Opens the filesystem in [offset, offset + size) of `disk`, which must outlive it. NULL when there is none that is
 * understood here, or when memory is short.
 */
struct fs *fs_open(const struct reader *disk, uint64_t offset, uint64_t size, unsigned flags);
void fs_close(struct fs *fs);

/* ext2/3/4 are all `ext`; the others are `xfs`, `ntfs`, `fat`, `exfat`, `btrfs`, `swap`. */
const char *fs_family(const struct fs *fs);

/* Returns 0. Returns -1 when reading failed before the size was known. */
int fs_counts(struct fs *fs, struct fs_counts *counts);

/*
 * Returns 1 and a range, 0 after the last one, -1 when a map cannot be read or contradicts itself: then everything
 * from the end of the last range to the end of the filesystem has to be taken as used. fs_used_rewind starts over.
 */
int fs_used_next(struct fs *fs, struct fs_range *range);

/*
 * Before the walk. A cluster is used when the system's map or the filesystem's own says so; a log that waits to be
 * replayed no longer matters then, for the system knows what is in it. False when the map is not of this filesystem,
 * or it is not NTFS: nothing changes. `map` must outlive the walk.
 */
bool fs_use_system_map(struct fs *fs, const struct fs_system_map *map);
/* On how many clusters of what was walked the two maps differ. */
uint64_t fs_map_differences(const struct fs *fs);

/*
 * How many parts of the maps that were walked so far did not match their checksums: groups, or nodes of which no copy
 * does. What such a part speaks of is given as used, or the walk has failed.
 */
uint64_t fs_doubted(const struct fs *fs);

void fs_used_rewind(struct fs *fs);

#endif
