#ifndef SMA_PARTS_LINUX_H
#define SMA_PARTS_LINUX_H

/*
 * Ranges of the planned disks that are read from elsewhere for a while: logical volumes from their snapshots, LVM's
 * metadata as they were before those. Whoever made the snapshots says so in `agent.parts` of the agent's directory
 * (docs/PROTOCOL.md, "Parts of a disk that are read from elsewhere").
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { MOST_PARTS = 1024 };

struct disk_part {
	uint64_t offset, length;
	/* Where the range begins in `device`, which is a path and valid until the next call of parts_load. */
	uint64_t start;
	const char *device;
};

/*
 * Takes the list as it is now; one that is missing is empty. False where it is damaged: then nothing may be read,
 * because what it would say is not known.
 */
bool parts_load(char *why, size_t why_capacity);
/* The parts of a disk, by their offsets; their number. */
size_t parts_of(const char *path, struct disk_part *out, size_t capacity);
void parts_forget(void);

#endif
