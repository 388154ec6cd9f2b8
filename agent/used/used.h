/*
 * Which bytes of a disk are unused: from its partition table through LVM's linear and striped volumes to the maps of
 * the filesystems that agent/fs understands. The rule is "never fewer bytes than anybody needs": gaps, tables (both
 * copies), boot sectors, LVM's metadata, whatever is not understood, contradicts itself, overlaps or cannot be read
 * is used.
 */
#ifndef SMA_USED_USED_H
#define SMA_USED_USED_H

#include <stddef.h>
#include <stdint.h>

#include "../unused.h"

enum { MOST_TOLD_VOLUMES = 64 };

/* A partition or volume that was looked into. */
struct told_volume {
	uint64_t size;
	/* Of its bytes, on the disk in question. */
	uint64_t unused;
	/* For people: `partition 2: ext4`, `vg/root: xfs`. */
	char what[160];
	/* Why all of it travels, or what else is worth knowing; empty where its unused bytes just do not. */
	char why[160];
};

struct used_report {
	struct told_volume volumes[MOST_TOLD_VOLUMES];
	size_t count;
};

/*
 * Fills `map` for the disk paths[which]. The other paths are the disks that travel with it: volume groups may span
 * them. Where nothing can be learnt the map is empty, which is always right. The maps are as current as what is on the
 * disks: the caller writes out what the system holds back first.
 */
void used_find(const char *const *paths, size_t count, size_t which, struct unused_map *map,
	       struct used_report *report);

#endif
