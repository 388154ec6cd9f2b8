#include <stdlib.h>
#include <string.h>

#include "../used/system_map.h"
#include "check.h"

/* Answers of Windows, byte by byte as winioctl.h lays them out. */

static void put(uint8_t *at, uint64_t value, int bytes)
{
	for (int i = 0; i < bytes; i++)
		at[i] = (uint8_t)(value >> (8 * i));
}

static void put_entry(uint8_t *layout, int index, uint32_t style, uint64_t start, uint64_t length)
{
	uint8_t *entry = layout + 48 + index * 144;

	put(entry, style, 4);
	put(entry + 8, start, 8);
	put(entry + 16, length, 8);
	put(entry + 24, (uint64_t)index + 1, 4);
}

static uint8_t answer[LAYOUT_ANSWER];
static struct system_layout layout;

/* Of a server with a GPT: recovery, EFI system, Microsoft reserved, C:. */
static size_t gpt_layout(void)
{
	memset(answer, 0, sizeof answer);
	put(answer, 1, 4);
	put(answer + 4, 4, 4);
	put_entry(answer, 0, 1, 1048576, 523239424);
	put_entry(answer, 1, 1, 524288000, 103809024);
	put_entry(answer, 2, 1, 628097024, 16777216);
	put_entry(answer, 3, 1, 644874240, 63778586624);
	return 48 + 4 * 144;
}

TEST("reads the partitions that Windows sees on a GPT disk")
{
	CHECK(system_layout_read(answer, gpt_layout(), &layout));
	CHECK(layout.count == 4);
	CHECK(system_layout_has(&layout, 644874240, 63778586624));
	CHECK(!system_layout_has(&layout, 644874240, 63778586112));
	CHECK(!system_layout_has(&layout, 0, 63778586624));
}

TEST("an MBR's empty entries are no partitions")
{
	memset(answer, 0, sizeof answer);
	put(answer + 4, 4, 4);
	put_entry(answer, 0, 0, 32256, 10725732864);
	CHECK(system_layout_read(answer, 48 + 4 * 144, &layout));
	CHECK(layout.count == 1);
	CHECK(system_layout_has(&layout, 32256, 10725732864));
}

TEST("a disk without a table has a layout without partitions")
{
	memset(answer, 0, sizeof answer);
	put(answer, 2, 4);
	CHECK(system_layout_read(answer, 48, &layout));
	CHECK(layout.count == 0);
}

TEST("a layout that is cut off, too large or of an unknown style is none")
{
	const size_t size = gpt_layout();

	CHECK(!system_layout_read(answer, size - 1, &layout));
	CHECK(!system_layout_read(answer, 47, &layout));
	CHECK(!system_layout_read(answer, 0, &layout));
	put(answer + 4, UINT32_MAX, 4);
	CHECK(!system_layout_read(answer, sizeof answer, &layout));
	gpt_layout();
	put(answer, 3, 4);
	CHECK(!system_layout_read(answer, size, &layout));
}

/* A volume of 80 clusters whose map the system gives from where it likes. */
struct told {
	uint64_t start, clusters;
	size_t size, volume_size;
};

static size_t tell(void *context, enum system_question question, const uint8_t *in, size_t in_size, uint8_t *out,
		   size_t capacity)
{
	const struct told *told = context;

	(void)in;
	CHECK(capacity >= 16 + 65536 + 8);
	memset(out, 0, 96);
	if (question == ASK_NTFS_VOLUME_DATA) {
		put(out, 0x1234567890abcdef, 8);
		put(out + 16, 80, 8);
		put(out + 44, 4096, 4);
		return told->volume_size;
	}
	CHECK(in_size == 8);
	put(out, told->start, 8);
	put(out + 8, told->clusters, 8);
	for (int i = 0; i < 10; i++)
		out[16 + i] = (uint8_t)(told->start / 8 + (uint64_t)i);
	return told->size;
}

static struct system_map map;

/* The byte of clusters 16 to 23, -1 where the map is refused. */
static int byte_told(struct told told)
{
	struct fs_system_map view;
	uint8_t bits[8] = {0xee};

	told.volume_size = 96;
	map.ask = tell;
	map.context = &told;
	CHECK(system_map_start(&map, &view));
	return view.read(view.context, 16, 64, 80, bits) == 0 ? bits[0] : -1;
}

TEST("learns which volume a map is of")
{
	struct told told = {.volume_size = 96};
	struct fs_system_map view;

	map.ask = tell;
	map.context = &told;
	CHECK(system_map_start(&map, &view));
	CHECK(view.serial == 0x1234567890abcdef && view.clusters == 80 && view.cluster_size == 4096);
	told.volume_size = 95;
	CHECK(!system_map_start(&map, &view));
}

TEST("takes a map from where it was asked to, also where the system begins earlier")
{
	CHECK_NUMBER(byte_told((struct told){.start = 16, .clusters = 64, .size = 16 + 8}), 2);
	CHECK_NUMBER(byte_told((struct told){.start = 8, .clusters = 72, .size = 16 + 9}), 2);
	CHECK_NUMBER(byte_told((struct told){.start = 0, .clusters = 80, .size = 16 + 10}), 2);
	/* The last word of the system's map may be filled up. */
	CHECK_NUMBER(byte_told((struct told){.start = 16, .clusters = 112, .size = 16 + 8}), 2);
}

TEST("refuses a map that begins later, ends early or is of more or fewer clusters")
{
	CHECK_NUMBER(byte_told((struct told){.start = 24, .clusters = 56, .size = 16 + 8}), -1);
	CHECK_NUMBER(byte_told((struct told){.start = 12, .clusters = 68, .size = 16 + 9}), -1);
	CHECK_NUMBER(byte_told((struct told){.start = 16, .clusters = 64, .size = 16 + 7}), -1);
	CHECK_NUMBER(byte_told((struct told){.start = 16, .clusters = 63, .size = 16 + 8}), -1);
	CHECK_NUMBER(byte_told((struct told){.start = 16, .clusters = 128, .size = 16 + 8}), -1);
	CHECK_NUMBER(byte_told((struct told){.start = 16, .clusters = 64, .size = 16}), -1);
	CHECK_NUMBER(byte_told((struct told){.start = 16, .clusters = 64, .size = 0}), -1);
	CHECK_NUMBER(byte_told((struct told){.start = 16, .clusters = 64, .size = sizeof map.answer + 1}), -1);
}
