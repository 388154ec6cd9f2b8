/*
 * FAT12, FAT16, FAT32. Layout: Microsoft's "FAT: General Overview of On-Disk Format" (BPB, FAT). The width of the
 * entries follows from the number of clusters, but for a FAT32 that was made smaller than the rule allows: its 16-bit
 * FAT size is 0.
 */
#include <stdlib.h>
#include <string.h>

#include "bytes.h"
#include "driver.h"

enum {
	BOOT_SIZE = 512,
	FAT12_CLUSTERS = 4085,
	FAT32_CLUSTERS = 0x0ffffff5,
	FIRST_CLUSTER = 2,
	FAT32_MASK = 0x0fffffff,
	FAT16_CLEAN = 0x8000,
	FAT16_NO_ERROR = 0x4000,
	FAT32_CLEAN = 0x08000000,
	FAT32_NO_ERROR = 0x04000000,
	MOUNTED = 0x1,
	/* Holds a whole number of entries of any width. */
	CHUNK = 3 * 16384,
};

struct fat {
	uint32_t sector_size;
	uint32_t cluster_size;
	unsigned bits;
	uint64_t sectors;
	uint32_t clusters;
	/* Bytes. */
	uint64_t table;
	uint64_t table_size;
	uint64_t data;
	bool marked_mounted;

	uint8_t *chunk;
	uint64_t chunk_start;
	uint64_t chunk_length;

	/* The walk. */
	bool head_given;
	uint32_t cluster;
};

static void fat_close(void *own)
{
	struct fat *fat = own;
	free(fat->chunk);
	free(fat);
}

static bool parse_boot(struct fat *fat, const uint8_t *boot)
{
	fat->sector_size = le16_at(boot + 11);
	const uint32_t per_cluster = boot[13], reserved = le16_at(boot + 14), tables = boot[16];
	const uint32_t root_entries = le16_at(boot + 17);
	const uint32_t size16 = le16_at(boot + 22);
	const uint32_t table_sectors = size16 != 0 ? size16 : le32_at(boot + 36);
	fat->sectors = le16_at(boot + 19) != 0 ? le16_at(boot + 19) : le32_at(boot + 32);
	/* A boot sector starts with a jump, and its medium byte is one of a few. */
	if ((boot[0] != 0xeb && boot[0] != 0xe9 && boot[0] != 0) || (boot[21] != 0xf0 && boot[21] < 0xf8) ||
	    !is_power_of_two(fat->sector_size) || fat->sector_size < 512 || fat->sector_size > 4096 ||
	    !is_power_of_two(per_cluster) || reserved == 0 || tables == 0 || tables > 4 || table_sectors == 0)
		return false;
	fat->cluster_size = fat->sector_size * per_cluster;
	const uint64_t root_sectors = ((uint64_t)root_entries * 32 + fat->sector_size - 1) / fat->sector_size;
	const uint64_t first_data = reserved + (uint64_t)tables * table_sectors + root_sectors;
	if (first_data >= fat->sectors)
		return false;
	const uint64_t clusters = (fat->sectors - first_data) / per_cluster;
	if (clusters == 0 || clusters > FAT32_CLUSTERS)
		return false;
	fat->clusters = (uint32_t)clusters;
	fat->bits = size16 == 0 ? 32 : clusters < FAT12_CLUSTERS ? 12 : 16;
	fat->data = first_data * fat->sector_size;

	/* FAT32 can keep only one of its tables up to date and says which. */
	const uint32_t flags = fat->bits == 32 ? le16_at(boot + 40) : 0;
	const uint32_t active = (flags & 0x80) != 0 ? flags & 0xf : 0;
	if (active >= tables)
		return false;
	fat->table_size = (uint64_t)table_sectors * fat->sector_size;
	fat->table = (uint64_t)reserved * fat->sector_size + active * fat->table_size;
	fat->marked_mounted = (boot[fat->bits == 32 ? 65 : 37] & MOUNTED) != 0;
	return (fat->table_size * 8) / fat->bits >= (uint64_t)fat->clusters + FIRST_CLUSTER;
}

