#ifndef SMA_DISK_RANGE_H
#define SMA_DISK_RANGE_H

/* Ranges of a disk that are read from elsewhere: which of them a byte is in. */

#include <stddef.h>
#include <stdint.h>

/* The first member of whatever is kept of a range. */
struct disk_range {
	uint64_t offset, length;
};

/*
 * The one of `count` ranges, `stride` bytes apart and in the order of their offsets, that holds the byte at `offset` of
 * a disk of `size` bytes; NULL where none does. *run becomes how many bytes follow until that changes.
 */
const void *disk_range_at(const void *ranges, size_t count, size_t stride, uint64_t offset, uint64_t size,
			  uint64_t *run);

#endif
