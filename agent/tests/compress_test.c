#include "check.h"

#include <stdlib.h>
#include <zstd.h>

#include "../compress.h"
#include "../os.h"

enum { SIZE = 1024 * 1024 };

static void fill(uint8_t *bytes, size_t length, unsigned values)
{
	unsigned seed = 7;

	for (size_t i = 0; i < length; i++) {
		seed = seed * 1103515245u + 12345u;
		bytes[i] = (uint8_t)((seed >> 16) % values);
	}
}

TEST("what it makes decompresses to the same bytes, at every level and after a change of level")
{
	static const int levels[] = {1, -7, 3, 19, 1, 127, -128, 9};
	struct compressor *compressor = compressor_new(SIZE, 4 * 1024 * 1024);
	uint8_t *in = malloc(SIZE), *out = malloc(SIZE), *back = malloc(SIZE);

	fill(in, SIZE, 4);
	for (size_t i = 0; i < sizeof levels / sizeof *levels; i++) {
		/* A disk's last chunk is shorter than the others. */
		size_t length = i % 2 == 0 ? SIZE : SIZE / 3 + 1;
		size_t n = compressor_run(compressor, levels[i], in, length, out);

		CHECK(n > 0 && n < length);
		CHECK_NUMBER(ZSTD_decompress(back, SIZE, out, n), length);
		CHECK(memcmp(in, back, length) == 0);
	}
	compressor_free(compressor);
	free(in);
	free(out);
	free(back);
}

TEST("leaves alone what does not shrink, and notices a chunk that does")
{
	struct compressor *compressor = compressor_new(SIZE, 4 * 1024 * 1024);
	uint8_t *noise = malloc(SIZE), *text = malloc(SIZE), *out = malloc(SIZE);

	CHECK(os_random(noise, SIZE));
	fill(text, SIZE, 4);
	for (int i = 0; i < 50; i++)
		CHECK_NUMBER(compressor_run(compressor, 1, noise, SIZE, out), 0);
	CHECK(compressor_run(compressor, 1, text, SIZE, out) > 0);
	compressor_free(compressor);
	free(noise);
	free(text);
	free(out);
}

TEST("stays within its memory at the highest level, and still compresses")
{
	enum { LARGE = 4 * 1024 * 1024, BUDGET = 3 * 1024 * 1024 };
	struct compressor *compressor = compressor_new(LARGE, BUDGET);
	uint8_t *in = malloc(LARGE), *out = malloc(LARGE), *back = malloc(LARGE);
	size_t n;

	fill(in, LARGE, 16);
	n = compressor_run(compressor, 19, in, LARGE, out);
	CHECK(n > 0);
	CHECK(compressor_memory(compressor) <= BUDGET + BUDGET / 4);
	CHECK_NUMBER(ZSTD_decompress(back, LARGE, out, n), LARGE);
	CHECK(memcmp(in, back, LARGE) == 0);
	compressor_free(compressor);
	free(in);
	free(out);
	free(back);
}
