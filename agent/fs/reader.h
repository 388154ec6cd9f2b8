/*
 * Read access to anything that has bytes at offsets: a disk, an image file, a buffer, a slice of another reader, a
 * volume that is put together from pieces of several disks. Nothing here can write.
 */
#ifndef SMA_FS_READER_H
#define SMA_FS_READER_H

#include <stddef.h>
#include <stdint.h>

struct reader {
	/*
     * Reads exactly `length` bytes at `offset`, which lie within [0, size): reader_read has checked that. Returns 0,
     * or -1 when the medium did not give them all.
     */
	int (*read)(const struct reader *self, uint64_t offset, void *buffer, size_t length);
	/* Bytes. */
	uint64_t size;
	/* Of the medium: 512 unless it says otherwise. */
	uint32_t sector_size;
	/* The implementation's own. */
	const void *context;
	uint64_t base;
};

/* Reads `length` bytes at `offset`. Returns 0; -1 when any of them lies outside or cannot be read. */
int reader_read(const struct reader *reader, uint64_t offset, void *buffer, size_t length);

/*
 * A view of [offset, offset + size) of `of`, which must outlive it. What sticks out of `of` is cut off, so the view's
 * size may be smaller than `size`.
 */
struct reader reader_slice(const struct reader *of, uint64_t offset, uint64_t size);

/* A view of `size` bytes of memory, which must outlive it. */
struct reader reader_memory(const void *bytes, uint64_t size);

/* A reader of an open file descriptor; the descriptor stays the caller's. */
struct reader reader_descriptor(const int *descriptor, uint64_t size, uint32_t sector_size);

#endif
