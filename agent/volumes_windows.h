#ifndef SMA_VOLUMES_WINDOWS_H
#define SMA_VOLUMES_WINDOWS_H

/* Which volumes lie on which disks. */

#include <stddef.h>
#include <stdint.h>
#include <wchar.h>

enum { MOST_VOLUMES = 64, VOLUME_NAME = 64, VOLUME_LABEL = 96 };

struct volume_place {
	/* As VSS wants it, with a backslash at the end. */
	wchar_t name[VOLUME_NAME];
	/* For people: its first mount point, or the name. */
	char label[VOLUME_LABEL];
	/* Where in the list of paths its disk stands. */
	size_t disk;
	uint64_t offset, length;
	/* More than one: it is spread over several places, and the first is given. */
	unsigned extents;
};

/* The volumes on disks given by `\\.\PhysicalDriveN`, or as volumes themselves (`\\.\X:`). */
size_t volumes_on(const char *const *paths, size_t count, struct volume_place *out, size_t capacity);

#endif
