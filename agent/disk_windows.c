#include "disk.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "disk_range.h"
#include "disk_windows.h"
#include "snapshot_windows.h"
#include "text_windows.h"

enum { MOST_PARTS = 64 };

/* A range that is read from elsewhere: a snapshot of the volume there. */
struct part {
	struct disk_range range;
	HANDLE handle;
};

/* One operation after another on one handle: the position comes with each, so threads do not disturb each other. */
struct disk {
	HANDLE handle;
	struct part parts[MOST_PARTS];
	size_t part_count;
	bool device;
	uint64_t size;
	uint32_t logical_sector, physical_sector;
	wchar_t path[WIDE_PATH];
};

/* Of Windows 7; newer than what the headers are set to. */
#ifndef ERROR_NO_SUCH_DEVICE
#define ERROR_NO_SUCH_DEVICE 433L
#endif

static enum disk_status status_of_error(DWORD error)
{
	switch (error) {
	case ERROR_FILE_NOT_FOUND:
	case ERROR_PATH_NOT_FOUND:
	case ERROR_INVALID_NAME:
	case ERROR_ACCESS_DENIED:
	case ERROR_SHARING_VIOLATION:
	case ERROR_NOT_READY:
	case ERROR_DEV_NOT_EXIST:
	case ERROR_BAD_UNIT:
	case ERROR_NO_MEDIA_IN_DRIVE:
	case ERROR_MEDIA_CHANGED:
	case ERROR_DEVICE_NOT_CONNECTED:
	case ERROR_NO_SUCH_DEVICE:
		return DISK_MISSING;
	case ERROR_NOT_ENOUGH_MEMORY:
	case ERROR_OUTOFMEMORY:
	case ERROR_NO_SYSTEM_RESOURCES:
	case ERROR_TOO_MANY_OPEN_FILES:
		return DISK_NO_MEMORY;
	case ERROR_HANDLE_EOF:
		return DISK_CHANGED;
	default:
		return DISK_UNREADABLE;
	}
}

bool disk_ask(HANDLE handle, DWORD code, const void *in, size_t in_size, void *out, size_t out_size, size_t least)
{
	DWORD n = 0;

	return DeviceIoControl(handle, code, (void *)in, (DWORD)in_size, out, (DWORD)out_size, &n, NULL) && n >= least;
}

HANDLE disk_open_handle(const wchar_t *path, bool direct)
{
	return CreateFileW(path, GENERIC_READ, FILE_SHARE_READ | FILE_SHARE_WRITE | FILE_SHARE_DELETE, NULL, OPEN_EXISTING,
			   direct ? FILE_FLAG_NO_BUFFERING : FILE_ATTRIBUTE_NORMAL, NULL);
}

int disk_physical_number(const char *path)
{
	static const char name[] = "\\\\.\\PhysicalDrive";
	uint64_t number;

	if (_strnicmp(path, name, sizeof name - 1) != 0)
		return -1;
	path += sizeof name - 1;
	return text_to_number(path, strlen(path), 9999, &number) ? (int)number : -1;
}

uint64_t disk_handle_size(HANDLE handle)
{
	GET_LENGTH_INFORMATION length;
	DISK_GEOMETRY geometry;
	LARGE_INTEGER size;

	if (disk_ask(handle, IOCTL_DISK_GET_LENGTH_INFO, NULL, 0, &length, sizeof length, sizeof length))
		return (uint64_t)length.Length.QuadPart;
	if (GetFileSizeEx(handle, &size) && size.QuadPart > 0)
		return (uint64_t)size.QuadPart;
	if (disk_ask(handle, IOCTL_DISK_GET_DRIVE_GEOMETRY, NULL, 0, &geometry, sizeof geometry, sizeof geometry))
		return (uint64_t)geometry.Cylinders.QuadPart * geometry.TracksPerCylinder * geometry.SectorsPerTrack *
		       geometry.BytesPerSector;
	return 0;
}

static bool is_sector_size(DWORD size)
{
	return size >= 512 && size <= 65536 && (size & (size - 1)) == 0;
}

