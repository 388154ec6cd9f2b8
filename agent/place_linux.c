#include "place_linux.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <unistd.h>

/* From the kernel's linux/fs.h, which musl-gcc does not see. */
#ifndef BLKGETSIZE64
#define BLKGETSIZE64 _IOR(0x12, 114, size_t)
#endif

enum disk_status place_status(int error, char *why, size_t why_capacity)
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

int place_open_read_only(const char *path, int flags)
{
	int fd = open(path, O_RDONLY | O_NOCTTY | O_NONBLOCK | flags);

	/* Kernels before 2.6.23 ignore O_CLOEXEC. */
	if (fd >= 0)
		fcntl(fd, F_SETFD, FD_CLOEXEC);
	return fd;
}

uint64_t place_size(int fd, bool block_device)
{
	struct stat st;
	uint64_t bytes = 0;

	if (block_device)
		return ioctl(fd, BLKGETSIZE64, &bytes) == 0 ? bytes : 0;
	return fstat(fd, &st) == 0 && st.st_size > 0 ? (uint64_t)st.st_size : 0;
}

void place_close(const struct place *place)
{
	if (place->direct >= 0)
		close(place->direct);
	if (place->buffered >= 0)
		close(place->buffered);
}

/* DISK_MISSING where it can be opened and is nothing to read from. */
enum disk_status place_open(const char *path, struct place *place, bool *block_device, char *why,
				   size_t why_capacity)
{
	enum disk_status status;
	struct stat st;

	place->direct = -1;
	place->buffered = place_open_read_only(path, 0);
	if (place->buffered < 0) {
		status = place_status(errno, why, why_capacity);
		/* Whatever keeps a device from being opened, it cannot be had. */
		return status == DISK_UNREADABLE ? DISK_MISSING : status;
	}
	if (fstat(place->buffered, &st) != 0 || (!S_ISBLK(st.st_mode) && !S_ISREG(st.st_mode))) {
		snprintf(why, why_capacity, "is neither a block device nor a regular file");
		return DISK_MISSING;
	}
	*block_device = S_ISBLK(st.st_mode);
	place->size = place_size(place->buffered, *block_device);
	if (place->size == 0) {
		snprintf(why, why_capacity, "has no bytes");
		return DISK_MISSING;
	}
	place->direct = place_open_read_only(path, O_DIRECT);
	return DISK_OK;
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

static enum disk_status read_buffered(const struct place *place, uint64_t offset, uint8_t *buffer, size_t length,
				      int *error)
{
	enum disk_status status;

	posix_fadvise(place->buffered, (off_t)offset, (off_t)length, POSIX_FADV_DONTNEED);
	status = read_fully(place->buffered, offset, buffer, length, length, error);
	posix_fadvise(place->buffered, (off_t)offset, (off_t)length, POSIX_FADV_DONTNEED);
	return status;
}

enum disk_status place_read(const struct place *place, uint64_t offset, uint8_t *buffer, size_t length,
				   size_t sector, int *error)
{
	enum disk_status status = DISK_UNREADABLE;

	*error = EINVAL;
	if (place->direct >= 0)
		status = read_fully(place->direct, offset, buffer, length, round_up(length, sector), error);
	/* EINVAL: this file, or this alignment, is not for direct reads. */
	if (status == DISK_UNREADABLE && *error == EINVAL)
		status = read_buffered(place, offset, buffer, length, error);
	return status;
}

