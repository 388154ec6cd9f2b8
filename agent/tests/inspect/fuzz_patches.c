/*
 * libFuzzer's target for real images, which are too large to be an input: an input is a few changes to one of the images
 * that SMA_FUZZ_IMAGES names (separated by colons), in places that a clean run looks at. The first byte chooses the
 * image; then, for each change, two bytes the place, two the offset in it, one the length, and the bytes.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../../fs/bytes.h"
#include "patched_image.h"

enum { MAX_IMAGES = 32, CHANGE_HEAD = 5 };

int LLVMFuzzerInitialize(int *argc, char ***argv);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static struct patched_image images[MAX_IMAGES];
static size_t image_count;

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
	char *names = getenv("SMA_FUZZ_IMAGES");
	(void)argc, (void)argv;
	for (char *name = names == NULL ? NULL : strtok(names, ":"); name != NULL && image_count < MAX_IMAGES;
	     name = strtok(NULL, ":")) {
		if (patched_image_open(&images[image_count], name) != 0)
			exit(2);
		patched_image_inspect(&images[image_count], 0);
		images[image_count++].is_noting = false;
	}
	if (image_count == 0) {
		fputs("SMA_FUZZ_IMAGES names no images\n", stderr);
		exit(2);
	}
	return 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	if (size < 1)
		return 0;
	struct patched_image *image = &images[data[0] % image_count];
	size_t at = 1;
	image->change_count = 0;
	while (image->place_count > 0 && image->change_count < MAX_CHANGES && size - at >= CHANGE_HEAD) {
		const struct place *place = &image->places[le16_at(data + at) % image->place_count];
		struct change *change = &image->changes[image->change_count++];
		change->offset = place->offset + (place->length == 0 ? 0 : le16_at(data + at + 2) % place->length);
		change->length = 1 + data[at + 4] % MAX_CHANGE;
		at += CHANGE_HEAD;
		if (change->length > size - at)
			change->length = size - at;
		memcpy(change->bytes, data + at, change->length);
		at += change->length;
	}
	patched_image_inspect(image, 0);
	return 0;
}
