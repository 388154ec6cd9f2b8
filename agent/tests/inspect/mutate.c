/*
 * Inspects damaged variants of real images: `mutate [--never-less] ROUNDS SEED IMAGE ...`. One clean run notes which
 * bytes are looked at; each round then changes a few of exactly those. A sanitizer's report, an abort or a round of more
 * than MAX_SECONDS ends the program with an error. With --never-less the image is a filesystem whose maps have
 * checksums, and so does a round that leaves out anything that the clean run did not.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../../fs/bytes.h"
#include "../../fs/fs.h"
#include "patched_image.h"

enum { MAX_SECONDS = 60 };

static uint64_t random_state;

static uint64_t random_number(uint64_t below)
{
	/* xorshift64*: the same seed gives the same rounds everywhere. */
	random_state ^= random_state >> 12;
	random_state ^= random_state << 25;
	random_state ^= random_state >> 27;
	return below == 0 ? 0 : (random_state * UINT64_C(2685821657736338717)) % below;
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

static void change_something(struct patched_image *image)
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
		if (reader_read(&image->below, change->offset, change->bytes, 1) != 0)
			continue;
		fill(change);
		image->change_count++;
	}
}

/* Gaps between used ranges, in order. */
struct gaps {
	struct place *all;
	size_t count;
};

/* A walk that fails leaves nothing out. The caller frees `all`. */
static struct gaps find_gaps(const struct reader *disk)
{
	struct gaps gaps = {NULL, 0};
	struct fs *fs = fs_open(disk, 0, disk->size, 0);
	struct fs_range range = {0, 0};
	uint64_t at = 0;
	int more = fs == NULL ? -1 : 1;
	for (size_t room = 0; more == 1; at = range.start + range.length) {
		more = fs_used_next(fs, &range);
		if (more == 0)
			range = (struct fs_range){disk->size, 0};
		if (more < 0 || range.start <= at)
			continue;
		if (gaps.count == room) {
			room = room == 0 ? 64 : room * 2;
			gaps.all = realloc(gaps.all, room * sizeof *gaps.all);
			if (gaps.all == NULL)
				abort();
		}
		gaps.all[gaps.count++] = (struct place){at, range.start - at};
	}
	if (fs != NULL)
		fs_close(fs);
	if (more < 0)
		gaps.count = 0;
	return gaps;
}

/* Every gap lies in one of those that the undamaged image has. */
static bool is_covered(const struct gaps *gaps, const struct gaps *clean)
{
	size_t i = 0;
	for (size_t j = 0; j < gaps->count; j++) {
		const struct place *gap = &gaps->all[j];
		while (i < clean->count && clean->all[i].offset + clean->all[i].length <= gap->offset)
			i++;
		if (i == clean->count || gap->offset < clean->all[i].offset ||
		    gap->offset + gap->length > clean->all[i].offset + clean->all[i].length)
			return false;
	}
	return true;
}

static void tell_changes(const struct patched_image *image)
{
	for (size_t i = 0; i < image->change_count; i++) {
		fprintf(stderr, "  at %" PRIu64 ":", image->changes[i].offset);
		for (size_t j = 0; j < image->changes[i].length; j++)
			fprintf(stderr, " %02x", image->changes[i].bytes[j]);
		fputc('\n', stderr);
	}
}

/* Only what the walk reads is changed. */
static int never_less(struct patched_image *image, uint64_t rounds)
{
	struct gaps clean = find_gaps(&image->reader);
	int result = clean.count > 0 ? 0 : -1;
	image->is_noting = false;
	if (result != 0)
		fputs("nothing of it is left out to begin with\n", stderr);
	for (uint64_t i = 0; i < rounds && result == 0; i++) {
		change_something(image);
		struct gaps gaps = find_gaps(&image->reader);
		if (!is_covered(&gaps, &clean)) {
			fprintf(stderr, "round %" PRIu64 " leaves out what it must not:\n", i);
			tell_changes(image);
			result = -1;
		}
		free(gaps.all);
	}
	free(clean.all);
	return result;
}

static int mutate(const char *path, uint64_t rounds, bool is_never_less)
{
	static struct patched_image image;
	int result = 0;
	if (patched_image_open(&image, path) != 0)
		return -1;
	if (is_never_less) {
		result = never_less(&image, rounds);
	} else {
		patched_image_inspect(&image, MAX_SECONDS);
		image.is_noting = false;
		for (uint64_t i = 0; i < rounds; i++) {
			change_something(&image);
			patched_image_inspect(&image, MAX_SECONDS);
		}
	}
	printf("%s: %" PRIu64 " rounds over %zu places\n", path, rounds, image.place_count);
	patched_image_close(&image);
	return result;
}

int main(int argc, char **argv)
{
	const bool is_never_less = argc > 1 && strcmp(argv[1], "--never-less") == 0;
	char **arguments = argv + (is_never_less ? 2 : 1);
	const int count = argc - (is_never_less ? 2 : 1);
	if (count < 3) {
		fputs("usage: mutate [--never-less] ROUNDS SEED IMAGE ...\n", stderr);
		return 2;
	}
	random_state = strtoull(arguments[1], NULL, 10) | 1;
	for (int i = 2; i < count; i++) {
		if (mutate(arguments[i], strtoull(arguments[0], NULL, 10), is_never_less) != 0)
			return 1;
	}
	return 0;
}
