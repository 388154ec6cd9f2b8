#include "check.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/types.h>
#include <unistd.h>

#include "../salvage.h"

/*
 * Reading from a disk with bad sectors: a real file through the real disk code, whose pread fails where the test says
 * (the program is linked with --wrap=pread).
 */

ssize_t __real_pread(int fd, void *buffer, size_t length, off_t offset);
ssize_t __wrap_pread(int fd, void *buffer, size_t length, off_t offset);

enum { SECTOR = 512, SECTORS = 2048, DISK_SIZE = SECTORS * SECTOR, CHUNK = 512 * 1024, MOST_RANGES = 2048 };

static bool bad_sector[SECTORS];
static int bad_errno = EIO;
static unsigned failing_calls; /* the next so many fail, whatever they read */

ssize_t __wrap_pread(int fd, void *buffer, size_t length, off_t offset)
{
	if (failing_calls > 0) {
		failing_calls--;
		errno = EIO;
		return -1;
	}
	for (size_t at = 0; at < length; at += SECTOR) {
		size_t sector = ((size_t)offset + at) / SECTOR;

		if (sector < SECTORS && bad_sector[sector]) {
			errno = bad_errno;
			return -1;
		}
	}
	return __real_pread(fd, buffer, length, offset);
}

struct found {
	struct bad_range range[MOST_RANGES];
	size_t count;
};

static void note(void *context, const struct bad_range *range, const char *why)
{
	struct found *found = context;

	CHECK(strlen(why) > 0);
	if (found->count < MOST_RANGES)
		found->range[found->count++] = *range;
}

static char path[] = "/tmp/sma-salvage-XXXXXX";
static struct disk *disk;
static uint8_t *buffer;

static uint8_t content(size_t at)
{
	return (uint8_t)(at / SECTOR * 7 + at % 251 + 1);
}

static void set_up(void)
{
	static uint8_t bytes[DISK_SIZE];
	char why[128];
	int fd;

	snprintf(path, sizeof path, "/tmp/sma-salvage-XXXXXX");
	fd = mkstemp(path);

	for (size_t i = 0; i < sizeof bytes; i++)
		bytes[i] = content(i);
	CHECK(write(fd, bytes, sizeof bytes) == (ssize_t)sizeof bytes);
	close(fd);
	memset(bad_sector, 0, sizeof bad_sector);
	bad_errno = EIO;
	failing_calls = 0;
	CHECK(disk_open(path, &disk, why, sizeof why) == DISK_OK);
	buffer = aligned_alloc(DISK_ALIGNMENT, CHUNK);
}

static void tear_down(void)
{
	disk_close(disk);
	unlink(path);
	free(buffer);
}

static enum disk_status read_at(uint64_t offset, struct found *found)
{
	char why[128];

	found->count = 0;
	return salvage_read(disk, offset, buffer, CHUNK, note, found, why, sizeof why);
}

static void check_content(uint64_t offset)
{
	for (size_t i = 0; i < CHUNK; i++) {
		uint8_t want = bad_sector[(offset + i) / SECTOR] ? 0 : content((size_t)offset + i);

		if (buffer[i] != want) {
			CHECK_NUMBER(buffer[i], want);
			return;
		}
	}
}

TEST("reads a sound chunk without reporting anything")
{
	struct found found;

	set_up();
	CHECK_NUMBER(read_at(CHUNK, &found), DISK_OK);
	CHECK_NUMBER(found.count, 0);
	check_content(CHUNK);
	tear_down();
}

TEST("finds one bad sector to the byte and keeps everything around it")
{
	struct found found;

	set_up();
	bad_sector[1300] = true;
	CHECK_NUMBER(read_at(CHUNK, &found), DISK_UNREADABLE);
	CHECK_NUMBER(found.count, 1);
	CHECK_NUMBER(found.range[0].offset, 1300 * SECTOR);
	CHECK_NUMBER(found.range[0].length, SECTOR);
	check_content(CHUNK);
	tear_down();
}

