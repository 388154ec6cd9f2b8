#include "patched_image.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "../../fs/bytes.h"
#include "../../fs/fs.h"
#include "../../inspect/report.h"

static int read_image(const struct reader *self, uint64_t offset, void *buffer, size_t length)
{
	struct patched_image *image = *(struct patched_image *const *)self->context;
	if (image->is_noting && image->place_count < MAX_PLACES)
		image->places[image->place_count++] = (struct place){offset, length};
	if (reader_read(&image->below, offset, buffer, length) != 0)
		return -1;
	for (size_t i = 0; i < image->change_count; i++) {
		const struct change *change = &image->changes[i];
		for (size_t j = 0; j < change->length; j++) {
			const uint64_t at = change->offset + j;
			if (at >= offset && at - offset < length)
				((uint8_t *)buffer)[at - offset] = change->bytes[j];
		}
	}
	return 0;
}

int patched_image_open(struct patched_image *image, const char *path)
{
	struct stat status;
	const int descriptor = open(path, O_RDONLY);
	if (descriptor < 0 || fstat(descriptor, &status) != 0 || status.st_size <= 0) {
		perror(path);
		return -1;
	}
	const size_t size = (size_t)status.st_size;
	const void *bytes = mmap(NULL, size, PROT_READ, MAP_PRIVATE | MAP_NORESERVE, descriptor, 0);
	close(descriptor);
	*image = (struct patched_image){.self = image, .is_noting = true};
	image->places = malloc(MAX_PLACES * sizeof *image->places);
	if (bytes == MAP_FAILED || image->places == NULL) {
		perror(path);
		return -1;
	}
	image->below = reader_memory(bytes, size);
	image->reader = (struct reader){read_image, size, 512, &image->self, 0};
	return 0;
}

void patched_image_close(struct patched_image *image)
{
	munmap((void *)(uintptr_t)image->below.context, (size_t)image->below.size);
	free(image->places);
}

/* Where a partition's filesystem may be: at the start, and wherever a partition usually begins. */
static void walk_filesystem(const struct reader *disk, uint64_t offset)
{
	if (offset >= disk->size)
		return;
	struct fs *fs = fs_open(disk, offset, disk->size - offset, FS_TRUST_MAPS | FS_LEAVE_OUT_VOLATILE);
	if (fs == NULL)
		return;
	struct fs_range range;
	uint64_t end = 0;
	for (bool is_first = true; fs_used_next(fs, &range) == 1; is_first = false) {
		if (range.length == 0 || !range_within(range.start, range.length, disk->size - offset) ||
		    (!is_first && range.start <= end))
			abort();
		end = range.start + range.length;
	}
	fs_close(fs);
}

void patched_image_inspect(const struct patched_image *image, unsigned most_seconds)
{
	static FILE *nowhere;
	const struct inspected_device device = {"image", &image->reader, NULL};
	if (nowhere == NULL)
		nowhere = fopen("/dev/null", "w");
	alarm(most_seconds);
	inspect_report(&device, 1, nowhere);
	walk_filesystem(&image->reader, 0);
	walk_filesystem(&image->reader, UINT64_C(1) << 20);
	alarm(0);
}