static void *fat_open(const struct reader *view)
{
	uint8_t boot[BOOT_SIZE];
	if (reader_read(view, 0, boot, sizeof boot) != 0)
		return NULL;
	struct fat *fat = calloc(1, sizeof *fat);
	if (fat == NULL)
		return NULL;
	if (parse_boot(fat, boot)) {
		fat->chunk = malloc(CHUNK);
		if (fat->chunk != NULL)
			return fat;
	}
	fat_close(fat);
	return NULL;
}

static int read_entry(struct fat *fat, const struct reader *view, uint32_t index, uint32_t *entry)
{
	const uint64_t bit = (uint64_t)index * fat->bits;
	const uint64_t start = bit / 8 - (bit / 8) % CHUNK;
	if (fat->chunk_length == 0 || start != fat->chunk_start) {
		uint64_t length = fat->table_size - start;
		if (length > CHUNK)
			length = CHUNK;
		fat->chunk_length = 0;
		if (reader_read(view, fat->table + start, fat->chunk, (size_t)length) != 0)
			return -1;
		fat->chunk_start = start;
		fat->chunk_length = length;
	}
	const uint8_t *p = fat->chunk + (bit / 8 - start);
	if (fat->bits == 32)
		*entry = le32_at(p);
	else if (fat->bits == 16)
		*entry = le16_at(p);
	else
		*entry = bit % 8 == 0 ? le16_at(p) & 0xfff : le16_at(p) >> 4;
	return 0;
}

static bool is_free(const struct fat *fat, uint32_t entry)
{
	return (fat->bits == 32 ? entry & FAT32_MASK : entry) == 0;
}

static enum fs_state state_of(struct fat *fat, const struct reader *view)
{
	uint32_t entry;
	if (fat->marked_mounted)
		return FS_DIRTY;
	if (fat->bits == 12 || read_entry(fat, view, 1, &entry) != 0)
		return FS_STATE_UNKNOWN;
	const uint32_t both = fat->bits == 32 ? FAT32_CLEAN | FAT32_NO_ERROR : FAT16_CLEAN | FAT16_NO_ERROR;
	return (entry & both) == both ? FS_CLEAN : FS_DIRTY;
}

static int fat_counts(void *own, const struct reader *view, struct fs_counts *counts)
{
	struct fat *fat = own;
	counts->block_size = fat->cluster_size;
	counts->total_blocks = fat->clusters;
	counts->size_bytes = fat->sectors * fat->sector_size;
	counts->state = state_of(fat, view);
	uint64_t used = 0;
	for (uint32_t i = 0; i < fat->clusters; i++) {
		uint32_t entry;
		if (read_entry(fat, view, FIRST_CLUSTER + i, &entry) != 0)
			return 0;
		used += is_free(fat, entry) ? 0 : 1;
	}
	counts->used_blocks = used;
	counts->source = FS_COUNTED_IN_MAPS;
	return 0;
}

static int fat_next(void *own, const struct reader *view, struct fs_range *piece)
{
	struct fat *fat = own;
	if (!fat->head_given) {
		/* Boot sectors, both tables and the root directory of FAT12 and FAT16. */
		fat->head_given = true;
		*piece = (struct fs_range){0, fat->data};
		return 1;
	}
	bool in_run = false;
	for (; fat->cluster < fat->clusters; fat->cluster++) {
		uint32_t entry;
		if (read_entry(fat, view, FIRST_CLUSTER + fat->cluster, &entry) != 0)
			return -1;
		if (is_free(fat, entry)) {
			if (in_run)
				return 1;
			continue;
		}
		if (!in_run)
			*piece = (struct fs_range){fat->data + (uint64_t)fat->cluster * fat->cluster_size, 0};
		in_run = true;
		piece->length += fat->cluster_size;
	}
	return in_run ? 1 : 0;
}

static void fat_rewind(void *own)
{
	struct fat *fat = own;
	fat->head_given = false;
	fat->cluster = 0;
}

const struct fs_driver fat_driver = {"fat", fat_open, fat_close, fat_counts, fat_next, fat_rewind, NULL};
