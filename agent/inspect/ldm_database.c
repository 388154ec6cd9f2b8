/*
 * Layout: the Linux-NTFS project's LDM documentation (PRIVHEAD, TOCBLOCK, VMDB), the kernel's block/partitions/ldm.h.
 * All numbers are big-endian, places in sectors of 512 bytes.
 */
#include "ldm_database.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../fs/bytes.h"
#include "ldm_record.h"

enum {
	SECTOR = 512,
	/* Of the disk; the database's other two copies of it follow. */
	MBR_HEADER_SECTOR = 6,
	DATABASE_SECTORS = 2048,
	MAX_DATABASE = 4 << 20,
	HEADER_SIZE = 512,
	MIN_RECORD = 128,
	MAX_RECORD = 4096,
	RECORD_HEAD = 16,
	MAX_FRAGMENTS = 16,
	VMDB_SIZE = 512,
	VMDB_CONSISTENT = 1,
};

static const char metadata_guid[] = "5808c8aa-7e8f-42e0-85d2-e1e90434cfb3";

static void copy_text(char *out, size_t capacity, const uint8_t *text, size_t length)
{
	snprintf(out, capacity, "%.*s", (int)length, (const char *)text);
}

static bool read_header(const struct reader *disk, uint64_t offset, struct ldm_header *header)
{
	uint8_t b[HEADER_SIZE];
	if (reader_read(disk, offset, b, sizeof b) != 0 || memcmp(b, "PRIVHEAD", 8) != 0)
		return false;
	header->major = be16_at(b + 12);
	header->minor = be16_at(b + 14);
	copy_text(header->disk_guid, sizeof header->disk_guid, b + 48, 36);
	copy_text(header->group_guid, sizeof header->group_guid, b + 176, 36);
	copy_text(header->group_name, sizeof header->group_name, b + 240, 31);
	const uint64_t places[] = {be64_at(b + 283), be64_at(b + 291), be64_at(b + 299), be64_at(b + 307)};
	for (size_t i = 0; i < 4; i++) {
		if (places[i] > INT64_MAX / SECTOR)
			return false;
	}
	header->data_start = places[0] * SECTOR;
	header->data_size = places[1] * SECTOR;
	header->database_start = places[2] * SECTOR;
	header->database_size = places[3] * SECTOR;
	return header->major == 2 && header->database_size >= 20 * SECTOR &&
	       range_within(header->database_start, header->database_size, disk->size);
}

bool ldm_find_header(const struct reader *disk, const struct partition_table *table, struct ldm_header *header)
{
	memset(header, 0, sizeof *header);
	bool has_ldm_entry = false;
	for (uint32_t i = 0; i < table->count; i++) {
		const struct partition *partition = &table->partitions[i];
		/* On a GPT disk a partition of its own holds the database, the header in its last sector. */
		if (strcmp(partition->type, metadata_guid) == 0) {
			if (partition->size >= SECTOR &&
			    read_header(disk, partition->start + partition->size - SECTOR, header))
				return true;
			/* Damaged: a copy may be inside. */
			for (uint64_t at = partition->size / SECTOR; at > 0 && at + 4096 > partition->size / SECTOR;
			     at--) {
				if (read_header(disk, partition->start + (at - 1) * SECTOR, header))
					return true;
			}
		}
		has_ldm_entry = has_ldm_entry || strcmp(partition->type, "0x42") == 0;
	}
	if (!has_ldm_entry)
		return false;
	if (read_header(disk, MBR_HEADER_SECTOR * SECTOR, header))
		return true;
	/* The database takes the disk's last MiB; its second header is near the end of that. */
	for (uint64_t back = 1; back <= DATABASE_SECTORS && back * SECTOR <= disk->size; back++) {
		if (read_header(disk, (disk->size / SECTOR - back) * SECTOR, header))
			return true;
	}
	return false;
}

/* Where the VMDB is, from a table of contents; the usual place when no table can be read. */
static uint64_t find_vmdb(const uint8_t *bytes, uint64_t size)
{
	const uint64_t tables[] = {1, 2, size / SECTOR - 3, size / SECTOR - 2};
	for (size_t i = 0; i < sizeof tables / sizeof tables[0]; i++) {
		const uint64_t at = tables[i] * SECTOR;
		if (!range_within(at, SECTOR, size) || memcmp(bytes + at, "TOCBLOCK", 8) != 0)
			continue;
		/* Two areas: name, flags, start and size. */
		for (unsigned area = 0; area < 2; area++) {
			const uint8_t *p = bytes + at + 36 + area * 34;
			const uint64_t start = be64_at(p + 10);
			if (strncmp((const char *)p, "config", 8) == 0 && start < size / SECTOR)
				return start * SECTOR;
		}
	}
	return 17 * SECTOR;
}