/* STORAGE_ACCESS_ALIGNMENT_DESCRIPTOR and its query, which headers set to Server 2003 do not show. */
struct alignment {
	DWORD version, size, cache_line, cache_offset, logical_sector, physical_sector, sector_offset;
};

void disk_handle_sectors(HANDLE handle, uint32_t *logical, uint32_t *physical)
{
	enum { ACCESS_ALIGNMENT = 6 };
	const DWORD query[3] = {ACCESS_ALIGNMENT, 0, 0};
	DISK_GEOMETRY geometry;
	struct alignment alignment;

	*logical = 512;
	if (disk_ask(handle, IOCTL_DISK_GET_DRIVE_GEOMETRY, NULL, 0, &geometry, sizeof geometry, sizeof geometry) &&
	    is_sector_size(geometry.BytesPerSector))
		*logical = geometry.BytesPerSector;
	*physical = *logical;
	if (disk_ask(handle, IOCTL_STORAGE_QUERY_PROPERTY, query, sizeof query, &alignment, sizeof alignment,
		     sizeof alignment) &&
	    is_sector_size(alignment.physical_sector) && alignment.physical_sector > *logical)
		*physical = alignment.physical_sector;
}

static enum disk_status refuse(DWORD error, char *why, size_t why_capacity)
{
	text_of_error(error, why, why_capacity);
	return status_of_error(error) == DISK_NO_MEMORY ? DISK_NO_MEMORY : DISK_MISSING;
}

/* DISK_MISSING: a snapshot that was taken is gone, and the volume itself is no longer what the rest was read from. */
static enum disk_status open_parts(struct disk *disk, const char *path, char *why, size_t why_capacity)
{
	struct snapshot_part *parts = calloc(MOST_PARTS, sizeof *parts);
	const size_t count = parts == NULL ? 0 : snapshot_parts(path, parts, MOST_PARTS);
	char reason[200];

	/* Read from the disk itself it would be a mixture of two moments. */
	if (parts == NULL) {
		snprintf(why, why_capacity, "out of memory");
		return DISK_NO_MEMORY;
	}
	for (size_t i = 0; i < count; i++) {
		struct part *part = &disk->parts[disk->part_count];
		uint64_t size;

		part->handle = disk_open_handle(parts[i].device, true);
		if (part->handle == INVALID_HANDLE_VALUE) {
			text_of_error(GetLastError(), reason, sizeof reason);
			snprintf(why, why_capacity, "a snapshot is gone: %s", reason);
			free(parts);
			return DISK_MISSING;
		}
		disk->part_count++;
		size = disk_handle_size(part->handle);
		part->range.offset = parts[i].offset;
		part->range.length = parts[i].length < size ? parts[i].length : size;
		if (part->range.offset > disk->size || part->range.length > disk->size - part->range.offset)
			part->range.length = part->range.offset > disk->size ? 0 : disk->size - part->range.offset;
	}
	free(parts);
	return DISK_OK;
}

enum disk_status disk_open(const char *path, struct disk **out, char *why, size_t why_capacity)
{
	struct disk *disk = calloc(1, sizeof *disk);
	enum disk_status status = DISK_MISSING;
	DWORD n;

