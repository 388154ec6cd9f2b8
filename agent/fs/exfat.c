/*
 * exFAT. Layout: Microsoft's "exFAT file system specification" (main boot sector, FAT, allocation bitmap entry).
 */
#include <stdlib.h>
#include <string.h>

#include "bytes.h"
#include "driver.h"

enum {
	BOOT_SIZE = 512,
	FIRST_CLUSTER = 2,
	MAX_CLUSTERS = 0xfffffff5,
	FLAG_SECOND_TABLE = 0x1,
	FLAG_DIRTY = 0x2,
	FLAG_MEDIA_FAILURE = 0x4,
	ENTRY_SIZE = 32,
	ENTRY_END = 0x00,
	ENTRY_BITMAP = 0x81,
	CHUNK = 65536,
	/* Clusters of the root directory that are searched for the bitmap's entry, which comes first in practice. */
	MAX_ROOT_CLUSTERS = 4096,
};

struct exfat {
	uint32_t sector_size;
	uint32_t cluster_size;
	uint64_t sectors;
	uint64_t table;
	uint64_t table_size;
	uint64_t heap;
	uint32_t clusters;
	uint32_t root;
	uint16_t flags;
	bool has_map;
	uint32_t map_first;

	/* Reading of the bitmap: the cluster of it that was reached last, and which one that is. */
	uint32_t map_cluster;
	uint64_t map_index;
	uint8_t *chunk;

	/* The walk. */
	bool head_given;
	uint64_t chunk_first;
	uint64_t next_chunk;
	struct bit_runs runs;
};

static void exfat_close(void *own)
{
	struct exfat *exfat = own;
	free(exfat->chunk);
	free(exfat);
}

static bool parse_boot(struct exfat *exfat, const uint8_t *boot)
{
	if (memcmp(boot + 3, "EXFAT   ", 8) != 0 || boot[108] < 9 || boot[108] > 12 || boot[109] > 25 - boot[108])
		return false;
	exfat->sector_size = 1u << boot[108];
	exfat->cluster_size = exfat->sector_size << boot[109];
	exfat->sectors = le64_at(boot + 72);
	exfat->clusters = le32_at(boot + 92);
	exfat->root = le32_at(boot + 96);
	exfat->flags = le16_at(boot + 106);
	if (exfat->sectors == 0 || exfat->sectors > INT64_MAX / exfat->sector_size || exfat->clusters == 0 ||
	    exfat->clusters > MAX_CLUSTERS)
		return false;
	exfat->table_size = (uint64_t)le32_at(boot + 84) * exfat->sector_size;
	exfat->table = (uint64_t)le32_at(boot + 80) * exfat->sector_size;
	if ((exfat->flags & FLAG_SECOND_TABLE) != 0 && boot[110] == 2)
		exfat->table += exfat->table_size;
	exfat->heap = (uint64_t)le32_at(boot + 88) * exfat->sector_size;
	return range_within(exfat->heap, (uint64_t)exfat->clusters * exfat->cluster_size,
			    exfat->sectors * exfat->sector_size);
}

static bool is_cluster(const struct exfat *exfat, uint32_t cluster)
{
	return cluster >= FIRST_CLUSTER && cluster - FIRST_CLUSTER < exfat->clusters;
}

static uint64_t cluster_offset(const struct exfat *exfat, uint32_t cluster)
{
	return exfat->heap + (uint64_t)(cluster - FIRST_CLUSTER) * exfat->cluster_size;
}

/* Follows a chain one step. Returns -1 at its end as well: the caller knows how long the chain is. */
static int next_in_chain(const struct exfat *exfat, const struct reader *view, uint32_t *cluster)
{
	uint8_t entry[4];
	const uint64_t at = (uint64_t)*cluster * 4;
	if (!range_within(at, 4, exfat->table_size) || reader_read(view, exfat->table + at, entry, 4) != 0)
		return -1;
	*cluster = le32_at(entry);
	return is_cluster(exfat, *cluster) ? 0 : -1;
}

/* Looks through one cluster of the root directory: 1 found, 0 go on, -1 end of directory or unreadable. */
static int search_cluster(struct exfat *exfat, const struct reader *view, uint32_t cluster)
{
	const uint64_t start = cluster_offset(exfat, cluster);
	for (uint64_t at = 0; at < exfat->cluster_size; at += BOOT_SIZE) {
		uint8_t part[BOOT_SIZE];
		if (reader_read(view, start + at, part, sizeof part) != 0)
			return -1;
		for (uint32_t i = 0; i < sizeof part; i += ENTRY_SIZE) {
			const uint8_t *entry = part + i;
			if (entry[0] == ENTRY_END)
				return -1;
			if (entry[0] != ENTRY_BITMAP || (entry[1] & 1) != (exfat->flags & FLAG_SECOND_TABLE))
				continue;
			exfat->map_first = le32_at(entry + 20);
			return is_cluster(exfat, exfat->map_first) &&
					       le64_at(entry + 24) >= ((uint64_t)exfat->clusters + 7) / 8
				       ? 1
				       : -1;
		}
	}
	return 0;
}

