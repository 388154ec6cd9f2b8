/*
 * NTFS. Layout: the linux-ntfs documentation of $Boot, $MFT, $Volume, $LogFile and $Bitmap.
 */
#include <stdlib.h>
#include <string.h>

#include "bytes.h"
#include "driver.h"
#include "ntfs_record.h"
#include "ntfs_volatile.h"

enum {
	BOOT_SIZE = 512,
	RECORD_MFT = 0,
	RECORD_LOGFILE = 2,
	RECORD_VOLUME = 3,
	RECORD_BITMAP = 6,
	VOLUME_IS_DIRTY = 0x1,
	LOG_VOLUME_IS_CLEAN = 0x2,
	NO_CLIENT = 0xffff,
	LOG_PAGE = 4096,
	CHUNK = 65536,
	MAX_MAP_OF_CUT_OFF = 64 << 20,
};

struct ntfs {
	struct ntfs_geometry geometry;
	uint64_t sectors;
	uint64_t serial;
	uint64_t mft_cluster;
	/* Clusters that count as free in the walk, whatever the map says. */
	struct ntfs_volatile left_out;
	bool has_map;
	struct ntfs_data map;
	/* Keeps what map.resident points into. */
	uint8_t *map_record;
	enum fs_state state;
	bool needs_replay;
	/* Windows found damage, and its check is to come. */
	bool is_marked;
	/* NULL: none. */
	const struct fs_system_map *system;
	uint8_t *system_chunk;

	/* The walk. */
	uint64_t differences;
	uint8_t *chunk;
	uint64_t chunk_first;
	uint64_t next_chunk;
	struct bit_runs runs;
};

static void ntfs_close(void *own)
{
	struct ntfs *ntfs = own;
	free(ntfs->map.runs);
	free(ntfs->left_out.runs);
	free(ntfs->map_record);
	free(ntfs->system_chunk);
	free(ntfs->chunk);
	free(ntfs);
}

/* A size given in clusters, or as a negative power of two of bytes; 0 when it makes no sense. */
static uint32_t size_in_clusters(uint8_t value, uint32_t cluster_size)
{
	if (value < 0x80)
		return value * cluster_size;
	return 256 - value < 31 ? 1u << (256 - value) : 0;
}

static bool parse_boot(struct ntfs *ntfs, const uint8_t *boot, uint64_t *mft)
{
	if (memcmp(boot + 3, "NTFS    ", 8) != 0)
		return false;
	struct ntfs_geometry *g = &ntfs->geometry;
	g->sector_size = le16_at(boot + 11);
	const uint8_t per_cluster = boot[13];
	if (!is_power_of_two(g->sector_size) || g->sector_size < 256 || g->sector_size > 4096)
		return false;
	uint64_t sectors_per_cluster = per_cluster;
	if (per_cluster > 0x80)
		sectors_per_cluster = 256 - per_cluster < 31 ? UINT64_C(1) << (256 - per_cluster) : 0;
	const uint64_t cluster_size = g->sector_size * sectors_per_cluster;
	if (!is_power_of_two(sectors_per_cluster) || cluster_size > 2 * 1024 * 1024)
		return false;
	g->cluster_size = (uint32_t)cluster_size;
	g->record_size = size_in_clusters(boot[0x40], g->cluster_size);
	if (!is_power_of_two(g->record_size) || g->record_size < 512 || g->record_size > NTFS_MAX_RECORD_SIZE)
		return false;
	ntfs->sectors = le64_at(boot + 0x28);
	ntfs->serial = le64_at(boot + 0x48);
	if (ntfs->sectors == 0 || ntfs->sectors > INT64_MAX / g->sector_size)
		return false;
	g->clusters = ntfs->sectors / sectors_per_cluster;
	*mft = le64_at(boot + 0x30);
	return *mft < g->clusters;
}

/* Reads record `number` through the MFT's own runs. */
static bool read_record(const struct ntfs *ntfs, const struct reader *view, const struct ntfs_data *mft,
			uint32_t number, uint8_t *record)
{
	const uint32_t size = ntfs->geometry.record_size;
	return ntfs_read_data(view, &ntfs->geometry, mft, (uint64_t)number * size, record, size) == 0 &&
	       ntfs_record_repair(record, size);
}

/*
 * A restart page says whether a log client was at work. Of the two pages the one with the higher sequence number
 * counts; a log of all ones was emptied on purpose.
 */
static bool log_is_clean(const struct ntfs *ntfs, const struct reader *view, const struct ntfs_data *log)
{
	uint64_t newest = 0;
	bool clean = false, found = false;
	for (uint64_t at = 0; at <= LOG_PAGE; at += LOG_PAGE) {
		uint8_t page[1024];
		if (ntfs_read_data(view, &ntfs->geometry, log, at, page, sizeof page) != 0)
			return false;
		if (at == 0 && le32_at(page) == UINT32_MAX)
			return true;
		const uint32_t area = le16_at(page + 24);
		if (memcmp(page, "RSTR", 4) != 0 || !range_within(area, 16, 510))
			continue;
		const uint64_t sequence = le64_at(page + area);
		if (found && sequence < newest)
			continue;
		newest = sequence;
		found = true;
		clean = le16_at(page + area + 12) == NO_CLIENT ||
			(le16_at(page + area + 14) & LOG_VOLUME_IS_CLEAN) != 0;
	}
	return clean;
}

