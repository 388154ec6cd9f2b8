/*
 * An image file, mapped into memory, with a few changes laid over it; sparse images of many GiB can be used. It notes
 * which bytes are looked at, so that exactly those can be changed.
 */
#ifndef SMA_TESTS_PATCHED_IMAGE_H
#define SMA_TESTS_PATCHED_IMAGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "../../fs/reader.h"

enum { MAX_PLACES = 1 << 16, MAX_CHANGES = 8, MAX_CHANGE = 8 };

struct place {
	uint64_t offset;
	uint64_t length;
};

struct change {
	uint64_t offset;
	uint8_t bytes[MAX_CHANGE];
	size_t length;
};

struct patched_image {
	struct reader below;
	/* What the reader's context, which is constant, points to. */
	struct patched_image *self;
	struct reader reader;
	struct place *places;
	size_t place_count;
	bool is_noting;
	struct change changes[MAX_CHANGES];
	size_t change_count;
};

/* Maps the file. Says why and returns -1 when it cannot. The image must not be moved afterwards. */
int patched_image_open(struct patched_image *image, const char *path);
void patched_image_close(struct patched_image *image);

/* Looks at the image as agents do: the report on it, and the walks of a filesystem at its start or 1 MiB behind it. */
void patched_image_inspect(const struct patched_image *image, unsigned most_seconds);

#endif
