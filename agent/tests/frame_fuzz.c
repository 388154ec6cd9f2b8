#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "../frame.h"

/*
 * libFuzzer target: the first byte chooses the side, then comes a frame. What decodes must print, and encode to the
 * same bytes.
 */

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
	static char text[1 << 20];
	struct frame_header header;
	struct frame frame;
	uint8_t *again;
	size_t length;

	if (size < 1 + FRAME_HEADER_SIZE)
		return 0;
	if (frame_header_decode((enum frame_side)(bytes[0] & 3), bytes + 1, 0, &header) != FRAME_OK)
		return 0;
	length = size - 1 - FRAME_HEADER_SIZE;
	if (header.length != length || frame_decode(header.type, bytes + 1 + FRAME_HEADER_SIZE, length, &frame) != FRAME_OK)
		return 0;
	frame_dump(&frame, text, sizeof text);
	again = malloc(size);
	if (frame_encode(&frame, 0, again, size) != size - 1 || memcmp(again, bytes + 1, size - 1) != 0)
		abort();
	free(again);
	return 0;
}
