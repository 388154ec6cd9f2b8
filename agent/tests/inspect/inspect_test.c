#include "../check.h"

#include <stdint.h>
#include <stdlib.h>

#include "../../fs/driver.h"
#include "../../fs/fs.h"
#include "../../inspect/checksum.h"
#include "../../inspect/json.h"
#include "../../inspect/lvm_label.h"
#include "../../inspect/lvm_text.h"
#include "../../inspect/report.h"
#include "../../inspect/table.h"
#include "../../inspect/volume.h"

/* What needs no foreign tool: pieces alone, and layouts that no tool would write. Real images are compared with other
 * programs in test/integration/inspect. */

enum { SECTOR = 512, DISK_SIZE = 4 << 20 };

static void put_le32(uint8_t *at, uint32_t value)
{
	for (int i = 0; i < 4; i++)
		at[i] = (uint8_t)(value >> (8 * i));
}

static void put_le64(uint8_t *at, uint64_t value)
{
	put_le32(at, (uint32_t)value);
	put_le32(at + 4, (uint32_t)(value >> 32));
}

static void put_mbr_entry(uint8_t *sector, int index, uint8_t type, uint32_t start, uint32_t count)
{
	uint8_t *entry = sector + 446 + 16 * index;
	entry[4] = type;
	put_le32(entry + 8, start);
	put_le32(entry + 12, count);
	sector[510] = 0x55;
	sector[511] = 0xaa;
}

/* The report on one disk in memory; the caller's to free. */
static char *report_on(const uint8_t *disk, size_t size)
{
	const struct reader reader = reader_memory(disk, size);
	const struct inspected_device device = {"disk", &reader, NULL};
	char *text = NULL;
	size_t length = 0;
	FILE *out = open_memstream(&text, &length);
	CHECK(inspect_report(&device, 1, out) == 0);
	fclose(out);
	return text;
}

static void check_has(const char *text, const char *part)
{
	if (strstr(text, part) == NULL)
		check_text(__FILE__, __LINE__, text, part);
}

TEST("finds runs of set bits across bytes, at the ends, and none in an empty map")
{
	static const uint8_t map[] = {0x81, 0xff, 0x01, 0x00, 0x80};
	struct bit_runs runs = {map, 40, 0};
	uint64_t first, length;
	CHECK(bit_runs_next(&runs, &first, &length) && first == 0 && length == 1);
	CHECK(bit_runs_next(&runs, &first, &length) && first == 7 && length == 10);
	CHECK(bit_runs_next(&runs, &first, &length) && first == 39 && length == 1);
	CHECK(!bit_runs_next(&runs, &first, &length));
	runs = (struct bit_runs){map, 12, 0};
	CHECK(bit_runs_next(&runs, &first, &length) && bit_runs_next(&runs, &first, &length) && length == 5);
	CHECK_NUMBER(bits_set_in(map, 40), 12);
	CHECK_NUMBER(bits_set_in(map, 12), 6);
	CHECK_NUMBER(bits_set_in(map, 0), 0);
}

TEST("never reads outside of a slice, and cuts a slice that sticks out")
{
	static const uint8_t bytes[] = "0123456789";
	const struct reader whole = reader_memory(bytes, 10);
	const struct reader slice = reader_slice(&whole, 6, 100);
	const struct reader outside = reader_slice(&whole, 20, 5);
	char got[5] = {0};
	CHECK_NUMBER(slice.size, 4);
	CHECK(reader_read(&slice, 0, got, 4) == 0);
	CHECK_TEXT(got, "6789");
	CHECK(reader_read(&slice, 1, got, 4) != 0);
	CHECK(reader_read(&slice, UINT64_MAX, got, 2) != 0);
	CHECK_NUMBER(outside.size, 0);
	CHECK(reader_read(&outside, 0, got, 1) != 0);
}

