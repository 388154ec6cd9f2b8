#include "../check.h"

#include <stdint.h>
#include <stdlib.h>

#include "../../inspect/report.h"

/* Dynamic disks of our own making: two disks of one group with a simple, a striped and a mirrored volume. */

enum {
	SECTOR = 512,
	DISK_SECTORS = 8192,
	DATA_START = 63,
	DATABASE_START = 6144,
	DATABASE_SECTORS = 2048,
	VMDB_SECTOR = 17,
	RECORD = 128,
	RECORD_DATA = RECORD - 16,
	/* Of the partitions on each disk, in sectors behind the start of the data. */
	SIMPLE_AT = 8,
	STRIPE_AT = 1024,
	MIRROR_AT = 2048,
	STRIPE_CHUNK = 16,
	GROUP_SEQUENCE = 5,
	FLAG_HINT = 0x02,
	FLAG_INDEX = 0x08,
	FLAG_STRIPES = 0x10,
};

static uint8_t disks[2][DISK_SECTORS * SECTOR];
static const char *const disk_guids[2] = {"00112233-4455-6677-8899-aabbccddeeff",
					  "10112233-4455-6677-8899-aabbccddeeff"};
static const char group_guid[] = "20112233-4455-6677-8899-aabbccddeeff";

struct record {
	uint8_t bytes[512];
	size_t length;
};

static void put_be(uint8_t *at, uint64_t value, int bytes)
{
	for (int i = 0; i < bytes; i++)
		at[i] = (uint8_t)(value >> (8 * (bytes - 1 - i)));
}

static void add_bytes(struct record *record, const void *bytes, size_t length)
{
	memcpy(record->bytes + record->length, bytes, length);
	record->length += length;
}

static void add_zeros(struct record *record, size_t length)
{
	memset(record->bytes + record->length, 0, length);
	record->length += length;
}

static void add_u64(struct record *record, uint64_t value)
{
	put_be(record->bytes + record->length, value, 8);
	record->length += 8;
}

/* With its length in front, in as few bytes as it takes. */
static void add_number(struct record *record, uint64_t value)
{
	int bytes = 1;
	while (bytes < 8 && value >> (8 * bytes) != 0)
		bytes++;
	record->bytes[record->length++] = (uint8_t)bytes;
	put_be(record->bytes + record->length, value, bytes);
	record->length += (size_t)bytes;
}

static void add_text(struct record *record, const char *text)
{
	record->bytes[record->length++] = (uint8_t)strlen(text);
	add_bytes(record, text, strlen(text));
}

static struct record start_record(uint8_t type, uint8_t flags)
{
	struct record record = {{0, 0, flags, type}, 8};
	return record;
}

/* Puts a record into the database, over several blocks where one is too small. */
static void put_record(uint8_t *database, unsigned *block, struct record *record)
{
	const unsigned total = (unsigned)((record->length + RECORD_DATA - 1) / RECORD_DATA);
	put_be(record->bytes + 4, record->length - 8, 4);
	for (unsigned i = 0; i < total; i++) {
		uint8_t *at = database + (VMDB_SECTOR + 1) * SECTOR + (size_t)(*block + i) * RECORD;
		size_t part = record->length - (size_t)i * RECORD_DATA;
		if (part > RECORD_DATA)
			part = RECORD_DATA;
		memcpy(at, "VBLK", 4);
		put_be(at + 4, *block + i + 4, 4);
		put_be(at + 8, *block + 1, 4);
		put_be(at + 12, i, 2);
		put_be(at + 14, total, 2);
		memcpy(at + 16, record->bytes + (size_t)i * RECORD_DATA, part);
	}
	*block += total;
}

static void put_disk(uint8_t *database, unsigned *block, uint64_t id, const char *name, const char *guid)
{
	struct record record = start_record(0x34, 0);
	add_number(&record, id);
	add_text(&record, name);
	add_text(&record, guid);
	put_record(database, block, &record);
}

static void put_volume(uint8_t *database, unsigned *block, uint64_t id, const char *name, uint64_t components,
		       uint64_t sectors, const char *hint)
{
	struct record record = start_record(0x51, hint == NULL ? 0 : FLAG_HINT);
	add_number(&record, id);
	add_text(&record, name);
	add_text(&record, "gen");
	add_text(&record, "");
	add_bytes(&record, "ACTIVE\0\0\0\0\0\0\0\0", 14);
	add_zeros(&record, 7);
	add_number(&record, components);
	add_zeros(&record, 16);
	add_number(&record, sectors);
	add_zeros(&record, 4);
	add_bytes(&record, "\x07", 1);
	add_zeros(&record, 15);
	record.bytes[record.length++] = (uint8_t)id;
	if (hint != NULL)
		add_text(&record, hint);
	put_record(database, block, &record);
}

