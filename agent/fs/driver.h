/*
 * What a filesystem's reader implements behind fs.h, and the pieces that several of them share.
 */
#ifndef SMA_FS_DRIVER_H
#define SMA_FS_DRIVER_H

#include "fs.h"

struct fs_driver {
	const char *family;
	/* Allocates and fills the driver's part; NULL when this is no such filesystem, or a damaged one. */
	void *(*open)(const struct reader *view);
	void (*close)(void *own);
	/* Fills everything; counts->size_bytes must not need a walk. Returns 0 or -1. */
	int (*counts)(void *own, const struct reader *view, struct fs_counts *counts);
	/*
     * Gives the next used piece: 1 with *piece, 0 at the end, -1 on a damaged map. Starts ascend; pieces may touch
     * or overlap and may reach beyond the end. Must come to an end on any input.
     */
	int (*next)(void *own, const struct reader *view, struct fs_range *piece);
	void (*rewind)(void *own);
	/* For fs_doubted; NULL where nothing has checksums. */
	uint64_t (*doubted)(const void *own);
};

extern const struct fs_driver ext_driver;
extern const struct fs_driver xfs_driver;
extern const struct fs_driver ntfs_driver;
/* For FS_LEAVE_OUT_VOLATILE. */
void ntfs_leave_out_volatile(void *own, const struct reader *view);
/* For fs_use_system_map and fs_map_differences. */
bool ntfs_use_system_map(void *own, const struct fs_system_map *map);
uint64_t ntfs_map_differences(const void *own);
extern const struct fs_driver fat_driver;
extern const struct fs_driver exfat_driver;
extern const struct fs_driver btrfs_driver;
extern const struct fs_driver swap_driver;

/* Runs of equal bits in a bitmap whose bit 0 is the lowest bit of byte 0. */
struct bit_runs {
	const uint8_t *bits;
	/* Bits in the bitmap. */
	uint64_t count;
	uint64_t at;
};

/* The next run of set bits: true with *first and *length, false when there is none left. */
bool bit_runs_next(struct bit_runs *runs, uint64_t *first, uint64_t *length);

/* Set bits among the first `count`. */
uint64_t bits_set_in(const uint8_t *bits, uint64_t count);

#endif