TEST("deals chunks out to the columns of a striped volume and joins linear pieces")
{
	static const uint8_t a[] = "AAaaCCcc", b[] = "BBbbDDdd", c[] = "__xyz";
	const struct reader ra = reader_memory(a, 8), rb = reader_memory(b, 8), rc = reader_memory(c, 5);
	const struct volume_column stripes[] = {{&ra, 0}, {&rb, 0}}, line = {&rc, 2};
	struct volume *volume = volume_new(512);
	char got[20] = {0};
	CHECK(volume_add(volume, VOLUME_STRIPED, 16, 4, stripes, 2) == 0);
	CHECK(volume_add(volume, VOLUME_LINEAR, 3, 0, &line, 1) == 0);
	CHECK_NUMBER(volume_reader(volume)->size, 19);
	CHECK(reader_read(volume_reader(volume), 0, got, 19) == 0);
	CHECK_TEXT(got, "AAaaBBbbCCccDDddxyz");
	memset(got, 0, sizeof got);
	CHECK(reader_read(volume_reader(volume), 15, got, 3) == 0);
	CHECK_TEXT(got, "dxy");
	CHECK(volume_add(volume, VOLUME_STRIPED, 16, 0, stripes, 2) != 0);
	CHECK(volume_add(volume, VOLUME_LINEAR, UINT64_MAX, 0, &line, 1) != 0);
	volume_free(volume);
}

TEST("passes over the parity of a RAID 5, which moves left row by row")
{
	/* Three columns, chunks of one byte: row 0 is 0 1 p, row 1 is 3 p 2, row 2 is p 4 5. */
	static const uint8_t a[] = "03p", b[] = "1p4", c[] = "p25";
	const struct reader ra = reader_memory(a, 3), rb = reader_memory(b, 3), rc = reader_memory(c, 3);
	const struct volume_column columns[] = {{&ra, 0}, {&rb, 0}, {&rc, 0}};
	struct volume *volume = volume_new(512);
	char got[7] = {0};
	CHECK(volume_add(volume, VOLUME_RAID5, 6, 1, columns, 3) == 0);
	CHECK(reader_read(volume_reader(volume), 0, got, 6) == 0);
	CHECK_TEXT(got, "012345");
	volume_free(volume);
}

TEST("writes JSON that holds whatever bytes a label has")
{
	char *text = NULL;
	size_t length = 0;
	FILE *out = open_memstream(&text, &length);
	struct json json = {out, false};
	json_begin_object(&json, NULL);
	json_text(&json, "a\"b", "tab\there \\ \x7f");
	json_bytes(&json, "bytes", (const uint8_t *)"\xff\xc3\xa9\xed\xa0\x80|\0|", 9);
	json_begin_array(&json, "list");
	json_number(&json, NULL, UINT64_MAX);
	json_hex(&json, NULL, 0x42, 2);
	json_null(&json, NULL);
	json_end_array(&json);
	json_end_object(&json);
	fclose(out);
	CHECK_TEXT(text, "{\"a\\\"b\":\"tab\\u0009here \\\\ \\u007f\","
			 "\"bytes\":\"\xef\xbf\xbd\xc3\xa9\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd|\\u0000|\","
			 "\"list\":[18446744073709551615,\"0x42\",null]}");
	free(text);
}

TEST("turns UTF-16 names into UTF-8, pairs and unpaired surrogates included")
{
	static const uint8_t name[] = {'E',  0,	   0xe9, 0,   0xac, 0x20, 0x3d, 0xd8, 0x00,
				       0xde, 0x00, 0xdc, 'x', 0,    0,	  0,	'y',  0};
	char out[32];
	utf8_from_utf16le(name, 9, out, sizeof out);
	CHECK_TEXT(out, "E\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80\xef\xbf\xbdx");
	utf8_from_utf16le(name, 9, out, 4);
	CHECK_TEXT(out, "E\xc3\xa9");
}

TEST("reads LVM's text: nesting, lists, comments, quoted names and escapes")
{
	static const char text[] = "# made by hand\n"
				   "vg {\n id = \"a\\\"b\\\\c\" # behind\n seqno = 7\n"
				   " flags = []\n list = [\"pv0\", 12, \"pv1\"]\n"
				   " \"quoted name\" { deep = -3 }\n}\nversion = 1\n";
	struct lvm_tree *tree = lvm_parse(text, sizeof text);
	const struct lvm_node *vg = tree == NULL ? NULL : lvm_find(lvm_root(tree), "vg");
	uint64_t number = 0;
	CHECK(vg != NULL && vg->is_section);
	CHECK_TEXT(lvm_find_text(vg, "id"), "a\"b\\c");
	CHECK(lvm_find_number(vg, "seqno", &number) && number == 7);
	CHECK(lvm_list_has(vg, "list", "pv1") && !lvm_list_has(vg, "list", "pv2") && !lvm_list_has(vg, "flags", ""));
	CHECK(!lvm_find_number(lvm_find(vg, "quoted name"), "deep", &number));
	CHECK(lvm_find_number(lvm_root(tree), "version", &number) && number == 1);
	lvm_tree_free(tree);
}