static void put_component(uint8_t *database, unsigned *block, uint64_t id, uint64_t volume, uint8_t type,
			  uint64_t partitions)
{
	struct record record = start_record(0x32, type == 1 ? FLAG_STRIPES : 0);
	add_number(&record, id);
	add_text(&record, "component");
	add_text(&record, "ACTIVE");
	record.bytes[record.length++] = type;
	add_zeros(&record, 4);
	add_number(&record, partitions);
	add_zeros(&record, 16);
	add_number(&record, volume);
	add_zeros(&record, 1);
	if (type == 1) {
		add_number(&record, STRIPE_CHUNK);
		add_number(&record, partitions);
	}
	put_record(database, block, &record);
}

static void put_partition(uint8_t *database, unsigned *block, uint64_t id, const char *name, uint64_t start,
			  uint64_t sectors, uint64_t component, uint64_t disk, uint64_t index)
{
	struct record record = start_record(0x33, FLAG_INDEX);
	add_number(&record, id);
	add_text(&record, name);
	add_zeros(&record, 12);
	add_u64(&record, start);
	add_u64(&record, 0);
	add_number(&record, sectors);
	add_number(&record, component);
	add_number(&record, disk);
	add_number(&record, index);
	put_record(database, block, &record);
}

static void put_private_header(uint8_t *at, int disk)
{
	memcpy(at, "PRIVHEAD", 8);
	put_be(at + 12, 2, 2);
	put_be(at + 14, 12, 2);
	memcpy(at + 48, disk_guids[disk], 36);
	memcpy(at + 176, group_guid, 36);
	memcpy(at + 240, "Test-Dg0", 8);
	put_be(at + 283, DATA_START, 8);
	put_be(at + 291, DATABASE_START - DATA_START, 8);
	put_be(at + 299, DATABASE_START, 8);
	put_be(at + 307, DATABASE_SECTORS, 8);
}

static void make_disk(int disk, uint64_t sequence)
{
	uint8_t *bytes = disks[disk], *database = bytes + DATABASE_START * SECTOR;
	uint8_t *contents = database + SECTOR, *vmdb = database + VMDB_SECTOR * SECTOR;
	unsigned block = 0;
	memset(bytes, 0, sizeof disks[disk]);
	bytes[446 + 4] = 0x42;
	bytes[446 + 8] = DATA_START;
	bytes[446 + 13] = (DATABASE_START - DATA_START) >> 8;
	bytes[446 + 12] = (DATABASE_START - DATA_START) & 0xff;
	bytes[510] = 0x55;
	bytes[511] = 0xaa;
	put_private_header(bytes + 6 * SECTOR, disk);
	put_private_header(database + 1856 * SECTOR, disk);
	memcpy(contents, "TOCBLOCK", 8);
	memcpy(contents + 36, "config", 6);
	put_be(contents + 46, VMDB_SECTOR, 8);
	memcpy(vmdb, "VMDB", 4);
	put_be(vmdb + 8, RECORD, 4);
	put_be(vmdb + 12, SECTOR, 4);
	put_be(vmdb + 16, 1, 2);
	put_be(vmdb + 117, sequence, 8);
	put_disk(database, &block, 1, "Disk1-with-a-name-that-does-not-fit-into-one-block-of-the-database-at-all",
		 disk_guids[0]);
	put_disk(database, &block, 2, "Disk2", disk_guids[1]);
	put_volume(database, &block, 10, "Volume1", 1, 512, "E:");
	put_component(database, &block, 11, 10, 2, 1);
	put_partition(database, &block, 12, "Disk1-01", SIMPLE_AT, 512, 11, 1, 0);
	put_volume(database, &block, 20, "Stripe1", 1, 1024, NULL);
	put_component(database, &block, 21, 20, 1, 2);
	put_partition(database, &block, 23, "Disk2-01", STRIPE_AT, 512, 21, 2, 1);
	put_partition(database, &block, 22, "Disk1-02", STRIPE_AT, 512, 21, 1, 0);
	put_volume(database, &block, 30, "Raid1", 2, 256, "F:");
	put_component(database, &block, 31, 30, 2, 1);
	put_component(database, &block, 32, 30, 2, 1);
	put_partition(database, &block, 33, "Disk1-03", MIRROR_AT, 256, 31, 1, 0);
	put_partition(database, &block, 34, "Disk2-02", MIRROR_AT, 256, 32, 2, 0);
}

/* A swap header in the first page is content enough. */
static void put_swap(uint8_t *page)
{
	page[1024] = 1;
	page[1028] = 15;
	memcpy(page + 4096 - 10, "SWAPSPACE2", 10);
}

static uint8_t *data_at(int disk, unsigned sector)
{
	return disks[disk] + (DATA_START + sector) * SECTOR;
}

static void make_group(void)
{
	make_disk(0, GROUP_SEQUENCE);
	make_disk(1, GROUP_SEQUENCE);
	put_swap(data_at(0, SIMPLE_AT));
	put_swap(data_at(1, MIRROR_AT));
	/* The stripes' first page is in the first column; a signature in the second would be out of place. */
	put_swap(data_at(0, STRIPE_AT));
}

static char *report_on(int first, int count)
{
	struct reader readers[2];
	struct inspected_device devices[2];
	char *text = NULL;
	size_t length = 0;
	FILE *out = open_memstream(&text, &length);
	for (int i = 0; i < count; i++) {
		readers[i] = reader_memory(disks[first + i], sizeof disks[0]);
		devices[i] = (struct inspected_device){first + i == 0 ? "a" : "b", &readers[i], NULL};
	}
	CHECK(inspect_report(devices, (size_t)count, out) == 0);
	fclose(out);
	return text;
}

