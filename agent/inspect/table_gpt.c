/*
 * GPT. Layout: UEFI specification, "GUID Partition Table (GPT) Disk Layout".
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../fs/bytes.h"
#include "checksum.h"
#include "json.h"
#include "table.h"

enum {
	HEADER_SIZE = 92,
	ENTRY_SIZE = 128,
	MAX_ENTRY_SIZE = 4096,
	MAX_ENTRIES_BYTES = 4 << 20,
	NAME_UNITS = 36,
	FLAG_LEGACY_BOOT = 0x4,
};

struct gpt_header {
	uint64_t own_sector;
	uint64_t other_sector;
	uint64_t first_usable;
	uint64_t last_usable;
	uint8_t disk_guid[16];
	uint64_t entries_sector;
	uint32_t entry_count;
	uint32_t entry_size;
	uint32_t entries_checksum;
};

void guid_text(const uint8_t *g, char out[40])
{
	snprintf(out, 40, "%08x-%04x-%04x-%02x%02x-%02x%02x%02x%02x%02x%02x", le32_at(g), le16_at(g + 4),
		 le16_at(g + 6), g[8], g[9], g[10], g[11], g[12], g[13], g[14], g[15]);
}

/* The checksum over the entries, read piece by piece. False when they cannot be read. */
static bool checksum_entries(const struct reader *disk, uint64_t offset, uint64_t length, uint32_t *checksum)
{
	uint8_t bytes[4096];
	uint32_t state = UINT32_MAX;
	while (length > 0) {
		const size_t part = length < sizeof bytes ? (size_t)length : sizeof bytes;
		if (reader_read(disk, offset, bytes, part) != 0)
			return false;
		state = crc32_continue(state, bytes, part);
		offset += part;
		length -= part;
	}
	*checksum = state ^ UINT32_MAX;
	return true;
}

static enum gpt_copy read_header(const struct reader *disk, uint32_t sector_size, uint64_t sector,
				 struct gpt_header *header)
{
	uint8_t bytes[4096];
	uint64_t offset;
	if (sector_size > sizeof bytes || !multiply_u64(sector, sector_size, &offset) ||
	    reader_read(disk, offset, bytes, sector_size) != 0 || memcmp(bytes, "EFI PART", 8) != 0)
		return GPT_ABSENT;
	const uint32_t size = le32_at(bytes + 12), stated = le32_at(bytes + 16);
	if (size < HEADER_SIZE || size > sector_size)
		return GPT_CORRUPT;
	memset(bytes + 16, 0, 4);
	if (crc32_of(bytes, size) != stated || le64_at(bytes + 24) != sector)
		return GPT_CORRUPT;
	header->own_sector = sector;
	header->other_sector = le64_at(bytes + 32);
	header->first_usable = le64_at(bytes + 40);
	header->last_usable = le64_at(bytes + 48);
	memcpy(header->disk_guid, bytes + 56, 16);
	header->entries_sector = le64_at(bytes + 72);
	header->entry_count = le32_at(bytes + 80);
	header->entry_size = le32_at(bytes + 84);
	header->entries_checksum = le32_at(bytes + 88);
	uint64_t length;
	uint32_t checksum;
	if (header->entry_size < ENTRY_SIZE || header->entry_size > MAX_ENTRY_SIZE || header->entry_size % 8 != 0 ||
	    !multiply_u64(header->entry_count, header->entry_size, &length) || length > MAX_ENTRIES_BYTES ||
	    !multiply_u64(header->entries_sector, sector_size, &offset) ||
	    !checksum_entries(disk, offset, length, &checksum) || checksum != header->entries_checksum)
		return GPT_CORRUPT;
	return GPT_VALID;
}

static int add_entries(const struct reader *disk, const struct gpt_header *header, struct partition_table *table)
{
	const uint64_t sector = table->sector_size;
	for (uint32_t i = 0; i < header->entry_count; i++) {
		uint8_t entry[ENTRY_SIZE];
		const uint64_t offset = header->entries_sector * sector + (uint64_t)i * header->entry_size;
		if (reader_read(disk, offset, entry, sizeof entry) != 0)
			return 0;
		if (all_zero(entry, 16))
			continue;
		const uint64_t first = le64_at(entry + 32), last = le64_at(entry + 40);
		if (last < first || last >= INT64_MAX / sector) {
			table_problem(table, "partition %u ends before it starts", i + 1);
			continue;
		}
		struct partition *partition = table_add(table);
		if (partition == NULL)
			return table->count >= MAX_PARTITIONS ? 0 : -1;
		partition->index = i + 1;
		partition->start = first * sector;
		partition->size = (last - first + 1) * sector;
		guid_text(entry, partition->type);
		guid_text(entry + 16, partition->uuid);
		partition->flags = le64_at(entry + 48);
		partition->is_active = (partition->flags & FLAG_LEGACY_BOOT) != 0;
		utf8_from_utf16le(entry + 56, NAME_UNITS, partition->name, sizeof partition->name);
		if (first < header->first_usable || last > header->last_usable)
			table_problem(table, "partition %u lies outside of the usable sectors", i + 1);
	}
	return 0;
}

static bool is_same(const struct gpt_header *a, const struct gpt_header *b)
{
	return memcmp(a->disk_guid, b->disk_guid, 16) == 0 && a->entry_count == b->entry_count &&
	       a->entries_checksum == b->entries_checksum;
}

/* Disks of 4096-byte sectors are also met as images, whose reader does not know that. */
static uint32_t find_sector_size(const struct reader *disk)
{
	const uint32_t sizes[] = {disk->sector_size, 512, 4096};
	for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++) {
		uint8_t magic[8];
		if (reader_read(disk, sizes[i], magic, sizeof magic) == 0 && memcmp(magic, "EFI PART", 8) == 0)
			return sizes[i];
	}
	return disk->sector_size;
}

int gpt_read(const struct reader *disk, struct partition_table *table)
{
	struct gpt_header primary, backup, elsewhere;
	const uint32_t sector = find_sector_size(disk);
	const uint64_t sectors = disk->size / sector;
	table->primary_gpt = table->backup_gpt = GPT_ABSENT;
	if (sectors < 2)
		return 0;
	table->primary_gpt = read_header(disk, sector, 1, &primary);
	table->backup_gpt = read_header(disk, sector, sectors - 1, &backup);
	if (table->primary_gpt == GPT_VALID && table->backup_gpt != GPT_VALID && primary.other_sector > 1 &&
	    primary.other_sector < sectors - 1 &&
	    read_header(disk, sector, primary.other_sector, &elsewhere) == GPT_VALID) {
		/* The disk was made larger after it was partitioned. */
		table->backup_gpt = GPT_VALID;
		backup = elsewhere;
		table_problem(table, "the backup GPT is not at the end of the disk");
	}
	if (table->primary_gpt != GPT_VALID && table->backup_gpt != GPT_VALID)
		return 0;
	if (table->primary_gpt == GPT_VALID && table->backup_gpt == GPT_VALID && !is_same(&primary, &backup))
		table_problem(table, "the primary and the backup GPT differ");
	const struct gpt_header *header = table->primary_gpt == GPT_VALID ? &primary : &backup;
	table->type = TABLE_GPT;
	table->sector_size = sector;
	guid_text(header->disk_guid, table->id);
	return add_entries(disk, header, table);
}
