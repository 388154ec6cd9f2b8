#include "disk.h"

#include <stdio.h>
#include <string.h>

#include "disk_list.h"
#include "disk_windows.h"
#include "fs/bytes.h"
#include "text_windows.h"

/* Physical drives by their numbers, which may have gaps. */

enum { MOST_NUMBERS = 256, DESCRIPTOR_SIZE = 2048 };

/* Appends the string at `offset` of a descriptor without the blanks around it. */
static void add_text(const uint8_t *descriptor, size_t size, uint32_t offset, char *out, size_t capacity)
{
	size_t used = strlen(out), end;

	if (offset == 0 || offset >= size)
		return;
	while (offset < size && descriptor[offset] == ' ')
		offset++;
	end = offset;
	while (end < size && descriptor[end] != 0)
		end++;
	while (end > offset && descriptor[end - 1] <= ' ')
		end--;
	if (used > 0 && end > offset && used + 1 < capacity)
		out[used++] = ' ';
	while (offset < end && used + 1 < capacity)
		out[used++] = (char)descriptor[offset++];
	out[used] = '\0';
}

/* STORAGE_DEVICE_DESCRIPTOR: where in it the vendor's, the product's and the serial number's text begin. */
static void ask_identity(HANDLE handle, struct listed_disk *out)
{
	enum { DEVICE_PROPERTY = 0, REMOVABLE = 10, VENDOR = 12, PRODUCT = 16, SERIAL = 24, FIXED_PART = 36 };
	const DWORD query[3] = {DEVICE_PROPERTY, 0, 0};
	uint8_t descriptor[DESCRIPTOR_SIZE];

	memset(descriptor, 0, sizeof descriptor);
	if (!disk_ask(handle, IOCTL_STORAGE_QUERY_PROPERTY, query, sizeof query, descriptor, sizeof descriptor, FIXED_PART))
		return;
	out->removable = descriptor[REMOVABLE] != 0;
	add_text(descriptor, sizeof descriptor, le32_at(descriptor + VENDOR), out->model, sizeof out->model);
	add_text(descriptor, sizeof descriptor, le32_at(descriptor + PRODUCT), out->model, sizeof out->model);
	/* Some drivers give -1 for none. */
	add_text(descriptor, sizeof descriptor, le32_at(descriptor + SERIAL), out->serial, sizeof out->serial);
}

static bool ask_disk(unsigned number, struct listed_disk *out)
{
	wchar_t path[32];
	HANDLE handle;
	DWORD n;

	memset(out, 0, sizeof *out);
	snprintf(out->path, sizeof out->path, "\\\\.\\PhysicalDrive%u", number);
	if (!text_to_wide(out->path, path, 32))
		return false;
	handle = disk_open_handle(path, false);
	if (handle == INVALID_HANDLE_VALUE)
		return false;
	out->size = disk_handle_size(handle);
	disk_handle_sectors(handle, &out->logical_sector, &out->physical_sector);
	ask_identity(handle, out);
	out->read_only = !DeviceIoControl(handle, IOCTL_DISK_IS_WRITABLE, NULL, 0, NULL, 0, &n, NULL) &&
			 GetLastError() == ERROR_WRITE_PROTECT;
	CloseHandle(handle);
	return out->size > 0;
}

bool disk_list_json(struct text_buffer *out)
{
	bool is_first = true;

	text_add(out, "[");
	for (unsigned number = 0; number < MOST_NUMBERS; number++) {
		struct listed_disk disk;

		if (!ask_disk(number, &disk))
			continue;
		disk_list_add(out, &disk, is_first);
		is_first = false;
	}
	text_add(out, "]");
	return !out->cut;
}