TEST("refuses LVM text that breaks off, nests without end, or is no such text")
{
	static const char *const bad[] = {"vg {", "vg { a = ", "vg { a = [1, 2", "vg = \"open", "}",
					  "a b",  "{",	       "vg { a = \"x\\", "= 3"};
	char deep[4096];
	for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
		struct lvm_tree *tree = lvm_parse(bad[i], strlen(bad[i]));
		CHECK(tree == NULL);
		lvm_tree_free(tree);
	}
	for (size_t i = 0; i + 2 < sizeof deep; i += 2)
		memcpy(deep + i, "a{", 2);
	CHECK(lvm_parse(deep, sizeof deep - 2) == NULL);
}

enum { AREA = 4096, AREA_SIZE = 8192 };

/* A physical volume whose metadata text starts `before_end` bytes before the end of its ring. */
static void make_physical_volume(uint8_t *disk, const char *text, size_t before_end)
{
	uint8_t *label = disk + SECTOR, *area = disk + AREA;
	const size_t length = strlen(text) + 1, offset = AREA_SIZE - before_end;
	memcpy(label, "LABELONE", 8);
	put_le64(label + 8, 1);
	put_le32(label + 20, 32);
	memcpy(label + 24, "LVM2 001", 8);
	memcpy(label + 32, "abcdefghijklmnopqrstuvwxyz012345", 32);
	put_le64(label + 64, DISK_SIZE);
	put_le64(label + 72, 1 << 20);
	put_le64(label + 104, AREA);
	put_le64(label + 112, AREA_SIZE);
	put_le32(label + 16, crc32_continue(LVM_CRC_START, label + 20, SECTOR - 20));
	for (size_t i = 0; i < length; i++)
		area[offset + i < AREA_SIZE ? offset + i : SECTOR + (offset + i - AREA_SIZE)] = (uint8_t)text[i];
	memcpy(area + 4, " LVM2 x[5A%r0N*>", 16);
	put_le32(area + 20, 1);
	put_le64(area + 24, AREA);
	put_le64(area + 32, AREA_SIZE);
	put_le64(area + 40, offset);
	put_le64(area + 48, length);
	put_le32(area + 56, crc32_continue(LVM_CRC_START, (const uint8_t *)text, length));
	put_le32(area, crc32_continue(LVM_CRC_START, area + 4, SECTOR - 4));
}

TEST("reads LVM metadata that runs over the end of its ring, and none with a wrong checksum")
{
	static uint8_t disk[DISK_SIZE];
	static const char text[] = "vg0 {\nid = \"x\"\nseqno = 3\n}\n";
	const struct reader reader = reader_memory(disk, sizeof disk);
	struct lvm_label label;
	make_physical_volume(disk, text, 10);
	CHECK_NUMBER(lvm_read_label(&reader, &label), 1);
	CHECK_TEXT(label.uuid, "abcdef-ghij-klmn-opqr-stuv-wxyz-012345");
	CHECK(label.metadata != NULL && lvm_find(lvm_root(label.metadata), "vg0") != NULL);
	CHECK_NUMBER(label.valid_areas, 1);
	lvm_tree_free(label.metadata);
	disk[AREA + SECTOR] ^= 1;
	CHECK_NUMBER(lvm_read_label(&reader, &label), 1);
	CHECK(label.metadata == NULL);
	CHECK_NUMBER(label.metadata_areas, 1);
	CHECK_NUMBER(label.valid_areas, 0);
	lvm_tree_free(label.metadata);
}

