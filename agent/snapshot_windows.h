#ifndef SMA_SNAPSHOT_WINDOWS_H
#define SMA_SNAPSHOT_WINDOWS_H

/*
 * Snapshots of the volumes on the planned disks, by the Volume Shadow Copy Service: what lies in a volume is read from
 * its snapshot, everything else of a disk from the disk. The snapshots are the process's and go with it.
 */

#include <stddef.h>
#include <stdint.h>
#include <wchar.h>

#include "disk.h"

enum { SNAPSHOT_DEVICE = 160 };

/* A range of a disk that a snapshot stands for, from the snapshot's first byte on. */
struct snapshot_part {
	uint64_t offset, length;
	wchar_t device[SNAPSHOT_DEVICE];
};

/* The parts of a disk, by their offsets; their number. */
size_t snapshot_parts(const char *path, struct snapshot_part *out, size_t capacity);

#endif
