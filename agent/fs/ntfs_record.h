/*
 * NTFS file records: finding an attribute and where its data lies.
 */
#ifndef SMA_FS_NTFS_RECORD_H
#define SMA_FS_NTFS_RECORD_H

#include <stdbool.h>
#include <stdint.h>

#include "reader.h"

enum {
	NTFS_MAX_RECORD_SIZE = 65536,
	NTFS_MAX_RUNS = 16384,
	NTFS_ATTRIBUTE_VOLUME_INFORMATION = 0x70,
	NTFS_ATTRIBUTE_DATA = 0x80,
};

/* Clusters that follow one another on the disk; a hole reads as zeros. */
struct ntfs_run {
	bool is_hole;
	uint64_t first;
	uint64_t clusters;
};

/* The data of an attribute: either `resident` bytes inside the record, or runs. */
struct ntfs_data {
	const uint8_t *resident;
	struct ntfs_run *runs;
	uint32_t run_count;
	uint64_t size;
	/* Behind this the data reads as zeros. */
	uint64_t initialized;
};

struct ntfs_geometry {
	uint32_t sector_size;
	uint32_t cluster_size;
	uint32_t record_size;
	uint64_t clusters;
};

/*
 * Checks a file record and undoes its update sequence in place: the last two bytes of each sector stand in a table
 * at its head. False when it is none, or was torn.
 */
bool ntfs_record_repair(uint8_t *record, uint32_t record_size);
/* The same for a block of a directory's index. */
bool ntfs_index_repair(uint8_t *block, uint32_t block_size);

/*
 * Finds the unnamed attribute of `type` in a repaired record. data->resident points into the record; data->runs is
 * the caller's to free. False when it is absent, damaged, or out of memory.
 */
bool ntfs_find_data(const uint8_t *record, uint32_t type, const struct ntfs_geometry *geometry,
		    struct ntfs_data *data);

/* The same for the parts of a directory's index of names, `$I30`. */
bool ntfs_find_index(const uint8_t *record, uint32_t type, const struct ntfs_geometry *geometry,
		     struct ntfs_data *data);

/* Reads from an attribute's data; holes and what is not initialised give zeros. Returns 0 or -1. */
int ntfs_read_data(const struct reader *view, const struct ntfs_geometry *geometry, const struct ntfs_data *data,
		   uint64_t offset, uint8_t *buffer, size_t length);

#endif
