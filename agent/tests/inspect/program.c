/*
 * Inspect and the filesystem readers on image files, for tests that compare them with other tools; built with
 * sanitizers.
 *
 *   program report IMAGE ...                           the JSON document
 *   program ranges IMAGE OFFSET SIZE safe|trust        `start length` of each used range in bytes, then
 *                                                      `doubted N`, `distrust WHY` (empty for none), `end RESULT`
 *   program mapped IMAGE OFFSET SIZE FOLDER            the same with the system's map: its recorded answers are in
 *                                                      FOLDER, `volume` and `bitmap-FIRST CLUSTER`; then `differ N`
 *   program families IMAGE OFFSET SIZE                 the filesystem's family and counts, one `key value` a line
 */
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "../../fs/fs.h"
#include "../../inspect/report.h"
#include "../../used/system_map.h"

enum { MAX_IMAGES = 16 };

static int open_image(const char *path, struct reader *reader, int *descriptor)
{
	struct stat status;
	*descriptor = open(path, O_RDONLY);
	if (*descriptor < 0 || fstat(*descriptor, &status) != 0) {
		perror(path);
		return -1;
	}
	*reader = reader_descriptor(descriptor, (uint64_t)status.st_size, 512);
	return 0;
}

static int report(int count, char **paths)
{
	struct reader readers[MAX_IMAGES];
	struct inspected_device devices[MAX_IMAGES];
	int descriptors[MAX_IMAGES];
	if (count < 1 || count > MAX_IMAGES)
		return 2;
	for (int i = 0; i < count; i++) {
		if (open_image(paths[i], &readers[i], &descriptors[i]) != 0)
			return 1;
		devices[i] = (struct inspected_device){paths[i], &readers[i], NULL};
	}
	const int result = inspect_report(devices, (size_t)count, stdout);
	for (int i = 0; i < count; i++)
		close(descriptors[i]);
	return result == 0 ? 0 : 1;
}

static void print_ranges(struct fs *fs)
{
	struct fs_counts counts;
	struct fs_range range;
	int more;
	while ((more = fs_used_next(fs, &range)) == 1)
		printf("%" PRIu64 " %" PRIu64 "\n", range.start, range.length);
	if (fs_counts(fs, &counts) != 0)
		counts.distrust = NULL;
	printf("doubted %" PRIu64 "\ndistrust %s\n", fs_doubted(fs),
	       counts.distrust == NULL ? "" : counts.distrust);
	printf("end %d\n", more);
}

static int filesystem(int count, char **arguments, bool wants_ranges)
{
	struct reader disk;
	int descriptor;
	if (count < 3 || open_image(arguments[0], &disk, &descriptor) != 0)
		return 2;
	const bool trust = count > 3 && strcmp(arguments[3], "trust") == 0;
	struct fs *fs = fs_open(&disk, strtoull(arguments[1], NULL, 10), strtoull(arguments[2], NULL, 10),
				trust ? FS_TRUST_MAPS : 0);
	if (fs == NULL) {
		puts("none");
	} else if (wants_ranges) {
		print_ranges(fs);
	} else {
		struct fs_counts counts;
		if (fs_counts(fs, &counts) == 0)
			printf("family %s\nblockSize %" PRIu32 "\ntotal %" PRIu64 "\nused %" PRIu64
			       "\nsource %d\nstate %d\nneedsReplay %d\n",
			       fs_family(fs), counts.block_size, counts.total_blocks, counts.used_blocks,
			       (int)counts.source, (int)counts.state, (int)counts.needs_replay);
	}
	fs_close(fs);
	close(descriptor);
	return 0;
}

/* A recorded answer. */
static size_t replay(void *context, enum system_question question, const uint8_t *in, size_t in_size, uint8_t *out,
		     size_t capacity)
{
	uint64_t first = 0;
	char path[1024];
	size_t size;
	FILE *file;

	for (size_t i = 0; i < in_size; i++)
		first |= (uint64_t)in[i] << (8 * i);
	if (question == ASK_NTFS_VOLUME_DATA)
		snprintf(path, sizeof path, "%s/volume", (const char *)context);
	else
		snprintf(path, sizeof path, "%s/bitmap-%" PRIu64, (const char *)context, first);
	file = fopen(path, "rb");
	if (file == NULL)
		return 0;
	size = fread(out, 1, capacity, file);
	fclose(file);
	return size;
}

static int mapped(int count, char **arguments)
{
	static struct system_map map;
	struct fs_system_map system;
	struct reader disk;
	int descriptor;
	if (count < 4 || open_image(arguments[0], &disk, &descriptor) != 0)
		return 2;
	struct fs *fs = fs_open(&disk, strtoull(arguments[1], NULL, 10), strtoull(arguments[2], NULL, 10),
				FS_LEAVE_OUT_VOLATILE);
	map.ask = replay;
	map.context = arguments[3];
	if (fs == NULL || !system_map_start(&map, &system) || !fs_use_system_map(fs, &system)) {
		puts("refused");
	} else {
		print_ranges(fs);
		printf("differ %" PRIu64 "\n", fs_map_differences(fs));
	}
	if (fs != NULL)
		fs_close(fs);
	close(descriptor);
	return 0;
}

int main(int argc, char **argv)
{
	if (argc > 2 && strcmp(argv[1], "report") == 0)
		return report(argc - 2, argv + 2);
	if (argc > 2 && strcmp(argv[1], "ranges") == 0)
		return filesystem(argc - 2, argv + 2, true);
	if (argc > 2 && strcmp(argv[1], "families") == 0)
		return filesystem(argc - 2, argv + 2, false);
	if (argc > 2 && strcmp(argv[1], "mapped") == 0)
		return mapped(argc - 2, argv + 2);
	fputs("usage: program report|ranges|mapped|families IMAGE ...\n", stderr);
	return 2;
}
