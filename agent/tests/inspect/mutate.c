/*
 * Inspects damaged variants of real images: `mutate ROUNDS SEED IMAGE ...`. One clean run notes which bytes are looked
 * at; each round then changes a few of exactly those, in memory, so that even sparse images of many GiB can be used.
 * A sanitizer's report, an abort or a round of more than MAX_SECONDS ends the program with an error.
 */
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "../../fs/bytes.h"
#include "../../fs/fs.h"
#include "../../inspect/report.h"

enum { MAX_PLACES = 1 << 16, MAX_CHANGES = 8, MAX_CHANGE = 8, MAX_SECONDS = 60 };

struct place {
	uint64_t offset;
	uint64_t length;
};

struct change {
	uint64_t offset;
	uint8_t bytes[MAX_CHANGE];
	size_t length;
};

/* An image with changes laid over it; notes places while it has room for them. */
struct image {
	const struct reader *below;
	struct place *places;
	size_t place_count;
	bool is_noting;
	struct change changes[MAX_CHANGES];
	size_t change_count;
};

static uint64_t random_state;

static uint64_t random_number(uint64_t below)
{
	/* xorshift64*: the same seed gives the same rounds everywhere. */
	random_state ^= random_state >> 12;
	random_state ^= random_state << 25;
	random_state ^= random_state >> 27;
	return below == 0 ? 0 : (random_state * UINT64_C(2685821657736338717)) % below;
}

static int read_image(const struct reader *self, uint64_t offset, void *buffer, size_t length)
{
	struct image *image = *(struct image *const *)self->context;
	if (image->is_noting && image->place_count < MAX_PLACES)
		image->places[image->place_count++] = (struct place){offset, length};
	if (reader_read(image->below, offset, buffer, length) != 0)
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

static void fill(struct change *change)
{
	static const uint64_t numbers[] = {0,	   1,	   2,	       0x7f,	   0x80,       0xff,	   0x7fff,
					   0x8000, 0xffff, 0x7fffffff, 0x80000000, 0xffffffff, UINT64_MAX, INT64_MAX};
	const uint64_t kind = random_number(4);
	change->length = (size_t)1 << random_number(4);
	if (kind == 0) {
		for (size_t i = 0; i < change->length; i++)
			change->bytes[i] = (uint8_t)random_number(256);
	} else if (kind == 1) {
		/* One bit. */
		change->length = 1;
		change->bytes[0] ^= (uint8_t)(1u << random_number(8));
	} else {
		const uint64_t number = numbers[random_number(sizeof numbers / sizeof numbers[0])];
		for (size_t i = 0; i < change->length; i++) {
			const size_t shift = 8 * (kind == 2 ? i : change->length - 1 - i);
			change->bytes[i] = (uint8_t)(number >> shift);
		}
	}
}

static void change_something(struct image *image)
{
	const size_t wanted = 1 + (size_t)random_number(MAX_CHANGES);
	image->change_count = 0;
	for (size_t i = 0; i < wanted && image->place_count > 0; i++) {
		const struct place *place = &image->places[random_number(image->place_count)];
		struct change *change = &image->changes[image->change_count];
		/* Structures have their numbers at the front. */
		const uint64_t within = random_number(2) == 0
						? random_number(place->length < 512 ? place->length : 512)
						: random_number(place->length);
		change->offset = place->offset + within;
		if (reader_read(image->below, change->offset, change->bytes, 1) != 0)
			continue;
		fill(change);
		image->change_count++;
	}
}

/* Where a partition's filesystem may be: at the start, and wherever a read began. */
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

static void inspect_once(const struct reader *disk, FILE *out)
{
	const struct inspected_device device = {"image", disk, NULL};
	alarm(MAX_SECONDS);
	inspect_report(&device, 1, out);
	walk_filesystem(disk, 0);
	walk_filesystem(disk, UINT64_C(1) << 20);
	alarm(0);
}

static int mutate(const char *path, uint64_t rounds, FILE *nowhere)
{
	struct stat status;
	const int descriptor = open(path, O_RDONLY);
	if (descriptor < 0 || fstat(descriptor, &status) != 0) {
		perror(path);
		return -1;
	}
	const struct reader below = reader_descriptor(&descriptor, (uint64_t)status.st_size, 512);
	struct image image = {.below = &below, .is_noting = true};
	struct image *const self = &image;
	const struct reader disk = {read_image, below.size, 512, &self, 0};
	image.places = malloc(MAX_PLACES * sizeof *image.places);
	if (image.places == NULL)
		return -1;
	inspect_once(&disk, nowhere);
	image.is_noting = false;
	for (uint64_t i = 0; i < rounds; i++) {
		change_something(&image);
		inspect_once(&disk, nowhere);
	}
	printf("%s: %" PRIu64 " rounds over %zu places\n", path, rounds, image.place_count);
	free(image.places);
	close(descriptor);
	return 0;
}

int main(int argc, char **argv)
{
	FILE *nowhere = fopen("/dev/null", "w");
	if (argc < 4 || nowhere == NULL) {
		fputs("usage: mutate ROUNDS SEED IMAGE ...\n", stderr);
		return 2;
	}
	random_state = strtoull(argv[2], NULL, 10) | 1;
	for (int i = 3; i < argc; i++) {
		if (mutate(argv[i], strtoull(argv[1], NULL, 10), nowhere) != 0)
			return 1;
	}
	fclose(nowhere);
	return 0;
}
