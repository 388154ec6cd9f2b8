#ifndef SMA_SALVAGE_H
#define SMA_SALVAGE_H

/* Reading from disks that have bad sectors. */

#include "disk.h"

struct bad_range {
	uint64_t offset, length; /* bytes of the disk */
};

typedef void (*salvage_bad)(void *context, const struct bad_range *range, const char *why);

/*
 * Like disk_read, for a whole chunk. Where the medium does not give bytes, every sector is tried by itself: the bad
 * ones are zero in `buffer` and reported through `bad` as the fewest ranges, in order; the result is then
 * DISK_UNREADABLE.
 */
enum disk_status salvage_read(struct disk *disk, uint64_t offset, uint8_t *buffer, size_t length, salvage_bad bad,
			      void *context, char *why, size_t why_capacity);

#endif
