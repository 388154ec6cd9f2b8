#include "snapshot_windows.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "os.h"
#include "vss_windows.h"

/* The process's snapshots. Taken once, by the first pass; held until the process ends or lets them go. */

static struct {
	bool attempted;
	struct vss *vss;
	struct snapshot_part parts[MOST_VOLUMES];
	/* Of each part: the path of its disk. */
	char *paths[MOST_VOLUMES];
	size_t count;
} held;

static int by_place(const void *a, const void *b)
{
	const struct volume_place *x = a, *y = b;

	if (x->disk != y->disk)
		return x->disk < y->disk ? -1 : 1;
	return x->offset < y->offset ? -1 : x->offset > y->offset;
}

/* What a snapshot of one piece of a spread volume would mean for the disk, nobody but Windows knows. */
static size_t leave_out_spread(struct volume_place *volumes, size_t count, disk_note note, void *context)
{
	size_t kept = 0;
	char text[VOLUME_LABEL + 128];

	for (size_t i = 0; i < count; i++) {
		if (volumes[i].extents == 1) {
			volumes[kept++] = volumes[i];
			continue;
		}
		snprintf(text, sizeof text, "volume %s is read as it is: it is spread over %u places", volumes[i].label,
			 volumes[i].extents);
		note(context, text);
	}
	return kept;
}

void disk_hold_still(const char *const *paths, size_t count, disk_note note, void *context)
{
	static struct volume_place volumes[MOST_VOLUMES];
	static struct vss_snapshot snapshots[MOST_VOLUMES];
	char text[64];
	size_t n;

	if (held.attempted)
		return;
	held.attempted = true;
	n = volumes_on(paths, count, volumes, MOST_VOLUMES);
	n = leave_out_spread(volumes, n, note, context);
	if (n == 0)
		return;
	qsort(volumes, n, sizeof *volumes, by_place);
	held.vss = vss_take(volumes, n, snapshots, note, context);
	for (size_t i = 0; held.vss != NULL && i < n; i++) {
		struct snapshot_part *part = &held.parts[held.count];

		if (!snapshots[i].taken)
			continue;
		part->offset = volumes[i].offset;
		part->length = volumes[i].length;
		wcscpy(part->device, snapshots[i].device);
		held.paths[held.count] = _strdup(paths[volumes[i].disk]);
		if (held.paths[held.count] != NULL)
			held.count++;
	}
	snprintf(text, sizeof text, "%u of %u volumes are read from snapshots", (unsigned)held.count, (unsigned)n);
	note(context, text);
}

void disk_let_go(void)
{
	vss_let_go(held.vss);
	for (size_t i = 0; i < held.count; i++)
		free(held.paths[i]);
	memset(&held, 0, sizeof held);
}

size_t snapshot_parts(const char *path, struct snapshot_part *out, size_t capacity)
{
	size_t n = 0;

	for (size_t i = 0; i < held.count && n < capacity; i++)
		if (_stricmp(held.paths[i], path) == 0)
			out[n++] = held.parts[i];
	return n;
}
