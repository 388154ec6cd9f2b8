#include "disk.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "disk_range.h"
#include "os.h"
#include "parts_linux.h"
#include "place_linux.h"

/* From the kernel's linux/fs.h, which musl-gcc does not see. */
#ifndef BLKSSZGET
#define BLKSSZGET _IO(0x12, 104)
#define BLKPBSZGET _IO(0x12, 123)
#endif

/* A range that is read from elsewhere. */
struct part {
	struct disk_range range;
	uint64_t start;
	struct place *place;
};

enum { MOST_PLACES = 256 };

struct disk {
	struct place own;
	bool block_device;
	uint32_t logical_sector;
	uint32_t physical_sector;
	uint32_t request_size;
	char counters[64]; /* path of the kernel's counters; empty: none */
	struct place *places;
	size_t place_count;
	struct part *parts;
	size_t part_count;
	char path[4097];
};

/* Why the list of parts cannot be used; empty where it can. */
static char parts_damage[128];

static void ask_sectors(struct disk *disk, int fd)
{
	int logical = 0;
	unsigned physical = 0;

	disk->logical_sector = 512;
	if (disk->block_device && ioctl(fd, BLKSSZGET, &logical) == 0 && logical >= 512 && logical <= 65536)
		disk->logical_sector = (uint32_t)logical;
	disk->physical_sector = disk->logical_sector;
	if (disk->block_device && ioctl(fd, BLKPBSZGET, &physical) == 0 && physical > disk->logical_sector &&
	    physical <= 65536)
		disk->physical_sector = physical;
}

/* Of the whole disk, also where a partition or a file on one stands for it: what shares it, shares its time. */
static void find_counters(struct disk *disk, const struct stat *st)
{
	dev_t device = disk->block_device ? st->st_rdev : st->st_dev;
	char folder[48], path[96], text[32];
	unsigned kib = 0;

	snprintf(folder, sizeof folder, "/sys/dev/block/%u:%u", major(device), minor(device));
	snprintf(path, sizeof path, "%s/partition", folder);
	if (access(path, F_OK) == 0)
		snprintf(folder + strlen(folder), sizeof folder - strlen(folder), "/..");
	snprintf(disk->counters, sizeof disk->counters, "%s/stat", folder);
	snprintf(path, sizeof path, "%s/queue/max_sectors_kb", folder);
	disk->request_size = 128 * 1024;
	if (os_read_file(path, text, sizeof text) > 0 && sscanf(text, "%u", &kib) == 1 && kib > 0 && kib <= 1048576)
		disk->request_size = kib * 1024;
}

bool disk_ask_work(const struct disk *disk, struct disk_work *out)
{
	/* reads merged sectors ms, writes merged sectors ms, in flight, ms busy, ms queued, four of discards, flushes ms */
	unsigned long long n[17] = {0};
	char text[512];
	int found = 0;

	if (os_read_file(disk->counters, text, sizeof text) < 0)
		return false;
	for (char *at = text; found < 17; found++) {
		char *end;

		n[found] = strtoull(at, &end, 10);
		if (end == at)
			break;
		at = end;
	}
	if (found < 11)
		return false;
	out->requests = n[0] + n[4] + n[15];
	out->bytes = (n[2] + n[6]) * 512;
	out->request_us = (n[3] + n[7] + n[16]) * 1000;
	return true;
}

uint32_t disk_request_size(const struct disk *disk)
{
	return disk->request_size;
}

/* The place that `path` was opened as for an earlier part, or a new one; NULL where it cannot be had. */
static struct place *place_of(struct disk *disk, const char **opened, const char *path, char *why,
			      size_t why_capacity)
{
	struct place *place = &disk->places[disk->place_count];
	char reason[64] = "";
	bool block_device;
	enum disk_status status;

	for (size_t i = 0; i < disk->place_count; i++)
		if (strcmp(opened[i], path) == 0)
			return &disk->places[i];
	if (disk->place_count == MOST_PLACES) {
		snprintf(why, why_capacity, "parts of it are in too many places");
		return NULL;
	}
	status = place_open(path, place, &block_device, reason, sizeof reason);
	opened[disk->place_count] = path;
	disk->place_count++;
	if (status == DISK_OK)
		return place;
	snprintf(why, why_capacity, "%.50s is gone: %s", path, reason);
	return NULL;
}

static bool open_parts(struct disk *disk, const char *path, char *why, size_t why_capacity)
{
	struct disk_part *parts = calloc(MOST_PARTS, sizeof *parts);
	const char *opened[MOST_PLACES];
	bool done = false;
	size_t count;

	count = parts == NULL ? 0 : parts_of(path, parts, MOST_PARTS);
	disk->places = calloc(MOST_PLACES, sizeof *disk->places);
	disk->parts = calloc(count + 1, sizeof *disk->parts);
	if (parts == NULL || disk->places == NULL || disk->parts == NULL) {
		snprintf(why, why_capacity, "out of memory");
		goto out;
	}
	while (disk->part_count < count) {
		const struct disk_part *from = &parts[disk->part_count];
		struct place *place = place_of(disk, opened, from->device, why, why_capacity);

		if (place == NULL)
			goto out;
		if (from->start > place->size || from->length > place->size - from->start ||
		    from->offset > disk->own.size || from->length > disk->own.size - from->offset) {
			snprintf(why, why_capacity, "%.50s is smaller than the part of the disk that it is to be",
				 from->device);
			goto out;
		}
		disk->parts[disk->part_count++] =
			(struct part){{from->offset, from->length}, from->start, place};
	}
	done = true;
out:
	free(parts);
	return done;
}