static void read_states(struct ntfs *ntfs, const struct reader *view, const struct ntfs_data *mft, uint8_t *record)
{
	struct ntfs_data data;
	ntfs->needs_replay = true;
	if (!read_record(ntfs, view, mft, RECORD_VOLUME, record) ||
	    !ntfs_find_data(record, NTFS_ATTRIBUTE_VOLUME_INFORMATION, &ntfs->geometry, &data))
		return;
	if (data.resident == NULL || data.size < 12) {
		free(data.runs);
		return;
	}
	const bool dirty = (le16_at(data.resident + 10) & VOLUME_IS_DIRTY) != 0;
	bool log_clean = false;
	if (read_record(ntfs, view, mft, RECORD_LOGFILE, record) &&
	    ntfs_find_data(record, NTFS_ATTRIBUTE_DATA, &ntfs->geometry, &data)) {
		log_clean = log_is_clean(ntfs, view, &data);
		free(data.runs);
	}
	ntfs->state = dirty || !log_clean ? FS_DIRTY : FS_CLEAN;
	ntfs->needs_replay = !log_clean;
	ntfs->is_marked = dirty;
}

/* A map of clusters that the disk has room for; what was cut off may have more, within reason. */
static bool map_is_plausible(const struct ntfs *ntfs, const struct reader *view)
{
	const uint64_t bytes = (ntfs->geometry.clusters + 7) / 8;
	return ntfs->map.size >= bytes && (bytes <= view->size / 4096 + CHUNK || bytes <= MAX_MAP_OF_CUT_OFF);
}

static void *ntfs_open(const struct reader *view)
{
	uint8_t boot[BOOT_SIZE];
	uint64_t mft_cluster;
	if (reader_read(view, 0, boot, sizeof boot) != 0)
		return NULL;
	struct ntfs *ntfs = calloc(1, sizeof *ntfs);
	if (ntfs == NULL)
		return NULL;
	struct ntfs_data mft = {0};
	if (!parse_boot(ntfs, boot, &mft_cluster))
		goto refuse;
	ntfs->mft_cluster = mft_cluster;
	ntfs->chunk = malloc(CHUNK);
	ntfs->map_record = malloc(ntfs->geometry.record_size);
	if (ntfs->chunk == NULL || ntfs->map_record == NULL)
		goto refuse;
	ntfs->needs_replay = true;

	uint8_t *record = ntfs->map_record;
	if (reader_read(view, mft_cluster * ntfs->geometry.cluster_size, record, ntfs->geometry.record_size) == 0 &&
	    ntfs_record_repair(record, ntfs->geometry.record_size) &&
	    ntfs_find_data(record, NTFS_ATTRIBUTE_DATA, &ntfs->geometry, &mft) && mft.resident == NULL) {
		read_states(ntfs, view, &mft, record);
		ntfs->has_map = read_record(ntfs, view, &mft, RECORD_BITMAP, record) &&
				ntfs_find_data(record, NTFS_ATTRIBUTE_DATA, &ntfs->geometry, &ntfs->map) &&
				map_is_plausible(ntfs, view);
	}
	free(mft.runs);
	return ntfs;

refuse:
	ntfs_close(ntfs);
	return NULL;
}

void ntfs_leave_out_volatile(void *own, const struct reader *view)
{
	struct ntfs *ntfs = own;
	struct ntfs_data mft = {0};
	const uint32_t size = ntfs->geometry.record_size;
	uint8_t *record = malloc(size);
	if (record != NULL && ntfs->left_out.runs == NULL &&
	    reader_read(view, ntfs->mft_cluster * ntfs->geometry.cluster_size, record, size) == 0 &&
	    ntfs_record_repair(record, size) &&
	    ntfs_find_data(record, NTFS_ATTRIBUTE_DATA, &ntfs->geometry, &mft) && mft.resident == NULL)
		ntfs_find_volatile(view, &ntfs->geometry, &mft, &ntfs->left_out);
	free(mft.runs);
	free(record);
}

/* Clears the bits of left out clusters in the part of the map that begins at cluster `first`. */
static void clear_left_out(struct ntfs *ntfs, uint64_t first, uint64_t bits)
{
	for (uint32_t i = 0; i < ntfs->left_out.count; i++) {
		const struct ntfs_run *run = &ntfs->left_out.runs[i];
		uint64_t at = run->first < first ? first : run->first;
		const uint64_t run_end = run->first + run->clusters, end = run_end < first + bits ? run_end : first + bits;
		for (; at < end; at++)
			ntfs->chunk[(at - first) / 8] &= (uint8_t) ~(1u << ((at - first) % 8));
	}
}