TEST("reads a mirrored volume through the leg that is here, and leaves a volume with parity alone")
{
	static uint8_t disk[DISK_SIZE];
	static const char text[] =
		"vg0 {\nid = \"x\"\nseqno = 3\nextent_size = 8\n"
		"physical_volumes {\n"
		"pv0 { id = \"not-here\" dev_size = 8192 pe_start = 2048 pe_count = 64 }\n"
		"pv1 { id = \"abcdef-ghij-klmn-opqr-stuv-wxyz-012345\" dev_size = 8192 pe_start = 2048 pe_count = 64 "
		"}\n"
		"}\nlogical_volumes {\n"
		"m { id = \"m\" status = [\"VISIBLE\"] segment_count = 1 segment1 { start_extent = 0 extent_count = "
		"32 "
		"type = \"raid1\" device_count = 2 raids = [\"m0\", \"i0\", \"m1\", \"i1\"] } }\n"
		"i0 { id = \"i0\" segment1 { start_extent = 0 extent_count = 32 type = \"striped\" stripe_count = 1 "
		"stripes = [\"pv0\", 1] } }\n"
		"i1 { id = \"i1\" segment1 { start_extent = 0 extent_count = 32 type = \"striped\" stripe_count = 1 "
		"stripes = [\"pv1\", 5] } }\n"
		"p { id = \"p\" segment1 { start_extent = 0 extent_count = 32 type = \"raid5\" "
		"raids = [\"m0\", \"i0\", \"m1\", \"i1\"] } }\n"
		"circle { id = \"c\" segment1 { start_extent = 0 extent_count = 32 type = \"mirror\" "
		"mirrors = [\"circle\", 0, \"circle\", 0] } }\n}\n}\n";
	uint8_t *inside = disk + (1 << 20) + 5 * 4096;
	make_physical_volume(disk, text, 6000);
	memcpy(inside + 4096 - 10, "SWAPSPACE2", 10);
	inside[1024] = 1;
	inside[1028] = 31;
	char *report = report_on(disk, sizeof disk);
	check_has(report,
		  "\"name\":\"m\",\"uuid\":\"m\",\"sizeBytes\":131072,\"isVisible\":true,\"segments\":[{\"type\":"
		  "\"raid1\",\"startExtent\":0,\"extents\":32,\"over\":[\"m0\",\"i0\",\"m1\",\"i1\"]}],"
		  "\"content\":{\"kind\":\"swap\"");
	check_has(report, "\"type\":\"raid5\"");
	CHECK(strstr(report, "\"notExamined\":\"not-linear\"") != NULL);
	CHECK(strstr(report, "\"notExamined\":\"physical-volume-missing\"") != NULL);
	free(report);
}

TEST("names a mainframe's disk by its label")
{
	static uint8_t disk[DISK_SIZE];
	static const uint8_t label[] = {0xe5, 0xd6, 0xd3, 0xf1, 0xe5, 0xd6, 0xd3,
					0xf1, 0xf0, 0xe7, 0xf3, 0xf7, 0xf2, 0xf6};
	memcpy(disk + 8192, label, sizeof label);
	char *report = report_on(disk, sizeof disk);
	check_has(report, "\"partitionTable\":{\"type\":\"dasd\",\"id\":\"0X3726\",\"sectorSize\":4096");
	free(report);
}

TEST("ends at a circle in the chain of logical partitions, and says so")
{
	static uint8_t disk[DISK_SIZE];
	put_mbr_entry(disk, 0, 0x83, 64, 100);
	put_mbr_entry(disk, 1, 0x05, 1024, 4096);
	put_mbr_entry(disk + 1024 * SECTOR, 0, 0x83, 2, 10);
	put_mbr_entry(disk + 1024 * SECTOR, 1, 0x05, 512, 100);
	put_mbr_entry(disk + 1536 * SECTOR, 0, 0x82, 2, 10);
	put_mbr_entry(disk + 1536 * SECTOR, 1, 0x05, 0, 100);
	char *text = report_on(disk, sizeof disk);
	check_has(text, "\"the chain of logical partitions runs in a circle\"");
	check_has(text, "\"index\":6,\"startBytes\":787456,\"sizeBytes\":5120,\"type\":\"0x82\"");
	CHECK(strstr(text, "\"index\":7") == NULL);
	free(text);
}

