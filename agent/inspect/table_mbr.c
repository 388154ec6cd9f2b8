/*
 * The DOS partition table: four entries in the first sector, and chains of sectors of the same form (EBRs) inside
 * extended partitions, where the first entry is a logical partition and the second one leads to the next EBR.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../fs/bytes.h"
#include "table.h"

enum {
	SECTOR_BYTES = 512,
	ENTRIES = 446,
	ENTRY_SIZE = 16,
	DISK_ID = 440,
	ACTIVE = 0x80,
	/* As many EBRs as there is room for partitions; the chain is searched for loops as well. */
	MAX_EBRS = MAX_PARTITIONS,
};

static bool is_extended(uint8_t type)
{
	return type == MBR_EXTENDED_DOS || type == MBR_EXTENDED_LBA || type == MBR_EXTENDED_LINUX;
}

static bool has_signature(const uint8_t *sector)
{
	return sector[510] == 0x55 && sector[511] == 0xaa;
}

void mbr_read(const struct reader *disk, uint32_t sector_size, struct mbr *mbr)
{
	uint8_t sector[SECTOR_BYTES];
	memset(mbr, 0, sizeof *mbr);
	mbr->sector_size = sector_size;
	if (reader_read(disk, 0, sector, sizeof sector) != 0 || !has_signature(sector))
		return;
	mbr->has_signature = true;
	mbr->is_plausible = true;
	mbr->id = le32_at(sector + DISK_ID);
	for (unsigned i = 0; i < 4; i++) {
		const uint8_t *entry = sector + ENTRIES + i * ENTRY_SIZE;
		struct partition *partition = &mbr->entries[i];
		if (entry[0] != 0 && entry[0] != ACTIVE)
			mbr->is_plausible = false;
		mbr->types[i] = le32_at(entry + 12) == 0 ? 0 : entry[4];
		partition->index = i + 1;
		partition->start = (uint64_t)le32_at(entry + 8) * sector_size;
		partition->size = (uint64_t)le32_at(entry + 12) * sector_size;
		partition->is_active = entry[0] == ACTIVE;
		partition->flags = entry[0];
		partition->role = is_extended(entry[4]) ? ROLE_EXTENDED : ROLE_PRIMARY;
		snprintf(partition->type, sizeof partition->type, "0x%02x", entry[4]);
		if (mbr->id != 0)
			snprintf(partition->uuid, sizeof partition->uuid, "%08x-%02u", mbr->id, i + 1);
	}
}

struct chain {
	const struct partition *container;
	uint64_t visited[MAX_EBRS];
	uint32_t length;
};

static bool was_visited(const struct chain *chain, uint64_t offset)
{
	for (uint32_t i = 0; i < chain->length; i++) {
		if (chain->visited[i] == offset)
			return true;
	}
	return false;
}

static int add_logical(struct partition_table *table, const struct chain *chain, const uint8_t *entry, uint64_t ebr,
		       uint32_t index, uint32_t disk_id)
{
	const uint64_t sector = table->sector_size;
	struct partition *partition = table_add(table);
	if (partition == NULL)
		return table->count >= MAX_PARTITIONS ? 0 : -1;
	partition->index = index;
	partition->role = ROLE_LOGICAL;
	partition->start = ebr + le32_at(entry + 8) * sector;
	partition->size = le32_at(entry + 12) * sector;
	partition->is_active = entry[0] == ACTIVE;
	partition->flags = entry[0];
	snprintf(partition->type, sizeof partition->type, "0x%02x", entry[4]);
	if (disk_id != 0)
		snprintf(partition->uuid, sizeof partition->uuid, "%08x-%02u", disk_id, index);
	if (partition->start < chain->container->start ||
	    !range_within(partition->start - chain->container->start, partition->size, chain->container->size))
		table_problem(table, "logical partition %u sticks out of its extended partition", index);
	return 0;
}

/* Follows the EBRs of one extended partition. `*index` is the next logical partition's. */
static int follow_chain(const struct reader *disk, struct partition_table *table, struct chain *chain,
			uint32_t *index, uint32_t disk_id)
{
	const uint64_t sector_size = table->sector_size;
	uint64_t ebr = chain->container->start;
	while (chain->length < MAX_EBRS) {
		uint8_t sector[SECTOR_BYTES];
		if (was_visited(chain, ebr)) {
			table_problem(table, "the chain of logical partitions runs in a circle");
			return 0;
		}
		chain->visited[chain->length++] = ebr;
		if (reader_read(disk, ebr, sector, sizeof sector) != 0 || !has_signature(sector)) {
			table_problem(table, "the chain of logical partitions breaks off");
			return 0;
		}
		bool goes_on = false;
		uint64_t next = 0;
		for (unsigned i = 0; i < 4; i++) {
			const uint8_t *entry = sector + ENTRIES + i * ENTRY_SIZE;
			if (le32_at(entry + 12) == 0)
				continue;
			if (is_extended(entry[4])) {
				if (!goes_on)
					next = chain->container->start + le32_at(entry + 8) * sector_size;
				goes_on = true;
			} else if (entry[4] != 0) {
				/* The third and fourth entries are unused; some tools leave copies of others there. */
				if (i < 2 && add_logical(table, chain, entry, ebr, (*index)++, disk_id) != 0)
					return -1;
			}
		}
		if (!goes_on)
			return 0;
		ebr = next;
	}
	table_problem(table, "the chain of logical partitions is too long");
	return 0;
}

int mbr_fill(const struct reader *disk, const struct mbr *mbr, struct partition_table *table)
{
	table->type = TABLE_MBR;
	table->sector_size = mbr->sector_size;
	snprintf(table->id, sizeof table->id, "0x%08x", mbr->id);
	for (unsigned i = 0; i < 4; i++) {
		if (mbr->types[i] == 0)
			continue;
		struct partition *partition = table_add(table);
		if (partition == NULL)
			return -1;
		*partition = mbr->entries[i];
	}
	uint32_t index = 5;
	int result = 0;
	struct chain *chain = malloc(sizeof *chain);
	if (chain == NULL)
		return -1;
	for (unsigned i = 0; i < 4 && result == 0; i++) {
		if (!is_extended(mbr->types[i]))
			continue;
		chain->container = &mbr->entries[i];
		chain->length = 0;
		result = follow_chain(disk, table, chain, &index, mbr->id);
	}
	free(chain);
	return result;
}
