/*
 * A disk as a reader: keeps the last blocks, because metadata is read in many small pieces and a disk is read around
 * the system's cache.
 */
#ifndef SMA_INSPECT_DISK_READER_H
#define SMA_INSPECT_DISK_READER_H

#include "../fs/reader.h"

struct disk_reader;

/* NULL, with the reason in `why`, when it cannot be opened. */
struct disk_reader *disk_reader_open(const char *path, char *why, size_t why_capacity);
void disk_reader_close(struct disk_reader *disk);

/* Valid as long as the disk is open; `sector_size` other than 0 replaces what the disk says. */
const struct reader *disk_reader_view(struct disk_reader *disk, uint32_t sector_size);

#endif
