#include "snapshot_windows.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "os.h"
#include "vss_windows.h"

/*
 * The process's snapshots. Taken once, by the first pass; held until the process ends or lets them go. All talk with
 * the service is one thread's, which lives as long as they do: its objects go with the last thread that knows them.
 */

static struct {
	bool attempted;
	bool has_thread;
	os_thread thread;
	HANDLE ready, enough;
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

struct request {
	const char *const *paths;
	size_t count;
	disk_note note;
	void *context;
};

static struct vss *take(const struct request *r)
{
	static struct volume_place volumes[MOST_VOLUMES];
	static struct vss_snapshot snapshots[MOST_VOLUMES];
	char text[64];
	struct vss *vss;
	size_t n = volumes_on(r->paths, r->count, volumes, MOST_VOLUMES);

	n = leave_out_spread(volumes, n, r->note, r->context);
	if (n == 0)
		return NULL;
	qsort(volumes, n, sizeof *volumes, by_place);
	vss = vss_take(volumes, n, snapshots, r->note, r->context);
	for (size_t i = 0; vss != NULL && i < n; i++) {
		struct snapshot_part *part = &held.parts[held.count];

		if (!snapshots[i].taken)
			continue;
		part->offset = volumes[i].offset;
		part->length = volumes[i].length;
		wcscpy(part->device, snapshots[i].device);
		held.paths[held.count] = _strdup(r->paths[volumes[i].disk]);
		if (held.paths[held.count] != NULL)
			held.count++;
	}
	snprintf(text, sizeof text, "%u of %u volumes are read from snapshots", (unsigned)held.count, (unsigned)n);
	r->note(r->context, text);
	return vss;
}

/* The request is its owner's again once `ready` is set. */
static void *hold(void *argument)
{
	struct vss *vss = take(argument);

	SetEvent(held.ready);
	WaitForSingleObject(held.enough, INFINITE);
	vss_let_go(vss);
	return NULL;
}

void disk_hold_still(const char *const *paths, size_t count, disk_note note, void *context)
{
	struct request request = {paths, count, note, context};

	if (held.attempted)
		return;
	held.attempted = true;
	held.ready = CreateEventW(NULL, TRUE, FALSE, NULL);
	held.enough = CreateEventW(NULL, TRUE, FALSE, NULL);
	held.has_thread =
		held.ready != NULL && held.enough != NULL && os_thread_start(&held.thread, hold, &request);
	if (held.has_thread)
		WaitForSingleObject(held.ready, INFINITE);
}

void disk_let_go(void)
{
	if (held.has_thread) {
		SetEvent(held.enough);
		os_thread_join(held.thread);
	}
	for (size_t i = 0; i < held.count; i++)
		free(held.paths[i]);
	if (held.ready != NULL)
		CloseHandle(held.ready);
	if (held.enough != NULL)
		CloseHandle(held.enough);
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
