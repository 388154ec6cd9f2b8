#ifndef SMA_PLACE_LINUX_H
#define SMA_PLACE_LINUX_H

/* Block devices and regular files as disk_linux.c reads them. */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "disk.h"

/*
 * Direct reads go around the page cache. That matters for more than speed: a block device's cache is not the cache of
 * the filesystem on its partition, so that buffered reads of /dev/sda would give the same stale bytes pass after pass.
 * Where direct reads are not possible, cached pages are dropped before and after each read.
 */
struct place {
	int direct; /* -1: not possible */
	int buffered; /* -1: not open */
	uint64_t size;
};

/* What an errno says of a disk; `why` gets the system's words. */
enum disk_status place_status(int error, char *why, size_t why_capacity);
int place_open_read_only(const char *path, int flags);
/* 0 where it cannot be told. */
uint64_t place_size(int fd, bool block_device);

/* DISK_MISSING where it can be opened and is nothing to read from. `place` may be closed whatever is returned. */
enum disk_status place_open(const char *path, struct place *place, bool *block_device, char *why, size_t why_capacity);
void place_close(const struct place *place);

/*
 * DISK_UNREADABLE with *error, or DISK_CHANGED where it ends earlier. `sector`: what direct reads are multiples of, for
 * which the buffer has room.
 */
enum disk_status place_read(const struct place *place, uint64_t offset, uint8_t *buffer, size_t length, size_t sector,
			    int *error);

#endif