/* Records that are longer than a block are spread over several, which need not follow one another. */
struct spread {
	uint32_t group;
	uint16_t total;
	uint16_t found;
	uint8_t *bytes;
};

struct spreads {
	struct spread *list;
	uint32_t count;
};

static int keep_fragment(struct spreads *spreads, const uint8_t *block, size_t length, struct ldm_database *database)
{
	const uint32_t group = be32_at(block + 8);
	const uint16_t number = be16_at(block + 12), total = be16_at(block + 14);
	if (number >= total || total > MAX_FRAGMENTS) {
		database->unreadable++;
		return 0;
	}
	struct spread *spread = NULL;
	for (uint32_t i = 0; i < spreads->count && spread == NULL; i++) {
		if (spreads->list[i].group == group)
			spread = &spreads->list[i];
	}
	if (spread == NULL) {
		if (spreads->count >= 1024)
			return 0;
		struct spread *larger = realloc(spreads->list, (spreads->count + 1) * sizeof *larger);
		if (larger == NULL)
			return -1;
		spreads->list = larger;
		spread = &spreads->list[spreads->count];
		*spread = (struct spread){group, total, 0, calloc(total, length)};
		if (spread->bytes == NULL)
			return -1;
		spreads->count++;
	}
	if (spread->total != total) {
		database->unreadable++;
		return 0;
	}
	memcpy(spread->bytes + number * length, block + RECORD_HEAD, length);
	spread->found++;
	return 0;
}

static int parse_spreads(struct spreads *spreads, size_t length, struct ldm_database *database)
{
	int result = 0;
	for (uint32_t i = 0; i < spreads->count; i++) {
		struct spread *spread = &spreads->list[i];
		if (result == 0 && spread->found != spread->total)
			database->unreadable++;
		else if (result == 0 && ldm_parse_record(spread->bytes, spread->total * length, database) < 0)
			result = -1;
		free(spread->bytes);
	}
	free(spreads->list);
	return result;
}

static int parse_records(const uint8_t *bytes, uint64_t size, uint32_t record, struct ldm_database *database)
{
	struct spreads spreads = {NULL, 0};
	const size_t length = record - RECORD_HEAD;
	int result = 0;
	for (uint64_t at = 0; result == 0 && range_within(at, record, size); at += record) {
		const uint8_t *block = bytes + at;
		if (memcmp(block, "VBLK", 4) != 0)
			break;
		if (be16_at(block + 14) > 1)
			result = keep_fragment(&spreads, block, length, database);
		else if (ldm_parse_record(block + RECORD_HEAD, length, database) < 0)
			result = -1;
	}
	if (parse_spreads(&spreads, length, database) != 0)
		result = -1;
	return result;
}

int ldm_read_database(const struct reader *disk, const struct ldm_header *header, struct ldm_database *database)
{
	memset(database, 0, sizeof *database);
	database->header = *header;
	if (header->database_size > MAX_DATABASE)
		return 0;
	uint8_t *bytes = malloc((size_t)header->database_size);
	int result = 0;
	if (bytes == NULL)
		return -1;
	if (reader_read(disk, header->database_start, bytes, (size_t)header->database_size) != 0)
		goto out;
	const uint64_t at = find_vmdb(bytes, header->database_size);
	if (!range_within(at, VMDB_SIZE, header->database_size))
		goto out;
	const uint8_t *vmdb = bytes + at;
	const uint32_t record = be32_at(vmdb + 8), first = be32_at(vmdb + 12);
	if (memcmp(vmdb, "VMDB", 4) != 0 || record < MIN_RECORD || record > MAX_RECORD ||
	    !range_within(at, first, header->database_size))
		goto out;
	database->is_consistent = be16_at(vmdb + 16) == VMDB_CONSISTENT;
	database->sequence = be64_at(vmdb + 117);
	if (parse_records(vmdb + first, header->database_size - at - first, record, database) != 0)
		result = -1;
	else
		result = 1;
out:
	free(bytes);
	return result;
}

void ldm_database_free(struct ldm_database *database)
{
	free(database->disks);
	free(database->volumes);
	free(database->components);
	free(database->partitions);
	memset(database, 0, sizeof *database);
}