TEST("names logical partitions that stick out, partitions that overlap, and those beyond the disk")
{
	static uint8_t disk[DISK_SIZE];
	put_mbr_entry(disk, 0, 0x83, 64, 1000);
	put_mbr_entry(disk, 1, 0x07, 1000, 0xffffffff);
	put_mbr_entry(disk, 2, 0x0f, 6000, 1000);
	put_mbr_entry(disk + 6000 * SECTOR, 0, 0x83, 10, 2000);
	char *text = report_on(disk, sizeof disk);
	check_has(text, "partitions 1 and 2 overlap");
	check_has(text, "partition 2 reaches beyond the end of the disk");
	check_has(text, "logical partition 5 sticks out of its extended partition");
	free(text);
}

TEST("shows a damaged GPT as corrupt and its partitions as unknown, rather than guessing")
{
	static uint8_t disk[DISK_SIZE];
	put_mbr_entry(disk, 0, 0xee, 1, DISK_SIZE / SECTOR - 1);
	memcpy(disk + SECTOR, "EFI PART", 8);
	put_le32(disk + SECTOR + 12, 92);
	char *text = report_on(disk, sizeof disk);
	check_has(text, "\"type\":\"gpt\"");
	check_has(text, "\"primaryGpt\":\"corrupt\",\"backupGpt\":\"absent\"");
	check_has(text, "\"partitions\":[]");
	free(text);
}

TEST("calls zeros empty and noise unknown")
{
	static uint8_t disk[DISK_SIZE];
	char *text = report_on(disk, sizeof disk);
	check_has(text, "\"content\":{\"kind\":\"empty\",\"type\":null}");
	free(text);
	for (size_t i = 0; i < sizeof disk; i++)
		disk[i] = (uint8_t)(i * 2654435761u >> 13);
	text = report_on(disk, sizeof disk);
	check_has(text, "\"content\":{\"kind\":\"unknown\",\"type\":null}");
	check_has(text, "\"type\":\"none\"");
	free(text);
}

TEST("reports on disks of no bytes and of a few")
{
	static const uint8_t bytes[700] = {1};
	static const size_t sizes[] = {0, 1, 511, 512, 513, 700};
	for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++) {
		char *text = report_on(bytes, sizes[i]);
		check_has(text, "\"partitions\":[]");
		free(text);
	}
}

/* A reader that fails in one range. */
struct bad_medium {
	struct reader below;
	uint64_t bad_from, bad_to;
};

static int read_bad_medium(const struct reader *self, uint64_t offset, void *buffer, size_t length)
{
	const struct bad_medium *medium = self->context;
	if (offset < medium->bad_to && offset + length > medium->bad_from)
		return -1;
	return reader_read(&medium->below, offset, buffer, length);
}

TEST("says that something could not be read instead of calling it empty")
{
	static uint8_t disk[DISK_SIZE];
	const struct bad_medium medium = {reader_memory(disk, sizeof disk), 0, 8192};
	const struct reader reader = {read_bad_medium, sizeof disk, 512, &medium, 0};
	const struct inspected_device device = {"disk", &reader, NULL};
	char *text = NULL;
	size_t length = 0;
	FILE *out = open_memstream(&text, &length);
	CHECK(inspect_report(&device, 1, out) == 0);
	fclose(out);
	check_has(text, "\"kind\":\"unknown\",\"type\":null,\"hasReadErrors\":true");
	free(text);
}

TEST("gives all of a swap area but its first page to nobody, whatever its page size and byte order")
{
	static uint8_t disk[1 << 20];
	for (int big = 0; big < 2; big++) {
		for (uint32_t page = 4096; page <= 65536; page *= 2) {
			struct fs_range range;
			struct fs_counts counts;
			memset(disk, 0, sizeof disk);
			memcpy(disk + page - 10, "SWAPSPACE2", 10);
			disk[1024 + (big ? 3 : 0)] = 1;
			disk[1028 + (big ? 3 : 0)] = (uint8_t)(sizeof disk / page - 1);
			const struct reader reader = reader_memory(disk, sizeof disk);
			struct fs *fs = fs_open(&reader, 0, sizeof disk, 0);
			CHECK(fs != NULL && fs_counts(fs, &counts) == 0);
			CHECK_NUMBER(counts.block_size, page);
			CHECK_NUMBER(counts.total_blocks, sizeof disk / page);
			CHECK(fs_used_next(fs, &range) == 1 && range.start == 0 && range.length == page);
			CHECK(fs_used_next(fs, &range) == 0);
			fs_close(fs);
		}
	}
}