TEST("reports neighbouring bad sectors as one range, also over the pieces of its search, and distant ones apart")
{
	struct found found;

	set_up();
	/* 128 sectors make a piece: the range goes over two borders. */
	for (size_t i = 100; i < 300; i++)
		bad_sector[i] = true;
	bad_sector[0] = bad_sector[302] = bad_sector[1023] = true;
	CHECK_NUMBER(read_at(0, &found), DISK_UNREADABLE);
	CHECK_NUMBER(found.count, 4);
	CHECK_NUMBER(found.range[0].offset, 0);
	CHECK_NUMBER(found.range[1].offset, 100 * SECTOR);
	CHECK_NUMBER(found.range[1].length, 200 * SECTOR);
	CHECK_NUMBER(found.range[2].offset, 302 * SECTOR);
	CHECK_NUMBER(found.range[3].offset, 1023 * SECTOR);
	check_content(0);
	tear_down();
}

TEST("reports a chunk that cannot be read at all as one range and gives zeros")
{
	struct found found;

	set_up();
	memset(bad_sector, true, sizeof bad_sector);
	CHECK_NUMBER(read_at(CHUNK, &found), DISK_UNREADABLE);
	CHECK_NUMBER(found.count, 1);
	CHECK_NUMBER(found.range[0].offset, CHUNK);
	CHECK_NUMBER(found.range[0].length, CHUNK);
	check_content(CHUNK);
	tear_down();
}

TEST("takes a chunk as sound when the second try reads it")
{
	struct found found;

	set_up();
	failing_calls = 1;
	CHECK_NUMBER(read_at(0, &found), DISK_OK);
	CHECK_NUMBER(found.count, 0);
	check_content(0);
	tear_down();
}

TEST("tells a disk that is gone from a bad sector")
{
	struct found found;

	set_up();
	bad_sector[10] = true;
	bad_errno = ENXIO;
	CHECK_NUMBER(read_at(0, &found), DISK_MISSING);
	CHECK_NUMBER(found.count, 0);
	tear_down();
}

TEST("tells a disk that has become shorter from a bad sector")
{
	struct found found;

	set_up();
	CHECK(truncate(path, CHUNK + 5 * SECTOR) == 0);
	CHECK_NUMBER(read_at(CHUNK, &found), DISK_CHANGED);
	CHECK_NUMBER(disk_size_now(disk), CHUNK + 5 * SECTOR);
	CHECK_NUMBER(disk_size(disk), DISK_SIZE);
	tear_down();
}

TEST("refuses what is not a disk, naming why")
{
	struct disk *none = NULL;
	char why[128];

	CHECK_NUMBER(disk_open("/nonexistent", &none, why, sizeof why), DISK_MISSING);
	CHECK(strlen(why) > 0);
	CHECK_NUMBER(disk_open("/tmp", &none, why, sizeof why), DISK_MISSING);
	CHECK_TEXT(why, "is neither a block device nor a regular file");
	CHECK_NUMBER(disk_open("/dev/null", &none, why, sizeof why), DISK_MISSING);
	set_up();
	CHECK(truncate(path, 0) == 0);
	CHECK_NUMBER(disk_open(path, &none, why, sizeof why), DISK_MISSING);
	CHECK_TEXT(why, "has no bytes");
	CHECK(none == NULL);
	tear_down();
}

TEST("reads a disk whose size is not a multiple of its sectors")
{
	struct disk *odd = NULL;
	char why[128];

	set_up();
	CHECK(truncate(path, CHUNK + 777) == 0);
	CHECK_NUMBER(disk_open(path, &odd, why, sizeof why), DISK_OK);
	memset(buffer, 0, CHUNK);
	CHECK_NUMBER(disk_read(odd, CHUNK, buffer, 777, why, sizeof why), DISK_OK);
	for (size_t i = 0; i < 777; i++)
		CHECK(buffer[i] == content(CHUNK + i));
	disk_close(odd);
	tear_down();
}
