#include "system_map.h"

#include <string.h>

#include "../fs/bytes.h"

/* winioctl.h, alike for 32 and 64 bits: the offsets of what is wanted, and the sizes. */
enum {
	LAYOUT_STYLE = 0,
	LAYOUT_COUNT = 4,
	LAYOUT_HEADER = 48,
	STYLE_RAW = 2,
	ENTRY_START = 8,
	ENTRY_LENGTH = 16,
	ENTRY_SIZE = 144,
	NTFS_SERIAL = 0,
	NTFS_CLUSTERS = 16,
	NTFS_CLUSTER_BYTES = 44,
	NTFS_DATA_SIZE = 96,
	BITMAP_START = 0,
	BITMAP_CLUSTERS = 8,
	BITMAP_HEADER = 16,
	/* The system rounds the number of clusters up to whole bytes or words of its own map. */
	ROUNDING = 64,
};

bool system_layout_read(const uint8_t *answer, size_t size, struct system_layout *out)
{
	memset(out, 0, sizeof *out);
	if (size < LAYOUT_HEADER || le32_at(answer + LAYOUT_STYLE) > STYLE_RAW)
		return false;
	const uint32_t count = le32_at(answer + LAYOUT_COUNT);
	if (count > MOST_SYSTEM_PARTITIONS || !range_within(LAYOUT_HEADER, (uint64_t)count * ENTRY_SIZE, size))
		return false;
	for (uint32_t i = 0; i < count; i++) {
		const uint8_t *entry = answer + LAYOUT_HEADER + (size_t)i * ENTRY_SIZE;
		/* An MBR's unused entries have no length. */
		if (le64_at(entry + ENTRY_LENGTH) == 0)
			continue;
		out->partitions[out->count].start = le64_at(entry + ENTRY_START);
		out->partitions[out->count++].size = le64_at(entry + ENTRY_LENGTH);
	}
	return true;
}

bool system_layout_has(const struct system_layout *layout, uint64_t start, uint64_t size)
{
	for (size_t i = 0; i < layout->count; i++) {
		if (layout->partitions[i].start == start && layout->partitions[i].size == size)
			return true;
	}
	return false;
}

/* The bits of `count` clusters from `first` on, a multiple of 8; -1 when the system does not give them all. */
static int read_bits(void *context, uint64_t first, uint64_t count, uint64_t clusters, uint8_t *bits)
{
	struct system_map *map = context;
	uint8_t *answer = map->answer, in[8];
	for (int i = 0; i < 8; i++)
		in[i] = (uint8_t)(first >> (8 * i));
	const size_t size = map->ask(map->context, ASK_VOLUME_BITMAP, in, sizeof in, answer, sizeof map->answer);
	if (size <= BITMAP_HEADER || size > sizeof map->answer)
		return -1;
	const uint64_t start = le64_at(answer + BITMAP_START), told = le64_at(answer + BITMAP_CLUSTERS);
	/* It may begin earlier than it was asked to. */
	if (start > first || start % 8 != 0 || told < clusters - start || told - (clusters - start) >= ROUNDING)
		return -1;
	const uint64_t skip = (first - start) / 8, bytes = (count + 7) / 8;
	if (!range_within(skip, bytes, size - BITMAP_HEADER))
		return -1;
	memcpy(bits, answer + BITMAP_HEADER + skip, (size_t)bytes);
	return 0;
}

bool system_map_start(struct system_map *map, struct fs_system_map *out)
{
	const uint8_t *answer = map->answer;
	const size_t size = map->ask(map->context, ASK_NTFS_VOLUME_DATA, NULL, 0, map->answer, sizeof map->answer);
	if (size < NTFS_DATA_SIZE)
		return false;
	*out = (struct fs_system_map){
		.read = read_bits,
		.context = map,
		.serial = le64_at(answer + NTFS_SERIAL),
		.clusters = le64_at(answer + NTFS_CLUSTERS),
		.cluster_size = le32_at(answer + NTFS_CLUSTER_BYTES),
	};
	return true;
}