	snprintf(why, why_capacity, "out of memory");
	if (disk == NULL)
		return DISK_NO_MEMORY;
	disk->handle = INVALID_HANDLE_VALUE;
	disk->device = strncmp(path, "\\\\.\\", 4) == 0 || _strnicmp(path, "\\\\?\\GLOBALROOT\\", 15) == 0;
	snprintf(why, why_capacity, "is not a path");
	if (!text_to_wide(path, disk->path, WIDE_PATH))
		goto out;
	disk->handle = disk_open_handle(disk->path, disk->device);
	if (disk->handle == INVALID_HANDLE_VALUE) {
		status = refuse(GetLastError(), why, why_capacity);
		goto out;
	}
	if (!disk->device && GetFileType(disk->handle) != FILE_TYPE_DISK) {
		snprintf(why, why_capacity, "is neither a disk nor a regular file");
		goto out;
	}
	disk->logical_sector = disk->physical_sector = 512;
	if (disk->device) {
		/* A volume's last sectors lie behind its filesystem; without this they could not be read. */
		(void)DeviceIoControl(disk->handle, FSCTL_ALLOW_EXTENDED_DASD_IO, NULL, 0, NULL, 0, &n, NULL);
		disk_handle_sectors(disk->handle, &disk->logical_sector, &disk->physical_sector);
	}
	disk->size = disk_handle_size(disk->handle);
	if (disk->size == 0) {
		snprintf(why, why_capacity, "has no bytes");
		goto out;
	}
	status = open_parts(disk, path, why, why_capacity);
	if (status != DISK_OK)
		goto out;
	*out = disk;
	return DISK_OK;
out:
	disk_close(disk);
	return status;
}

void disk_close(struct disk *disk)
{
	if (disk == NULL)
		return;
	for (size_t i = 0; i < disk->part_count; i++)
		CloseHandle(disk->parts[i].handle);
	if (disk->handle != INVALID_HANDLE_VALUE)
		CloseHandle(disk->handle);
	free(disk);
}

uint64_t disk_size(const struct disk *disk)
{
	return disk->size;
}

bool disk_is_device(const struct disk *disk)
{
	return disk->device;
}

uint32_t disk_logical_sector(const struct disk *disk)
{
	return disk->logical_sector;
}

uint32_t disk_physical_sector(const struct disk *disk)
{
	return disk->physical_sector;
}

uint64_t disk_size_now(const struct disk *disk)
{
	HANDLE handle = disk_open_handle(disk->path, disk->device);
	uint64_t size;

	if (handle == INVALID_HANDLE_VALUE)
		return 0;
	size = disk_handle_size(handle);
	CloseHandle(handle);
	return size;
}

/* `room` bytes may be asked for although only `length` are needed: reads past the cache want whole sectors. */
static enum disk_status read_fully(HANDLE handle, uint64_t offset, uint8_t *buffer, size_t length, size_t room,
				   DWORD *error)
{
	size_t at = 0;

	while (at < length) {
		OVERLAPPED place;
		DWORD n = 0;

		memset(&place, 0, sizeof place);
		place.Offset = (DWORD)(offset + at);
		place.OffsetHigh = (DWORD)((offset + at) >> 32);
		if (!ReadFile(handle, buffer + at, (DWORD)(room - at), &n, &place)) {
			*error = GetLastError();
			return status_of_error(*error);
		}
		if (n == 0)
			return DISK_CHANGED;
		at += n;
	}
	return DISK_OK;
}

enum disk_status disk_read(struct disk *disk, uint64_t offset, uint8_t *buffer, size_t length, char *why,
			   size_t why_capacity)
{
	const size_t sector = disk->device ? disk->logical_sector : 1;
	size_t done = 0;

	while (done < length) {
		uint64_t run;
		const struct part *part = disk_range_at(disk->parts, disk->part_count, sizeof *disk->parts, offset + done,
							disk->size, &run);
		const size_t step = length - done < run ? length - done : (size_t)run;
		DWORD error = 0;
		const enum disk_status status = read_fully(
			part == NULL ? disk->handle : part->handle,
			offset + done - (part == NULL ? 0 : part->range.offset), buffer + done, step,
			(step + sector - 1) / sector * sector, &error);

		if (status == DISK_CHANGED)
			snprintf(why, why_capacity, "the disk ends before byte %llu",
				 (unsigned long long)(offset + length));
		else if (status != DISK_OK)
			text_of_error(error, why, why_capacity);
		if (status != DISK_OK)
			return status;
		done += step;
	}
	return DISK_OK;
}

bool disk_ask_work(const struct disk *disk, struct disk_work *out)
{
	(void)disk;
	(void)out;
	return false;
}

uint32_t disk_request_size(const struct disk *disk)
{
	(void)disk;
	return 1024 * 1024;
}
