#include "volumes_windows.h"

#include <stdio.h>
#include <string.h>

#include "disk_windows.h"
#include "text_windows.h"

enum { MOST_EXTENTS = 64 };

struct extents {
	DWORD count;
	DISK_EXTENT list[MOST_EXTENTS];
};

static bool ask_extents(const wchar_t *name, struct extents *out)
{
	wchar_t device[VOLUME_NAME];
	HANDLE handle;
	bool told;

	/* The device has the volume's name without the backslash. */
	wcscpy(device, name);
	device[wcslen(device) - 1] = L'\0';
	handle = CreateFileW(device, 0, FILE_SHARE_READ | FILE_SHARE_WRITE, NULL, OPEN_EXISTING, 0, NULL);
	if (handle == INVALID_HANDLE_VALUE)
		return false;
	memset(out, 0, sizeof *out);
	told = disk_ask(handle, IOCTL_VOLUME_GET_VOLUME_DISK_EXTENTS, NULL, 0, out, sizeof *out, sizeof(DWORD)) &&
	       out->count > 0 && out->count <= MOST_EXTENTS;
	CloseHandle(handle);
	return told;
}

static void add_label(struct volume_place *place)
{
	wchar_t mounts[512];
	DWORD n;

	mounts[0] = L'\0';
	if (!GetVolumePathNamesForVolumeNameW(place->name, mounts, 512, &n) || mounts[0] == L'\0' ||
	    !text_from_wide(mounts, place->label, sizeof place->label))
		text_from_wide(place->name, place->label, sizeof place->label);
}

static size_t add_volume(const wchar_t *name, const char *const *paths, size_t count, struct volume_place *out)
{
	static struct extents extents;

	if (wcslen(name) >= VOLUME_NAME || !ask_extents(name, &extents))
		return 0;
	for (size_t i = 0; i < count; i++) {
		const int number = disk_physical_number(paths[i]);

		/* One that begins elsewhere is met with its first disk, if that is planned. */
		if (number < 0 || (DWORD)number != extents.list[0].DiskNumber)
			continue;
		memset(out, 0, sizeof *out);
		wcscpy(out->name, name);
		out->disk = i;
		out->offset = (uint64_t)extents.list[0].StartingOffset.QuadPart;
		out->length = (uint64_t)extents.list[0].ExtentLength.QuadPart;
		out->extents = (unsigned)extents.count;
		add_label(out);
		return 1;
	}
	return 0;
}

/* A volume that is planned by its letter is all of one. */
static size_t add_letter(const char *path, size_t disk, struct volume_place *out)
{
	if (strlen(path) != 6 || strncmp(path, "\\\\.\\", 4) != 0 || path[5] != ':')
		return 0;
	memset(out, 0, sizeof *out);
	_snwprintf(out->name, VOLUME_NAME, L"%c:\\", path[4]);
	snprintf(out->label, sizeof out->label, "%c:\\", path[4]);
	out->disk = disk;
	out->length = UINT64_MAX;
	out->extents = 1;
	return 1;
}

size_t volumes_on(const char *const *paths, size_t count, struct volume_place *out, size_t capacity)
{
	wchar_t name[MAX_PATH];
	HANDLE search;
	size_t n = 0;

	for (size_t i = 0; i < count && n < capacity; i++)
		n += add_letter(paths[i], i, &out[n]);
	search = FindFirstVolumeW(name, MAX_PATH);
	if (search == INVALID_HANDLE_VALUE)
		return n;
	do {
		if (n < capacity)
			n += add_volume(name, paths, count, &out[n]);
	} while (FindNextVolumeW(search, name, MAX_PATH));
	FindVolumeClose(search);
	return n;
}
