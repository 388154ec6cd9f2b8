/*
 * What the agent for Windows recognises by itself, because libblkid is not made for Windows: the filesystems that
 * Windows writes, and the encryption that hides them. Types, versions and UUIDs are in libblkid's words.
 */
#include "signature.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../fs/bytes.h"
#include "../fs/ntfs_record.h"
#include "json.h"

enum { BOOT_SIZE = 512, NTFS_ATTRIBUTE_VOLUME_NAME = 0x60, NTFS_RECORD_VOLUME = 3, EXFAT_ENTRIES = 64 };

static void set_type(struct signature *out, const char *type, const char *usage, uint64_t magic_offset)
{
	snprintf(out->type, sizeof out->type, "%s", type);
	snprintf(out->usage, sizeof out->usage, "%s", usage);
	out->magic_offset = magic_offset;
}

static void set_serial(struct signature *out, uint32_t serial)
{
	snprintf(out->uuid, sizeof out->uuid, "%04X-%04X", serial >> 16, serial & 0xffff);
}

/* The volume's name is in a record of the file table, whose first records always lie together. */
static void read_ntfs_label(const struct reader *view, const struct ntfs_geometry *geometry, uint64_t table,
			    struct signature *out)
{
	uint8_t *record = malloc(geometry->record_size);
	struct ntfs_data data = {0};
	uint64_t at;

	if (record != NULL && multiply_u64(table, geometry->cluster_size, &at) &&
	    add_u64(at, (uint64_t)NTFS_RECORD_VOLUME * geometry->record_size, &at) &&
	    reader_read(view, at, record, geometry->record_size) == 0 &&
	    ntfs_record_repair(record, geometry->record_size) &&
	    ntfs_find_data(record, NTFS_ATTRIBUTE_VOLUME_NAME, geometry, &data) && data.resident != NULL)
		utf8_from_utf16le(data.resident, (size_t)data.size / 2, out->label, sizeof out->label);
	free(data.runs);
	free(record);
}

static bool probe_ntfs(const struct reader *view, const uint8_t *boot, struct signature *out)
{
	struct ntfs_geometry geometry = {.sector_size = le16_at(boot + 11)};
	const uint8_t per_cluster = boot[13], per_record = boot[0x40];
	uint64_t sectors = per_cluster;

	if (memcmp(boot + 3, "NTFS    ", 8) != 0 || !is_power_of_two(geometry.sector_size))
		return false;
	set_type(out, "ntfs", "filesystem", 3);
	snprintf(out->uuid, sizeof out->uuid, "%016llX", (unsigned long long)le64_at(boot + 0x48));
	if (per_cluster > 0x80)
		sectors = 256 - per_cluster < 31 ? UINT64_C(1) << (256 - per_cluster) : 0;
	if (sectors == 0 || sectors * geometry.sector_size > 2 * 1024 * 1024)
		return true;
	geometry.cluster_size = (uint32_t)(sectors * geometry.sector_size);
	geometry.clusters = le64_at(boot + 0x28) / sectors;
	geometry.record_size = per_record < 0x80 ? per_record * geometry.cluster_size
			       : 256 - per_record < 17 ? 1u << (256 - per_record)
						       : 0;
	out->block_size = geometry.cluster_size;
	if (!multiply_u64(le64_at(boot + 0x28), geometry.sector_size, &out->size_bytes))
		out->size_bytes = 0;
	if (geometry.record_size >= 512 && geometry.record_size <= NTFS_MAX_RECORD_SIZE)
		read_ntfs_label(view, &geometry, le64_at(boot + 0x30), out);
	return true;
}

static void copy_padded(const uint8_t *text, size_t length, char *out)
{
	while (length > 0 && text[length - 1] == ' ')
		length--;
	memcpy(out, text, length);
	out[length] = '\0';
	if (strcmp(out, "NO NAME") == 0)
		out[0] = '\0';
}

