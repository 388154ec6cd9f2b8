/*
 * What Windows itself says of a disk: its partitions (IOCTL_DISK_GET_DRIVE_LAYOUT_EX) and which clusters of a mounted
 * NTFS volume are used (FSCTL_GET_VOLUME_BITMAP). Answers are read here and asked for elsewhere, so that recorded ones
 * can be read anywhere.
 */
#ifndef SMA_USED_SYSTEM_MAP_H
#define SMA_USED_SYSTEM_MAP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "../fs/fs.h"

enum { MOST_SYSTEM_PARTITIONS = 256, LAYOUT_ANSWER = 48 + MOST_SYSTEM_PARTITIONS * 144 };

struct system_layout {
	struct {
		uint64_t start, size;
	} partitions[MOST_SYSTEM_PARTITIONS];
	size_t count;
};

/* Reads a DRIVE_LAYOUT_INFORMATION_EX; false when it is none. */
bool system_layout_read(const uint8_t *answer, size_t size, struct system_layout *out);
bool system_layout_has(const struct system_layout *layout, uint64_t start, uint64_t size);

enum system_question { ASK_NTFS_VOLUME_DATA, ASK_VOLUME_BITMAP };

/*
 * Asks the system: `in` may be empty; returns how many bytes of `out` were filled, also where the answer has more than
 * fits, 0 when there is none.
 */
typedef size_t (*system_ask)(void *context, enum system_question question, const uint8_t *in, size_t in_size,
			     uint8_t *out, size_t capacity);

/* Larger than its piece of a map in one answer: what Windows and the reader of NTFS take at a time. */
struct system_map {
	system_ask ask;
	void *context;
	uint8_t answer[16 + 65536 + 8];
};

/*
 * Makes `out` read the clusters of the volume that `map`, which must outlive it, asks about. False when the system
 * does not know it as NTFS.
 */
bool system_map_start(struct system_map *map, struct fs_system_map *out);

#endif