static bool find_map(struct exfat *exfat, const struct reader *view)
{
	uint32_t cluster = exfat->root;
	if (!is_cluster(exfat, cluster))
		return false;
	for (uint32_t i = 0; i < MAX_ROOT_CLUSTERS; i++) {
		const int found = search_cluster(exfat, view, cluster);
		if (found != 0)
			return found == 1;
		if (next_in_chain(exfat, view, &cluster) != 0)
			return false;
	}
	return false;
}

static void *exfat_open(const struct reader *view)
{
	uint8_t boot[BOOT_SIZE];
	if (reader_read(view, 0, boot, sizeof boot) != 0)
		return NULL;
	struct exfat *exfat = calloc(1, sizeof *exfat);
	if (exfat == NULL)
		return NULL;
	if (parse_boot(exfat, boot)) {
		exfat->chunk = malloc(CHUNK);
		if (exfat->chunk != NULL) {
			exfat->has_map = find_map(exfat, view);
			exfat->map_cluster = exfat->map_first;
			return exfat;
		}
	}
	exfat_close(exfat);
	return NULL;
}

/* Moves to the bitmap's cluster number `index`, along its chain. */
static int seek_map(struct exfat *exfat, const struct reader *view, uint64_t index)
{
	if (index < exfat->map_index) {
		exfat->map_cluster = exfat->map_first;
		exfat->map_index = 0;
	}
	for (; exfat->map_index < index; exfat->map_index++) {
		if (next_in_chain(exfat, view, &exfat->map_cluster) != 0)
			return -1;
	}
	return 0;
}

/* Reads the part of the bitmap that starts with the bit of cluster number `first`, a multiple of 8. */
static int read_map(struct exfat *exfat, const struct reader *view, uint64_t first, uint64_t *bits)
{
	const uint64_t byte = first / 8, within = byte % exfat->cluster_size;
	uint64_t length = exfat->cluster_size - within;
	if (length > CHUNK)
		length = CHUNK;
	*bits = exfat->clusters - first;
	if (*bits > length * 8)
		*bits = length * 8;
	if (seek_map(exfat, view, byte / exfat->cluster_size) != 0)
		return -1;
	return reader_read(view, cluster_offset(exfat, exfat->map_cluster) + within, exfat->chunk,
			   (size_t)((*bits + 7) / 8));
}

static int exfat_counts(void *own, const struct reader *view, struct fs_counts *counts)
{
	struct exfat *exfat = own;
	counts->block_size = exfat->cluster_size;
	counts->total_blocks = exfat->clusters;
	counts->size_bytes = exfat->sectors * exfat->sector_size;
	counts->state = (exfat->flags & (FLAG_DIRTY | FLAG_MEDIA_FAILURE)) != 0 ? FS_DIRTY : FS_CLEAN;
	counts->distrust = counts->state == FS_DIRTY ? "it is in use, was not put away properly, or is damaged" : NULL;
	if (!exfat->has_map)
		return 0;
	uint64_t used = 0, bits;
	for (uint64_t at = 0; at < exfat->clusters; at += bits) {
		if (read_map(exfat, view, at, &bits) != 0)
			return 0;
		used += bits_set_in(exfat->chunk, bits);
	}
	counts->used_blocks = used;
	counts->source = FS_COUNTED_IN_MAPS;
	return 0;
}

static int exfat_next(void *own, const struct reader *view, struct fs_range *piece)
{
	struct exfat *exfat = own;
	if (!exfat->has_map)
		return -1;
	if (!exfat->head_given) {
		/* Both boot regions and the tables. */
		exfat->head_given = true;
		*piece = (struct fs_range){0, exfat->heap};
		return 1;
	}
	for (;;) {
		uint64_t first, length, bits;
		if (bit_runs_next(&exfat->runs, &first, &length)) {
			*piece = (struct fs_range){exfat->heap + (exfat->chunk_first + first) * exfat->cluster_size,
						   length * exfat->cluster_size};
			return 1;
		}
		if (exfat->next_chunk >= exfat->clusters)
			break;
		if (read_map(exfat, view, exfat->next_chunk, &bits) != 0)
			return -1;
		exfat->chunk_first = exfat->next_chunk;
		exfat->next_chunk += bits;
		exfat->runs = (struct bit_runs){exfat->chunk, bits, 0};
	}
	return 0;
}

static void exfat_rewind(void *own)
{
	struct exfat *exfat = own;
	exfat->head_given = false;
	exfat->next_chunk = 0;
	exfat->runs = (struct bit_runs){exfat->chunk, 0, 0};
}

const struct fs_driver exfat_driver = {"exfat", exfat_open, exfat_close, exfat_counts, exfat_next, exfat_rewind, NULL};
