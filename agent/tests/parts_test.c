#include "check.h"

#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

#include "../disk.h"
#include "../os.h"

/* Disks of which parts are read from elsewhere, as `agent.parts` beside this program says. */

enum { PAGE = 4096, DISK_SIZE = 16 * PAGE };

enum { PATH_SIZE = 64 };

static char list[4200], disk_path[PATH_SIZE], other_path[PATH_SIZE];
static uint8_t *buffer;
static unsigned noted;

static void make_file(char *path, const char *template, uint8_t first)
{
	static uint8_t bytes[DISK_SIZE];
	int fd;

	snprintf(path, PATH_SIZE, "%s", template);
	fd = mkstemp(path);
	for (size_t i = 0; i < sizeof bytes; i++)
		bytes[i] = (uint8_t)(first + i / PAGE);
	CHECK(write(fd, bytes, sizeof bytes) == (ssize_t)sizeof bytes);
	close(fd);
}

static void write_list(const char *text)
{
	int fd = open(list, O_WRONLY | O_CREAT | O_TRUNC, 0600);

	CHECK(write(fd, text, strlen(text)) == (ssize_t)strlen(text));
	close(fd);
}

static void count_note(void *context, const char *text)
{
	(void)context;
	(void)text;
	noted++;
}

static void set_up(void)
{
	static char directory[4096];

	CHECK(os_own_directory(directory, sizeof directory));
	snprintf(list, sizeof list, "%s/agent.parts", directory);
	unlink(list);
	make_file(disk_path, "/tmp/sma-parts-disk-XXXXXX", 1);
	make_file(other_path, "/tmp/sma-parts-other-XXXXXX", 101);
	buffer = aligned_alloc(PAGE, DISK_SIZE);
	noted = 0;
}

static void tear_down(void)
{
	disk_let_go();
	unlink(list);
	unlink(disk_path);
	unlink(other_path);
	free(buffer);
}

static enum disk_status open_held(struct disk **disk, char *why, size_t capacity)
{
	const char *const paths[] = {disk_path};

	*disk = NULL;
	disk_hold_still(paths, 1, count_note, NULL);
	return disk_open(disk_path, disk, why, capacity);
}

static void check_page(size_t page, uint8_t want)
{
	CHECK_NUMBER(buffer[page * PAGE], want);
	CHECK_NUMBER(buffer[page * PAGE + PAGE - 1], want);
}

TEST("reads a part from where the list says, and everything around it from the disk")
{
	char text[400], why[128];
	struct disk *disk;

	set_up();
	/* Not in order; another disk's part is none of this one's. */
	snprintf(text, sizeof text, "%s\t%d\t%d\t%d\t%s\n%s\t%d\t%d\t%d\t%s\n/dev/none\t0\t512\t0\t%s\nend\n", disk_path,
		 8 * PAGE, 2 * PAGE, 0, other_path, disk_path, 3 * PAGE, PAGE, 5 * PAGE, other_path, other_path);
	write_list(text);
	CHECK_NUMBER(open_held(&disk, why, sizeof why), DISK_OK);
	CHECK_NUMBER(noted, 1);
	CHECK_NUMBER(disk_read(disk, 0, buffer, DISK_SIZE, why, sizeof why), DISK_OK);
	for (size_t page = 0; page < 16; page++)
		check_page(page, page == 3 ? 106 : page == 8 ? 101 : page == 9 ? 102 : (uint8_t)(page + 1));
	/* Beginning and ending inside a part. */
	CHECK_NUMBER(disk_read(disk, 9 * PAGE, buffer, 2 * PAGE, why, sizeof why), DISK_OK);
	check_page(0, 102);
	check_page(1, 11);
	disk_close(disk);
	tear_down();
}

TEST("takes the list anew for every pass: gone is gone")
{
	char text[300], why[128];
	struct disk *disk;

	set_up();
	snprintf(text, sizeof text, "%s\t0\t%d\t0\t%s\nend\n", disk_path, PAGE, other_path);
	write_list(text);
	CHECK_NUMBER(open_held(&disk, why, sizeof why), DISK_OK);
	disk_close(disk);
	unlink(list);
	CHECK_NUMBER(open_held(&disk, why, sizeof why), DISK_OK);
	CHECK_NUMBER(disk_read(disk, 0, buffer, PAGE, why, sizeof why), DISK_OK);
	check_page(0, 1);
	disk_close(disk);
	tear_down();
}

TEST("reads nothing at all by a list that is damaged")
{
	static const char *const ends[] = {"", "end", "0\t512\t0\t/tmp\n", "0\t0\t0\t/tmp\nend\n", "1\t512\t0\t/tmp\nend\n",
					   "0\t512\t0\ttmp\nend\n", "0\t512\t-1\t/tmp\nend\n",
					   "0\t9223372036854775296\t0\t/tmp\nend\n"};
	char text[300], why[128];
	struct disk *disk;

	for (size_t i = 0; i < sizeof ends / sizeof *ends; i++) {
		set_up();
		snprintf(text, sizeof text, "%s\t%s", disk_path, ends[i]);
		write_list(text);
		CHECK_NUMBER(open_held(&disk, why, sizeof why), DISK_MISSING);
		CHECK(strlen(why) > 0);
		tear_down();
	}
	set_up();
	snprintf(text, sizeof text, "%s\t0\t1024\t0\t%s\n%s\t512\t512\t0\t%s\nend\n", disk_path, other_path, disk_path,
		 other_path);
	write_list(text);
	CHECK_NUMBER(open_held(&disk, why, sizeof why), DISK_MISSING);
	tear_down();
}

TEST("a snapshot that is gone, or shorter than its part, fails the disk")
{
	char text[300], why[128];
	struct disk *disk;

	set_up();
	snprintf(text, sizeof text, "%s\t0\t%d\t%d\t%s\nend\n", disk_path, PAGE, DISK_SIZE, other_path);
	write_list(text);
	CHECK_NUMBER(open_held(&disk, why, sizeof why), DISK_MISSING);
	snprintf(text, sizeof text, "%s\t0\t%d\t0\t/dev/mapper/none\nend\n", disk_path, PAGE);
	write_list(text);
	CHECK_NUMBER(open_held(&disk, why, sizeof why), DISK_MISSING);
	CHECK(strstr(why, "is gone") != NULL);
	tear_down();
}

TEST("a snapshot that cannot be read is no bad sector: the copy does not go on with zeros")
{
	char text[300], why[128];
	struct disk *disk;

	set_up();
	snprintf(text, sizeof text, "%s\t0\t%d\t0\t%s\nend\n", disk_path, 2 * PAGE, other_path);
	write_list(text);
	CHECK_NUMBER(open_held(&disk, why, sizeof why), DISK_OK);
	CHECK(truncate(other_path, PAGE) == 0);
	CHECK_NUMBER(disk_read(disk, 0, buffer, 2 * PAGE, why, sizeof why), DISK_CHANGED);
	CHECK(strstr(why, "snapshot") != NULL);
	disk_close(disk);
	tear_down();
}
