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

#include "os.h"

/* From the kernel's linux/fs.h, which musl-gcc does not see. */
#ifndef BLKSSZGET
#define BLKSSZGET _IO(0x12, 104)
#define BLKGETSIZE64 _IOR(0x12, 114, size_t)
#define BLKPBSZGET _IO(0x12, 123)
#endif

/*
 * Direct reads go around the page cache. That matters for more than speed: a block device's cache is not the cache of
 * the filesystem on its partition, so that buffered reads of /dev/sda would give the same stale bytes pass after pass.
 * Where direct reads are not possible, cached pages are dropped before and after each read.
 */
struct disk {
	int direct; /* -1: not possible */
	int buffered; /* -1: not opened yet */
	bool block_device;
	uint64_t size;
	uint32_t logical_sector;
	uint32_t physical_sector;
	uint32_t request_size;
	char counters[64]; /* path of the kernel's counters; empty: none */
	char path[4097];
};

static enum disk_status status_of(int error, char *why, size_t why_capacity)
{
	snprintf(why, why_capacity, "%s", strerror(error));
	switch (error) {
	case ENOENT:
	case ENOTDIR:
	case ENXIO:
	case ENODEV:
	case ENOMEDIUM:
	case EACCES:
	case EPERM:
	case EISDIR:
		return DISK_MISSING;
	case ENOMEM:
	case EMFILE:
	case ENFILE:
		return DISK_NO_MEMORY;
	default:
		return DISK_UNREADABLE;
	}
}

static int open_read_only(const char *path, int flags)
{
	int fd = open(path, O_RDONLY | O_NOCTTY | O_NONBLOCK | flags);

	/* Kernels before 2.6.23 ignore O_CLOEXEC. */
	if (fd >= 0)
		fcntl(fd, F_SETFD, FD_CLOEXEC);
	return fd;
}

static uint64_t size_of(int fd, bool block_device)
{
	struct stat st;
	uint64_t bytes = 0;

	if (block_device)
		return ioctl(fd, BLKGETSIZE64, &bytes) == 0 ? bytes : 0;
	return fstat(fd, &st) == 0 && st.st_size > 0 ? (uint64_t)st.st_size : 0;
}

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

enum disk_status disk_open(const char *path, struct disk **out, char *why, size_t why_capacity)
{
	struct disk *disk = calloc(1, sizeof *disk);
	struct stat st;
	enum disk_status status = DISK_NO_MEMORY;

	snprintf(why, why_capacity, "out of memory");
	if (disk == NULL)
		return status;
	disk->direct = -1;
	disk->buffered = -1;
	snprintf(disk->path, sizeof disk->path, "%s", path);
	disk->buffered = open_read_only(path, 0);
	if (disk->buffered < 0) {
		status = status_of(errno, why, why_capacity);
		/* Whatever keeps a device from being opened, it cannot be had. */
		if (status == DISK_UNREADABLE)
			status = DISK_MISSING;
		goto out;
	}
	if (fstat(disk->buffered, &st) != 0 || (!S_ISBLK(st.st_mode) && !S_ISREG(st.st_mode))) {
		snprintf(why, why_capacity, "is neither a block device nor a regular file");
		status = DISK_MISSING;
		goto out;
	}
	disk->block_device = S_ISBLK(st.st_mode);
	disk->size = size_of(disk->buffered, disk->block_device);
	if (disk->size == 0) {
		snprintf(why, why_capacity, "has no bytes");
		status = DISK_MISSING;
		goto out;
	}
	ask_sectors(disk, disk->buffered);
	find_counters(disk, &st);
	disk->direct = open_read_only(path, O_DIRECT);
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
	if (disk->direct >= 0)
		close(disk->direct);
	if (disk->buffered >= 0)
		close(disk->buffered);
	free(disk);
}

uint64_t disk_size(const struct disk *disk)
{
	return disk->size;
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
	int fd = open_read_only(disk->path, 0);
	uint64_t size;

	if (fd < 0)
		return 0;
	size = size_of(fd, disk->block_device);
	close(fd);
	return size;
}

static size_t round_up(size_t length, size_t unit)
{
	return (length + unit - 1) / unit * unit;
}

/* `room` bytes may be asked for although only `length` are needed: direct reads want whole sectors. */
static enum disk_status read_fully(int fd, uint64_t offset, uint8_t *buffer, size_t length, size_t room, int *error)
{
	size_t at = 0;

	while (at < length) {
		ssize_t n = pread(fd, buffer + at, room - at, (off_t)(offset + at));

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0) {
			*error = errno;
			return DISK_UNREADABLE;
		}
		if (n == 0)
			return DISK_CHANGED;
		at += (size_t)n;
	}
	return DISK_OK;
}

static enum disk_status read_direct(struct disk *disk, uint64_t offset, uint8_t *buffer, size_t length, int *error)
{
	return read_fully(disk->direct, offset, buffer, length, round_up(length, disk->logical_sector), error);
}

static enum disk_status read_buffered(struct disk *disk, uint64_t offset, uint8_t *buffer, size_t length, int *error)
{
	enum disk_status status;

	posix_fadvise(disk->buffered, (off_t)offset, (off_t)length, POSIX_FADV_DONTNEED);
	status = read_fully(disk->buffered, offset, buffer, length, length, error);
	posix_fadvise(disk->buffered, (off_t)offset, (off_t)length, POSIX_FADV_DONTNEED);
	return status;
}

enum disk_status disk_read(struct disk *disk, uint64_t offset, uint8_t *buffer, size_t length, char *why,
			   size_t why_capacity)
{
	enum disk_status status = DISK_UNREADABLE;
	int error = EINVAL;

	if (disk->direct >= 0)
		status = read_direct(disk, offset, buffer, length, &error);
	/* EINVAL: this file, or this alignment, is not for direct reads. */
	if (status == DISK_UNREADABLE && error == EINVAL)
		status = read_buffered(disk, offset, buffer, length, &error);
	if (status == DISK_UNREADABLE) {
		status = status_of(error, why, why_capacity);
		if (status == DISK_MISSING && (error == EACCES || error == EPERM))
			status = DISK_UNREADABLE;
	} else if (status == DISK_CHANGED) {
		snprintf(why, why_capacity, "the disk ends before byte %llu",
			 (unsigned long long)(offset + length));
	}
	return status;
}

/* Linux's own ways (LVM, frozen filesystems) change the source and are the assistant's business. */
void disk_hold_still(const char *const *paths, size_t count, disk_note note, void *context)
{
	(void)paths;
	(void)count;
	(void)note;
	(void)context;
}

void disk_let_go(void)
{
}