bool ntfs_use_system_map(void *own, const struct fs_system_map *map)
{
	struct ntfs *ntfs = own;
	if (map->serial != ntfs->serial || map->clusters != ntfs->geometry.clusters ||
	    map->cluster_size != ntfs->geometry.cluster_size)
		return false;
	if (ntfs->system_chunk == NULL)
		ntfs->system_chunk = malloc(CHUNK);
	if (ntfs->system_chunk == NULL)
		return false;
	ntfs->system = map;
	return true;
}

uint64_t ntfs_map_differences(const void *own)
{
	return ((const struct ntfs *)own)->differences;
}

/* Sets the bits that the system's map has beyond those of the chunk, and counts where the two differ. */
static int add_system_map(struct ntfs *ntfs, uint64_t first, uint64_t bits)
{
	const struct fs_system_map *system = ntfs->system;
	if (system->read(system->context, first, bits, ntfs->geometry.clusters, ntfs->system_chunk) != 0)
		return -1;
	for (uint64_t i = 0; i < (bits + 7) / 8; i++) {
		const uint8_t differing = ntfs->chunk[i] ^ ntfs->system_chunk[i];
		ntfs->differences += bits_set_in(&differing, bits - i * 8 < 8 ? bits - i * 8 : 8);
		ntfs->chunk[i] |= ntfs->system_chunk[i];
	}
	return 0;
}

/* Reads the part of the bitmap that starts with the bit of cluster `first`, a multiple of 8. */
static int read_map(struct ntfs *ntfs, const struct reader *view, uint64_t first, uint64_t *bits)
{
	*bits = ntfs->geometry.clusters - first;
	if (*bits > (uint64_t)CHUNK * 8)
		*bits = (uint64_t)CHUNK * 8;
	return ntfs_read_data(view, &ntfs->geometry, &ntfs->map, first / 8, ntfs->chunk, (size_t)((*bits + 7) / 8));
}

static int ntfs_counts(void *own, const struct reader *view, struct fs_counts *counts)
{
	struct ntfs *ntfs = own;
	counts->block_size = ntfs->geometry.cluster_size;
	counts->total_blocks = ntfs->geometry.clusters;
	counts->size_bytes = ntfs->sectors * ntfs->geometry.sector_size;
	counts->state = ntfs->state;
	counts->needs_replay = ntfs->needs_replay;
	counts->distrust = ntfs->is_marked ? "its own system has marked it as damaged" : NULL;
	if (!ntfs->has_map)
		return 0;
	uint64_t used = 0, bits;
	for (uint64_t at = 0; at < ntfs->geometry.clusters; at += bits) {
		if (read_map(ntfs, view, at, &bits) != 0)
			return 0;
		used += bits_set_in(ntfs->chunk, bits);
	}
	counts->used_blocks = used;
	counts->source = FS_COUNTED_IN_MAPS;
	return 0;
}

static int ntfs_next(void *own, const struct reader *view, struct fs_range *piece)
{
	struct ntfs *ntfs = own;
	const uint64_t cluster_size = ntfs->geometry.cluster_size;
	if (!ntfs->has_map)
		return -1;
	for (;;) {
		uint64_t first, length, bits;
		if (bit_runs_next(&ntfs->runs, &first, &length)) {
			*piece = (struct fs_range){(ntfs->chunk_first + first) * cluster_size, length * cluster_size};
			return 1;
		}
		if (ntfs->next_chunk > ntfs->geometry.clusters)
			return 0;
		if (ntfs->next_chunk == ntfs->geometry.clusters) {
			/* What is left of the last, partial cluster, and the copy of the boot sector behind it. */
			const uint64_t start = ntfs->geometry.clusters * cluster_size;
			ntfs->next_chunk++;
			*piece = (struct fs_range){start, ntfs->sectors * ntfs->geometry.sector_size - start};
			return 1;
		}
		if (read_map(ntfs, view, ntfs->next_chunk, &bits) != 0)
			return -1;
		if (ntfs->system != NULL && add_system_map(ntfs, ntfs->next_chunk, bits) != 0)
			return -1;
		clear_left_out(ntfs, ntfs->next_chunk, bits);
		ntfs->chunk_first = ntfs->next_chunk;
		ntfs->next_chunk += bits;
		ntfs->runs = (struct bit_runs){ntfs->chunk, bits, 0};
	}
}

static void ntfs_rewind(void *own)
{
	struct ntfs *ntfs = own;
	ntfs->next_chunk = 0;
	ntfs->differences = 0;
	ntfs->runs = (struct bit_runs){ntfs->chunk, 0, 0};
}

const struct fs_driver ntfs_driver = {"ntfs", ntfs_open, ntfs_close, ntfs_counts, ntfs_next, ntfs_rewind, NULL};
