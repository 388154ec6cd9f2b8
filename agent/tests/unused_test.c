#include <string.h>

#include "../unused.h"
#include "check.h"

static struct unused_map map;

static void start(void)
{
	unused_start(&map);
}

static bool mask_is(uint64_t offset, size_t length, const char *expected)
{
	uint8_t bytes[64];

	memset(bytes, 'x', sizeof bytes);
	unused_mask(&map, offset, bytes, length);
	for (size_t i = 0; i < length; i++)
		if ((bytes[i] == 'x') != (expected[i] == 'x'))
			return false;
	return true;
}

TEST("merges what overlaps or touches")
{
	start();
	unused_add(&map, 40960, 49152);
	unused_add(&map, 0, 8192);
	unused_add(&map, 8192, 12288);
	unused_add(&map, 4096, 10000);
	unused_add(&map, 45056, 61440);
	unused_settle(&map);
	CHECK(map.count == 2);
	CHECK(unused_bytes(&map) == 12288 + 20480);
	CHECK(unused_covers(&map, 0, 12288));
	CHECK(!unused_covers(&map, 0, 12289));
	CHECK(!unused_covers(&map, 20000, 1));
	CHECK(unused_covers(&map, 50000, 100));
	CHECK(!unused_covers(&map, 61440, 1));
	unused_clear(&map);
}

TEST("an empty map leaves nothing out")
{
	uint64_t offset = 5, length = 7;

	start();
	unused_settle(&map);
	CHECK(!unused_covers(&map, 0, 1));
	unused_trim(&map, &offset, &length);
	CHECK(offset == 5 && length == 7);
	CHECK(mask_is(0, 8, "xxxxxxxx"));
	CHECK(unused_bytes(&map) == 0);
}

TEST("trims both ends of a chunk and masks the middle")
{
	uint64_t offset = 8190, length = 4096 * 6;

	start();
	unused_add(&map, 8192, 12288);
	unused_add(&map, 16384, 20480);
	unused_add(&map, 28672, 40960);
	unused_settle(&map);
	/* A used byte before the first range stays. */
	unused_trim(&map, &offset, &length);
	CHECK(offset == 8190 && offset + length == 28672);
	offset = 8192;
	length = 32768;
	unused_trim(&map, &offset, &length);
	CHECK(offset == 12288 && offset + length == 28672);
	offset = 30000;
	length = 100;
	unused_trim(&map, &offset, &length);
	CHECK(length == 0);
	CHECK(mask_is(16380, 8, "xxxx...."));
	CHECK(mask_is(20476, 8, "....xxxx"));
	CHECK(mask_is(12280, 16, "........xxxxxxxx"));
	unused_clear(&map);
}

TEST("forgets the shortest ranges when there are too many")
{
	uint64_t at = 0, added = 0;

	start();
	for (unsigned i = 0; i < 3 * MOST_UNUSED_RANGES; i++) {
		uint64_t length = (i % 64 == 0 ? 1024u : 1u) * 4096u;

		unused_add(&map, at, at + length);
		added += length;
		at += length + 4096;
	}
	unused_settle(&map);
	CHECK(map.count <= MOST_UNUSED_RANGES);
	CHECK(map.least > 4096);
	/* The long ones are all there. */
	CHECK(unused_bytes(&map) > added / 10 * 9);
	unused_clear(&map);
}
