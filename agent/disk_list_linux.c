#include "disk.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "disk_list.h"
#include "os.h"

#ifndef BLKROGET
#define BLKROGET _IO(0x12, 94)
#endif

/* Whole disks from /sys/block. */

enum { MOST_DISKS = 1024, NAME_CAPACITY = 64, TEXT_CAPACITY = LISTED_TEXT };

/* Nothing that holds its data elsewhere, and nothing that is not a disk. */
static bool is_disk_name(const char *name)
{
	static const char *const others[] = {"loop", "ram", "zram", "sr", "scd", "fd", "dm-", "md"};

	if (name[0] == '.')
		return false;
	for (size_t i = 0; i < sizeof others / sizeof *others; i++)
		if (strncmp(name, others[i], strlen(others[i])) == 0)
			return false;
	return true;
}

/* Reads /sys/block/<name>/<attribute> without the blanks around it; "" when there is none. */
static void read_attribute(const char *name, const char *attribute, char *out, size_t capacity)
{
	char path[NAME_CAPACITY + 64];
	char text[TEXT_CAPACITY];
	size_t start = 0, end;
	long n;

	out[0] = '\0';
	snprintf(path, sizeof path, "/sys/block/%s/%s", name, attribute);
	n = os_read_file(path, text, sizeof text);
	if (n < 0)
		return;
	/* A VPD page 80 has four bytes of header before the number. */
	if (n > 4 && text[0] == '\0' && (uint8_t)text[1] == 0x80)
		start = 4;
	end = start + strlen(text + start);
	while (end > start && (uint8_t)text[end - 1] <= ' ')
		end--;
	while (start < end && (uint8_t)text[start] <= ' ')
		start++;
	text[end] = '\0';
	snprintf(out, capacity, "%s", text + start);
}

static void read_first_of(const char *name, const char *const *attributes, char *out, size_t capacity)
{
	out[0] = '\0';
	for (; *attributes != NULL && out[0] == '\0'; attributes++)
		read_attribute(name, *attributes, out, capacity);
}

static bool ask_disk(const char *name, struct listed_disk *out)
{
	static const char *const models[] = {"device/model", NULL};
	static const char *const serials[] = {"serial", "device/serial", "device/vpd_pg80", NULL};
	char text[TEXT_CAPACITY], why[128];
	struct disk *disk;
	uint64_t sectors = 0;

	memset(out, 0, sizeof *out);
	/* In /sys a `!` stands for the `/` of names like cciss/c0d0. */
	snprintf(out->path, sizeof out->path, "/dev/%.63s", name);
	for (char *c = out->path; *c != '\0'; c++)
		if (*c == '!')
			*c = '/';
	read_attribute(name, "size", text, sizeof text);
	if (!text_to_number(text, strlen(text), UINT64_MAX / 512, &sectors) || sectors == 0)
		return false;
	out->size = sectors * 512;
	out->logical_sector = out->physical_sector = 512;
	if (disk_open(out->path, &disk, why, sizeof why) == DISK_OK) {
		out->size = disk_size(disk);
		out->logical_sector = disk_logical_sector(disk);
		out->physical_sector = disk_physical_sector(disk);
		disk_close(disk);
	}
	read_first_of(name, models, out->model, sizeof out->model);
	read_first_of(name, serials, out->serial, sizeof out->serial);
	read_attribute(name, "removable", text, sizeof text);
	out->removable = strcmp(text, "1") == 0;
	read_attribute(name, "ro", text, sizeof text);
	out->read_only = strcmp(text, "1") == 0;
	if (text[0] == '\0') {
		/* Old kernels have no such attribute. */
		int fd = open(out->path, O_RDONLY | O_NONBLOCK | O_CLOEXEC), flag = 0;

		if (fd >= 0) {
			out->read_only = ioctl(fd, BLKROGET, &flag) == 0 && flag != 0;
			close(fd);
		}
	}
	return true;
}

static int by_name(const void *a, const void *b)
{
	return strcmp(a, b);
}

bool disk_list_json(struct text_buffer *out)
{
	static char names[MOST_DISKS][NAME_CAPACITY];
	DIR *directory = opendir("/sys/block");
	struct dirent *entry;
	size_t n = 0;
	bool is_first = true;

	if (directory == NULL)
		return false;
	while (n < MOST_DISKS && (entry = readdir(directory)) != NULL)
		if (is_disk_name(entry->d_name) && strlen(entry->d_name) < NAME_CAPACITY)
			memcpy(names[n++], entry->d_name, strlen(entry->d_name) + 1);
	closedir(directory);
	qsort(names, n, sizeof *names, by_name);
	text_add(out, "[");
	for (size_t i = 0; i < n; i++) {
		struct listed_disk disk;

		if (!ask_disk(names[i], &disk))
			continue;
		disk_list_add(out, &disk, is_first);
		is_first = false;
	}
	text_add(out, "]");
	return !out->cut;
}