static void check_has(const char *text, const char *part)
{
	if (strstr(text, part) == NULL)
		check_text(__FILE__, __LINE__, text, part);
}

TEST("reads a disk group: records over several blocks, volumes of each type, and what is in them")
{
	make_group();
	char *text = report_on(0, 2);
	check_has(text, "\"isDynamic\":true");
	check_has(text, "\"content\":{\"kind\":\"ldm\",\"type\":\"LDM_member\"}");
	check_has(text, "\"ldm\":[{\"name\":\"Test-Dg0\",\"guid\":\"20112233-4455-6677-8899-aabbccddeeff\","
			"\"isReadable\":true,\"sequence\":5,\"isConsistent\":true,\"unreadableRecords\":0,");
	check_has(text, "{\"name\":\"Disk1-with-a-name-that-does-not-fit-into-one-block-of-the-database-at-all\","
			"\"guid\":\"00112233-4455-6677-8899-aabbccddeeff\",\"device\":\"a\"}");
	check_has(text, "\"type\":\"simple\",\"partitionType\":\"0x07\",\"sizeBytes\":262144,\"chunkBytes\":0,"
			"\"hint\":\"E:\"");
	check_has(text, "\"type\":\"striped\",\"partitionType\":\"0x07\",\"sizeBytes\":524288,\"chunkBytes\":8192,"
			"\"hint\":null");
	check_has(text, "\"type\":\"mirrored\",\"partitionType\":\"0x07\",\"sizeBytes\":131072");
	check_has(text, "\"name\":\"Disk1-01\",\"disk\":\"Disk1-with-a-name-that-does-not-fit-into-one-block-of-the-"
			"database-at-all\",\"device\":\"a\",\"startBytes\":36352,\"dataOffsetBytes\":4096");
	CHECK(strstr(text, "disk-missing") == NULL);
	check_has(text, "\"asBasicPartition\":{\"isPossible\":true,\"reason\":null}");
	check_has(text, "\"asBasicPartition\":{\"isPossible\":false,\"reason\":\"striped\"}");
	check_has(text, "\"asBasicPartition\":{\"isPossible\":false,\"reason\":\"mirrored\"}");
	free(text);
}

TEST("orders the columns of a stripe by their index, whatever the order of their records")
{
	make_group();
	char *text = report_on(0, 2);
	const char *stripe = strstr(text, "\"name\":\"Stripe1\"");
	CHECK(stripe != NULL);
	if (stripe != NULL) {
		const char *first = strstr(stripe, "\"name\":\"Disk1-02\""),
			   *second = strstr(stripe, "\"name\":\"Disk2-01\"");
		CHECK(first != NULL && second != NULL && first < second);
		check_has(stripe, "\"content\":{\"kind\":\"swap\"");
	}
	free(text);
}

TEST("looks into the half of a mirror that is here, and not into a stripe that is not whole")
{
	make_group();
	char *text = report_on(1, 1);
	check_has(text, "\"device\":null}");
	const char *stripe = strstr(text, "\"name\":\"Stripe1\""), *mirror = strstr(text, "\"name\":\"Raid1\"");
	CHECK(stripe != NULL && mirror != NULL);
	if (stripe != NULL && mirror != NULL) {
		check_has(mirror, "\"content\":{\"kind\":\"swap\"");
		check_has(stripe, "\"content\":null,\"notExamined\":\"disk-missing\"");
	}
	free(text);
}

TEST("goes by the newer database when the disks of a group disagree")
{
	make_group();
	make_disk(1, GROUP_SEQUENCE + 4);
	char *text = report_on(0, 2);
	check_has(text, "\"sequence\":9");
	free(text);
}

TEST("finds the header's copy in the database when the first one is gone, and says so when nothing can be read")
{
	make_group();
	memset(disks[0] + 6 * SECTOR, 0, SECTOR);
	char *text = report_on(0, 1);
	check_has(text, "\"isReadable\":true");
	free(text);
	memset(disks[0] + (DATABASE_START + VMDB_SECTOR) * SECTOR, 0xff, SECTOR);
	text = report_on(0, 1);
	check_has(text, "\"isDynamic\":true");
	check_has(text,
		  "\"name\":\"Test-Dg0\",\"guid\":\"20112233-4455-6677-8899-aabbccddeeff\",\"isReadable\":false");
	free(text);
}

TEST("survives any damage to its database")
{
	uint32_t random = 1;
	for (int round = 0; round < 200; round++) {
		make_group();
		for (int i = 0; i < 8; i++) {
			random = random * 1664525u + 1013904223u;
			/* The blocks in use: table of contents, VMDB and the records behind it. */
			const uint32_t at = (random >> 8) % (25 * SECTOR);
			disks[random >> 31][DATABASE_START * SECTOR + at] = (uint8_t)(random >> 4);
		}
		free(report_on(0, 2));
	}
}
