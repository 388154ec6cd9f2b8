#include "table.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../fs/bytes.h"

struct partition *table_add(struct partition_table *table)
{
	if (table->count >= MAX_PARTITIONS) {
		table_problem(table, "more than %d partitions: the rest is not shown", MAX_PARTITIONS);
		return NULL;
	}
	/* Grows in steps that are powers of two. */
	if (table->count == 0 || (table->count >= 16 && is_power_of_two(table->count))) {
		const uint32_t room = table->count == 0 ? 16 : table->count * 2;
		struct partition *larger = realloc(table->partitions, room * sizeof *larger);
		if (larger == NULL)
			return NULL;
		table->partitions = larger;
	}
	struct partition *partition = &table->partitions[table->count++];
	memset(partition, 0, sizeof *partition);
	return partition;
}

void table_problem(struct partition_table *table, const char *format, ...)
{
	char text[PROBLEM_LENGTH];
	va_list arguments;
	va_start(arguments, format);
	vsnprintf(text, sizeof text, format, arguments);
	va_end(arguments);
	for (uint32_t i = 0; i < table->problem_count; i++) {
		if (strcmp(table->problems[i], text) == 0)
			return;
	}
	if (table->problem_count < MAX_PROBLEMS)
		memcpy(table->problems[table->problem_count++], text, sizeof text);
}

void table_free(struct partition_table *table)
{
	for (uint32_t i = 0; i < table->count; i++) {
		if (table->partitions[i].content != NULL)
			content_clear(table->partitions[i].content);
		free(table->partitions[i].content);
	}
	free(table->partitions);
	table->partitions = NULL;
	table->count = 0;
}

bool table_covers(const struct partition_table *table, uint64_t offset)
{
	for (uint32_t i = 0; i < table->count; i++) {
		const struct partition *partition = &table->partitions[i];
		if (partition->role != ROLE_EXTENDED && offset >= partition->start &&
		    offset - partition->start < partition->size)
			return true;
	}
	return false;
}

/* Filesystems whose boot sector ends like an MBR. */
static bool starts_with_boot_sector(const struct content *whole)
{
	static const char *const types[] = {"vfat", "msdos", "ntfs", "exfat", "hpfs", "BitLocker", "ReFS"};
	const struct signature *signature = content_signature(whole);
	for (size_t i = 0; signature != NULL && i < sizeof types / sizeof types[0]; i++) {
		if (strcmp(signature->type, types[i]) == 0)
			return true;
	}
	return false;
}

static unsigned entries_of_type(const struct mbr *mbr, bool protective)
{
	unsigned count = 0;
	for (unsigned i = 0; i < 4; i++)
		count += mbr->types[i] != 0 && (mbr->types[i] == MBR_PROTECTIVE) == protective ? 1 : 0;
	return count;
}

static void keep_mbr_entries(const struct mbr *mbr, struct partition_table *table)
{
	for (unsigned i = 0; i < 4; i++) {
		if (mbr->types[i] != 0)
			table->mbr_entries[table->mbr_entry_count++] = mbr->entries[i];
	}
}

/* Tables that only libblkid reads, outermost or inside an MBR partition. Returns 0 or -1. */
static int add_foreign(const struct reader *disk, const struct content *whole, struct partition_table *table)
{
	struct foreign_partitions *foreign = malloc(sizeof *foreign);
	int result = -1;
	if (foreign == NULL || find_foreign_partitions(disk, foreign) != 0)
		goto out;
	result = 0;
	const bool is_ours = strcmp(foreign->table, "dos") == 0 || strcmp(foreign->table, "gpt") == 0 ||
			     strcmp(foreign->table, "PMBR") == 0;
	if (foreign->table[0] == '\0' || (table->type == TABLE_NONE && is_ours))
		goto out;
	/* A table that libblkid sees and we do not, or the other way round, counts only where nothing else fills the disk. */
	if (table->type == TABLE_NONE && (content_signature(whole) == NULL || foreign->count > 0)) {
		table->type = TABLE_OTHER;
		table->sector_size = disk->sector_size;
		snprintf(table->name, sizeof table->name, "%s", foreign->table);
		snprintf(table->id, sizeof table->id, "%s", foreign->id);
	}
	for (size_t i = 0; i < foreign->count; i++) {
		const struct foreign_partition *from = &foreign->partitions[i];
		const bool is_nested = strcmp(from->table, foreign->table) != 0;
		if (table->type != TABLE_OTHER && !(table->type == TABLE_MBR && is_nested))
			continue;
		struct partition *partition = table_add(table);
		if (partition == NULL)
			break;
		partition->index = (uint32_t)from->number;
		partition->start = from->start;
		partition->size = from->size;
		partition->role = is_nested ? ROLE_NESTED : ROLE_PRIMARY;
		if (from->type_text[0] != '\0')
			snprintf(partition->type, sizeof partition->type, "%.*s", (int)sizeof partition->type - 1,
				 from->type_text);
		else
			snprintf(partition->type, sizeof partition->type, "0x%02x", from->type);
		snprintf(partition->name, sizeof partition->name, "%s", from->name);
		if (is_nested)
			snprintf(partition->nested_table, sizeof partition->nested_table, "%s", from->table);
	}
out:
	free(foreign);
	return result;
}

