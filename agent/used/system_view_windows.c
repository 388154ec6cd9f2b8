#include "system_view.h"

#include <stdlib.h>
#include <string.h>

#include "../disk_windows.h"
#include "../snapshot_windows.h"
#include "../text_windows.h"
#include "../volumes_windows.h"

enum { MOST_PARTS = 64 };

struct system_volume {
	HANDLE handle;
	bool is_snapshot;
	struct system_map map;
};

bool system_view_layout(const char *path, struct system_layout *out)
{
	wchar_t wide[WIDE_PATH];
	uint8_t *answer = malloc(LAYOUT_ANSWER);
	HANDLE handle = INVALID_HANDLE_VALUE;
	DWORD size = 0;
	bool known = false;

	if (answer != NULL && disk_physical_number(path) >= 0 && text_to_wide(path, wide, WIDE_PATH))
		handle = disk_open_handle(wide, false);
	if (handle != INVALID_HANDLE_VALUE) {
		known = DeviceIoControl(handle, IOCTL_DISK_GET_DRIVE_LAYOUT_EX, NULL, 0, answer, LAYOUT_ANSWER, &size,
					NULL) &&
			system_layout_read(answer, size, out);
		CloseHandle(handle);
	}
	free(answer);
	return known;
}

static size_t ask(void *context, enum system_question question, const uint8_t *in, size_t in_size, uint8_t *out,
		  size_t capacity)
{
	const DWORD code = question == ASK_VOLUME_BITMAP ? FSCTL_GET_VOLUME_BITMAP : FSCTL_GET_NTFS_VOLUME_DATA;
	DWORD size = 0;

	/* A map that goes on behind the buffer's end fails with ERROR_MORE_DATA, and the buffer is full. */
	if (!DeviceIoControl(*(HANDLE *)context, code, (void *)in, (DWORD)in_size, out, (DWORD)capacity, &size, NULL) &&
	    GetLastError() != ERROR_MORE_DATA)
		return 0;
	return size;
}

/* The device to ask about what begins at `offset`: a snapshot is what is read there, where there is one. */
static bool find_device(const char *path, uint64_t offset, uint64_t size, wchar_t *device, bool *is_snapshot)
{
	struct snapshot_part *parts = calloc(MOST_PARTS, sizeof *parts);
	struct volume_place *volumes = calloc(MOST_VOLUMES, sizeof *volumes);
	const size_t part_count = parts == NULL ? 0 : snapshot_parts(path, parts, MOST_PARTS);
	bool found = false;

	for (size_t i = 0; i < part_count && !found; i++) {
		if (parts[i].offset != offset)
			continue;
		wcscpy(device, parts[i].device);
		*is_snapshot = found = true;
	}
	const size_t count = found || volumes == NULL ? 0 : volumes_on(&path, 1, volumes, MOST_VOLUMES);
	for (size_t i = 0; i < count && !found; i++) {
		const struct volume_place *volume = &volumes[i];

		/* One that is named by its letter is all of what is read. */
		if (volume->offset != offset || volume->extents != 1 ||
		    (volume->length != size && volume->length != UINT64_MAX))
			continue;
		if (volume->length == UINT64_MAX) {
			found = text_to_wide(path, device, SNAPSHOT_DEVICE);
			continue;
		}
		/* The device has the volume's name without the backslash. */
		wcscpy(device, volume->name);
		device[wcslen(device) - 1] = L'\0';
		found = true;
	}
	free(parts);
	free(volumes);
	return found;
}

struct system_volume *system_volume_open(const char *path, uint64_t offset, uint64_t size)
{
	wchar_t device[SNAPSHOT_DEVICE];
	bool is_snapshot = false;
	struct system_volume *volume;

	if (!find_device(path, offset, size, device, &is_snapshot))
		return NULL;
	volume = calloc(1, sizeof *volume);
	if (volume == NULL)
		return NULL;
	volume->handle = disk_open_handle(device, false);
	if (volume->handle == INVALID_HANDLE_VALUE) {
		free(volume);
		return NULL;
	}
	volume->is_snapshot = is_snapshot;
	volume->map.ask = ask;
	volume->map.context = &volume->handle;
	return volume;
}

void system_volume_close(struct system_volume *volume)
{
	if (volume == NULL)
		return;
	CloseHandle(volume->handle);
	free(volume);
}

bool system_volume_is_snapshot(const struct system_volume *volume)
{
	return volume->is_snapshot;
}

bool system_volume_map(struct system_volume *volume, struct fs_system_map *out)
{
	return system_map_start(&volume->map, out);
}

/* What system_map.c reads is laid out as the system's own headers say. */
_Static_assert(sizeof(PARTITION_INFORMATION_EX) == 144, "an entry of a drive's layout");
_Static_assert(offsetof(DRIVE_LAYOUT_INFORMATION_EX, PartitionEntry) == 48, "the layout's head");
_Static_assert(offsetof(PARTITION_INFORMATION_EX, PartitionLength) == 16, "a partition's length");
_Static_assert(offsetof(NTFS_VOLUME_DATA_BUFFER, TotalClusters) == 16, "a volume's clusters");
_Static_assert(offsetof(NTFS_VOLUME_DATA_BUFFER, BytesPerCluster) == 44, "a volume's cluster size");
_Static_assert(sizeof(NTFS_VOLUME_DATA_BUFFER) == 96, "a volume's data");
_Static_assert(offsetof(VOLUME_BITMAP_BUFFER, Buffer) == 16, "a map's head");