enum disk_status disk_open(const char *path, struct disk **out, char *why, size_t why_capacity)
{
	struct disk *disk = calloc(1, sizeof *disk);
	struct stat st;
	enum disk_status status = DISK_NO_MEMORY;

	snprintf(why, why_capacity, "out of memory");
	if (disk == NULL)
		return status;
	snprintf(disk->path, sizeof disk->path, "%s", path);
	status = place_open(path, &disk->own, &disk->block_device, why, why_capacity);
	if (status != DISK_OK)
		goto out;
	ask_sectors(disk, disk->own.buffered);
	if (fstat(disk->own.buffered, &st) == 0)
		find_counters(disk, &st);
	status = DISK_MISSING;
	if (parts_damage[0] != '\0')
		snprintf(why, why_capacity, "%s", parts_damage);
	else if (open_parts(disk, path, why, why_capacity))
		status = DISK_OK;
out:
	if (status == DISK_OK)
		*out = disk;
	else
		disk_close(disk);
	return status;
}

void disk_close(struct disk *disk)
{
	if (disk == NULL)
		return;
	for (size_t i = 0; i < disk->place_count; i++)
		place_close(&disk->places[i]);
	place_close(&disk->own);
	free(disk->places);
	free(disk->parts);
	free(disk);
}

uint64_t disk_size(const struct disk *disk)
{
	return disk->own.size;
}

bool disk_is_device(const struct disk *disk)
{
	return disk->block_device;
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
	/* A device that was pulled out keeps its size in open descriptors, so its path is asked. */
	int fd = place_open_read_only(disk->path, 0);
	uint64_t size;

	if (fd < 0)
		return 0;
	size = place_size(fd, disk->block_device);
	close(fd);
	return size;
}

static enum disk_status read_own(const struct disk *disk, uint64_t offset, uint8_t *buffer, size_t length, char *why,
				 size_t why_capacity)
{
	int error;
	enum disk_status status = place_read(&disk->own, offset, buffer, length, disk->logical_sector, &error);

	if (status == DISK_UNREADABLE) {
		status = place_status(error, why, why_capacity);
		if (status == DISK_MISSING && (error == EACCES || error == EPERM))
			status = DISK_UNREADABLE;
	} else if (status == DISK_CHANGED) {
		snprintf(why, why_capacity, "the disk ends before byte %llu",
			 (unsigned long long)(offset + length));
	}
	return status;
}

/* What a snapshot does not give is no bad sector of the disk: it overflowed or was taken away, and the copy with it. */
static enum disk_status read_part(const struct disk *disk, const struct part *part, uint64_t offset, uint8_t *buffer,
				  size_t length, char *why, size_t why_capacity)
{
	int error = 0;
	const enum disk_status status = place_read(part->place, part->start + (offset - part->range.offset), buffer, length,
						   disk->logical_sector, &error);

	if (status == DISK_OK)
		return status;
	snprintf(why, why_capacity, "what is read from a snapshot cannot be read any more: %s",
		 status == DISK_CHANGED ? "it ends earlier" : strerror(error));
	return DISK_CHANGED;
}

enum disk_status disk_read(struct disk *disk, uint64_t offset, uint8_t *buffer, size_t length, char *why,
			   size_t why_capacity)
{
	for (size_t done = 0; done < length;) {
		uint64_t run;
		const struct part *part = disk_range_at(disk->parts, disk->part_count, sizeof *disk->parts, offset + done,
							disk->own.size, &run);
		const size_t step = length - done < run ? length - done : (size_t)run;
		const enum disk_status status =
			part == NULL ? read_own(disk, offset + done, buffer + done, step, why, why_capacity)
				     : read_part(disk, part, offset + done, buffer + done, step, why, why_capacity);

		if (status != DISK_OK)
			return status;
		done += step;
	}
	return DISK_OK;
}

/* Making snapshots changes the source and is the assistant's business; what it made is read from. */
void disk_hold_still(const char *const *paths, size_t count, disk_note note, void *context)
{
	struct disk_part *parts = calloc(MOST_PARTS, sizeof *parts);
	char text[64];

	parts_damage[0] = '\0';
	if (!parts_load(parts_damage, sizeof parts_damage) || parts == NULL) {
		free(parts);
		return;
	}
	for (size_t i = 0; i < count; i++) {
		const size_t n = parts_of(paths[i], parts, MOST_PARTS);

		if (n == 0)
			continue;
		snprintf(text, sizeof text, "%u ranges of a disk are read from snapshots", (unsigned)n);
		note(context, text);
	}
	free(parts);
}

void disk_let_go(void)
{
	parts_forget();
	parts_damage[0] = '\0';
}