static bool probe_fat(const uint8_t *boot, struct signature *out)
{
	const uint16_t sector = le16_at(boot + 11);
	const bool is_wide = le16_at(boot + 22) == 0 && memcmp(boot + 82, "FAT32   ", 8) == 0;
	const uint8_t *extended = boot + (is_wide ? 66 : 38);
	const uint64_t sectors = le16_at(boot + 19) != 0 ? le16_at(boot + 19) : le32_at(boot + 32);

	if (!is_power_of_two(sector) || sector < 512 || sector > 4096 || !is_power_of_two(boot[13]) || boot[16] == 0 ||
	    (!is_wide && memcmp(boot + 54, "FAT1", 4) != 0))
		return false;
	set_type(out, "vfat", "filesystem", is_wide ? 82 : 54);
	snprintf(out->version, sizeof out->version, "%s", is_wide ? "FAT32" : boot[58] == '2' ? "FAT12" : "FAT16");
	out->block_size = (uint64_t)boot[13] * sector;
	out->size_bytes = sectors * sector;
	if (extended[0] == 0x28 || extended[0] == 0x29)
		set_serial(out, le32_at(extended + 1));
	if (extended[0] == 0x29)
		copy_padded(extended + 5, 11, out->label);
	return true;
}

/* The label is an entry of the root directory, among the first ones. */
static void read_exfat_label(const struct reader *view, const uint8_t *boot, struct signature *out)
{
	const uint64_t heap = (uint64_t)le32_at(boot + 88) << boot[108];
	const uint64_t root = le32_at(boot + 96) < 2 ? 0 : (uint64_t)(le32_at(boot + 96) - 2) * out->block_size;
	uint8_t entries[EXFAT_ENTRIES * 32];

	if (reader_read(view, heap + root, entries, sizeof entries) != 0)
		return;
	for (size_t i = 0; i < EXFAT_ENTRIES && entries[i * 32] != 0; i++)
		if (entries[i * 32] == 0x83 && entries[i * 32 + 1] <= 11)
			utf8_from_utf16le(entries + i * 32 + 2, entries[i * 32 + 1], out->label, sizeof out->label);
}

static bool probe_exfat(const struct reader *view, const uint8_t *boot, struct signature *out)
{
	if (memcmp(boot + 3, "EXFAT   ", 8) != 0 || boot[108] < 9 || boot[108] > 12 || boot[109] > 25 - boot[108])
		return false;
	set_type(out, "exfat", "filesystem", 3);
	set_serial(out, le32_at(boot + 100));
	out->block_size = UINT64_C(1) << (boot[108] + boot[109]);
	if (le64_at(boot + 72) <= INT64_MAX >> 12)
		out->size_bytes = le64_at(boot + 72) << boot[108];
	read_exfat_label(view, boot, out);
	return true;
}

static bool probe_others(const uint8_t *boot, struct signature *out)
{
	if (memcmp(boot + 3, "ReFS\0\0\0\0", 8) == 0)
		set_type(out, "ReFS", "filesystem", 3);
	/* Vista writes its own name; BitLocker To Go hides behind a FAT volume with this in it. */
	else if (memcmp(boot + 3, "-FVE-FS-", 8) == 0)
		set_type(out, "BitLocker", "crypto", 3);
	else if (memcmp(boot + 3, "MSWIN4.1", 8) == 0 && le32_at(boot + 424) == 0x4967d63b)
		set_type(out, "BitLocker", "crypto", 3);
	else
		return false;
	return true;
}

int find_signatures(const struct reader *view, struct signatures *out)
{
	uint8_t boot[BOOT_SIZE];
	struct signature *found = &out->found[0];

	memset(out, 0, sizeof *out);
	out->verdict = -1;
	found->magic_offset = UINT64_MAX;
	if (view->size < BOOT_SIZE)
		return 0;
	if (reader_read(view, 0, boot, sizeof boot) != 0) {
		out->has_read_errors = true;
		return 0;
	}
	if (probe_others(boot, found) || probe_ntfs(view, boot, found) || probe_exfat(view, boot, found) ||
	    (boot[510] == 0x55 && boot[511] == 0xaa && probe_fat(boot, found))) {
		out->count = 1;
		out->verdict = 0;
	}
	return 0;
}

/* Tables of other systems are not read on Windows: a disk of theirs shows as one without a table. */
int find_foreign_partitions(const struct reader *disk, struct foreign_partitions *out)
{
	(void)disk;
	memset(out, 0, sizeof *out);
	return 0;
}