/* Letters and digits of EBCDIC; anything else becomes a blank. */
static char from_ebcdic(uint8_t code)
{
	if (code >= 0xf0 && code <= 0xf9)
		return (char)('0' + (code - 0xf0));
	if (code >= 0xc1 && code <= 0xc9)
		return (char)('A' + (code - 0xc1));
	if (code >= 0xd1 && code <= 0xd9)
		return (char)('J' + (code - 0xd1));
	if (code >= 0xe2 && code <= 0xe9)
		return (char)('S' + (code - 0xe2));
	return ' ';
}

/*
 * A mainframe's disk (DASD) has its volume label in the third block: VOL1 with a key of the same name in front, or
 * LNX1 or CMS1. It is named only: no server that can be migrated here has one. Layout: the kernel's asm/vtoc.h.
 */
static void recognise_dasd(const struct reader *disk, struct partition_table *table)
{
	static const uint8_t vol1_twice[] = {0xe5, 0xd6, 0xd3, 0xf1, 0xe5, 0xd6, 0xd3, 0xf1};
	static const uint8_t lnx1[] = {0xd3, 0xd5, 0xe7, 0xf1}, cms1[] = {0xc3, 0xd4, 0xe2, 0xf1};
	for (uint64_t block = 512; block <= 4096; block *= 2) {
		uint8_t label[14];
		if (reader_read(disk, 2 * block, label, sizeof label) != 0)
			return;
		const bool is_vol1 = memcmp(label, vol1_twice, sizeof vol1_twice) == 0;
		if (!is_vol1 && memcmp(label, lnx1, sizeof lnx1) != 0 && memcmp(label, cms1, sizeof cms1) != 0)
			continue;
		const uint8_t *volume = label + (is_vol1 ? 8 : 4);
		table->type = TABLE_OTHER;
		table->sector_size = (uint32_t)block;
		snprintf(table->name, sizeof table->name, "dasd");
		for (int i = 0; i < 6; i++)
			table->id[i] = from_ebcdic(volume[i]);
		for (int i = 5; i >= 0 && table->id[i] == ' '; i--)
			table->id[i] = '\0';
		table_problem(table, "the partitions of a DASD label are not read");
		return;
	}
}

static void check_ranges(const struct reader *disk, struct partition_table *table)
{
	for (uint32_t i = 0; i < table->count; i++) {
		const struct partition *a = &table->partitions[i];
		if (!range_within(a->start, a->size, disk->size))
			table_problem(table, "partition %u reaches beyond the end of the disk", a->index);
		for (uint32_t j = 0; j < i; j++) {
			const struct partition *b = &table->partitions[j];
			const bool contains = a->role == ROLE_NESTED || b->role == ROLE_NESTED ||
					      a->role == ROLE_EXTENDED || b->role == ROLE_EXTENDED ||
					      table->type == TABLE_OTHER;
			if (!contains && a->start < b->start + b->size && b->start < a->start + a->size)
				table_problem(table, "partitions %u and %u overlap", b->index, a->index);
		}
	}
}

int table_read(const struct reader *disk, const struct content *whole, struct partition_table *table)
{
	struct mbr mbr;
	memset(table, 0, sizeof *table);
	table->sector_size = disk->sector_size;
	mbr_read(disk, disk->sector_size, &mbr);
	const bool is_protected = mbr.has_signature && entries_of_type(&mbr, true) > 0;
	const bool has_others = mbr.is_plausible && entries_of_type(&mbr, false) > 0;
	table->has_protective_mbr = is_protected;
	if (gpt_read(disk, table) != 0)
		return -1;
	if (table->type == TABLE_GPT && !is_protected && has_others) {
		/* Systems go by the MBR then. */
		const enum gpt_copy primary = table->primary_gpt, backup = table->backup_gpt;
		table_free(table);
		memset(table, 0, sizeof *table);
		table->primary_gpt = primary;
		table->backup_gpt = backup;
		table_problem(table, "there is a GPT too, but no protective entry in the MBR: the GPT is out of use");
	} else if (table->type == TABLE_GPT) {
		if (is_protected && has_others) {
			table->type = TABLE_HYBRID;
			keep_mbr_entries(&mbr, table);
		}
		if (!is_protected)
			table_problem(table, "the GPT has no protective MBR");
	} else if (is_protected &&
		   (table->primary_gpt != GPT_ABSENT || table->backup_gpt != GPT_ABSENT || !has_others)) {
		table->type = TABLE_GPT;
		table_problem(table,
			      "the MBR announces a GPT and no copy of it is valid: its partitions are unknown");
		keep_mbr_entries(&mbr, table);
	}
	const bool is_boot_sector = starts_with_boot_sector(whole);
	const bool is_free = content_signature(whole) == NULL && !whole->signatures.is_ambivalent;
	if (table->type == TABLE_NONE && mbr.is_plausible && !is_boot_sector && (has_others || is_free)) {
		if (mbr_fill(disk, &mbr, table) != 0)
			return -1;
	}
	if ((table->type == TABLE_NONE && !is_boot_sector) || table->type == TABLE_MBR) {
		if (add_foreign(disk, whole, table) != 0)
			return -1;
	}
	if (table->type == TABLE_NONE && content_signature(whole) == NULL)
		recognise_dasd(disk, table);
	check_ranges(disk, table);
	return 0;
}
