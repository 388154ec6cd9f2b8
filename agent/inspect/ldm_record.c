/*
 * Layout: the Linux-NTFS project's LDM documentation (VBLK), the kernel's block/partitions/ldm.h. Numbers are
 * big-endian. A counted number or string has its length in front, in one byte. Sizes are in sectors of 512 bytes.
 */
#include "ldm_record.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../fs/bytes.h"

enum {
	SECTOR = 512,
	HEAD = 8,
	TYPE_VOLUME = 1,
	TYPE_COMPONENT = 2,
	TYPE_PARTITION = 3,
	TYPE_DISK = 4,
	TYPE_DISK_GROUP = 5,
	VOLUME_HAS_HINT = 0x02,
	VOLUME_HAS_ID1 = 0x08,
	VOLUME_HAS_ID2 = 0x20,
	VOLUME_HAS_SIZE2 = 0x80,
	COMPONENT_HAS_STRIPES = 0x10,
	PARTITION_HAS_INDEX = 0x08,
};

/* What is left of a record; `is_bad` once something did not fit. */
struct cursor {
	const uint8_t *at;
	const uint8_t *end;
	bool is_bad;
};

static const uint8_t *take(struct cursor *cursor, size_t length)
{
	if (cursor->is_bad || (size_t)(cursor->end - cursor->at) < length) {
		cursor->is_bad = true;
		return NULL;
	}
	const uint8_t *bytes = cursor->at;
	cursor->at += length;
	return bytes;
}

static uint8_t take_byte(struct cursor *cursor)
{
	const uint8_t *byte = take(cursor, 1);
	return byte == NULL ? 0 : *byte;
}

static uint64_t take_u64(struct cursor *cursor)
{
	const uint8_t *bytes = take(cursor, 8);
	return bytes == NULL ? 0 : be64_at(bytes);
}

static uint64_t take_counted_number(struct cursor *cursor)
{
	const uint8_t length = take_byte(cursor);
	const uint8_t *bytes = take(cursor, length);
	uint64_t number = 0;
	if (bytes == NULL || length > 8) {
		cursor->is_bad = true;
		return 0;
	}
	for (uint8_t i = 0; i < length; i++)
		number = number << 8 | bytes[i];
	return number;
}

static void take_counted_text(struct cursor *cursor, char *out, size_t capacity)
{
	const uint8_t length = take_byte(cursor);
	const uint8_t *bytes = take(cursor, length);
	if (capacity > 0)
		snprintf(out, capacity, "%.*s", bytes == NULL ? 0 : (int)length,
			 bytes == NULL ? "" : (const char *)bytes);
}

static void skip_counted(struct cursor *cursor)
{
	take(cursor, take_byte(cursor));
}

static uint64_t take_counted_sectors(struct cursor *cursor)
{
	uint64_t bytes;
	if (!multiply_u64(take_counted_number(cursor), SECTOR, &bytes) || bytes > INT64_MAX) {
		cursor->is_bad = true;
		return 0;
	}
	return bytes;
}

static uint64_t take_sectors(struct cursor *cursor)
{
	uint64_t bytes;
	if (!multiply_u64(take_u64(cursor), SECTOR, &bytes) || bytes > INT64_MAX) {
		cursor->is_bad = true;
		return 0;
	}
	return bytes;
}

/* In the order of its bytes, unlike a GPT's. */
static void take_guid(struct cursor *cursor, char out[LDM_GUID])
{
	const uint8_t *g = take(cursor, 16);
	if (g != NULL)
		snprintf(out, LDM_GUID, "%02x%02x%02x%02x-%02x%02x-%02x%02x-%02x%02x-%02x%02x%02x%02x%02x%02x", g[0],
			 g[1], g[2], g[3], g[4], g[5], g[6], g[7], g[8], g[9], g[10], g[11], g[12], g[13], g[14],
			 g[15]);
}

/* Room for one more, zeroed, in an array that is doubled at powers of two; NULL when there are too many. */
static void *append(void **array, uint32_t *count, size_t size)
{
	if (*count >= LDM_MAX_OBJECTS)
		return NULL;
	if (*count == 0 || is_power_of_two(*count)) {
		void *larger = realloc(*array, (*count == 0 ? 1 : (size_t)*count * 2) * size);
		if (larger == NULL)
			return NULL;
		*array = larger;
	}
	void *place = (uint8_t *)*array + *count * size;
	memset(place, 0, size);
	(*count)++;
	return place;
}

static int parse_volume(struct cursor *cursor, uint8_t flags, struct ldm_database *database)
{
	struct ldm_volume volume;
	memset(&volume, 0, sizeof volume);
	volume.id = take_counted_number(cursor);
	take_counted_text(cursor, volume.name, sizeof volume.name);
	take_counted_text(cursor, volume.type_text, sizeof volume.type_text);
	skip_counted(cursor);
	const uint8_t *state = take(cursor, 14);
	if (state != NULL)
		snprintf(volume.state, sizeof volume.state, "%.14s", (const char *)state);
	/* Kind, unknown, number, three zeros, flags. */
	take(cursor, 7);
	volume.children = take_counted_number(cursor);
	take(cursor, 16);
	volume.size = take_counted_sectors(cursor);
	take(cursor, 4);
	volume.partition_type = take_byte(cursor);
	take_guid(cursor, volume.guid);
	if ((flags & VOLUME_HAS_ID1) != 0)
		skip_counted(cursor);
	if ((flags & VOLUME_HAS_ID2) != 0)
		skip_counted(cursor);
	if ((flags & VOLUME_HAS_SIZE2) != 0)
		skip_counted(cursor);
	if ((flags & VOLUME_HAS_HINT) != 0)
		take_counted_text(cursor, volume.hint, sizeof volume.hint);
	/* Ids are unique: without that every volume could claim every component. */
	for (uint32_t i = 0; i < database->volume_count; i++)
		cursor->is_bad = cursor->is_bad || database->volumes[i].id == volume.id;
	if (cursor->is_bad)
		return 0;
	struct ldm_volume *place = append((void **)&database->volumes, &database->volume_count, sizeof volume);
	if (place == NULL)
		return -1;
	*place = volume;
	return 1;
}

static int parse_component(struct cursor *cursor, uint8_t flags, struct ldm_database *database)
{
	struct ldm_component component;
	memset(&component, 0, sizeof component);
	component.id = take_counted_number(cursor);
	skip_counted(cursor);
	skip_counted(cursor);
	component.type = take_byte(cursor);
	take(cursor, 4);
	component.children = take_counted_number(cursor);
	take(cursor, 16);
	component.volume = take_counted_number(cursor);
	take(cursor, 1);
	if ((flags & COMPONENT_HAS_STRIPES) != 0) {
		component.chunk = take_counted_sectors(cursor);
		component.columns = take_counted_number(cursor);
	}
	for (uint32_t i = 0; i < database->component_count; i++)
		cursor->is_bad = cursor->is_bad || database->components[i].id == component.id;
	if (cursor->is_bad)
		return 0;
	struct ldm_component *place =
		append((void **)&database->components, &database->component_count, sizeof component);
	if (place == NULL)
		return -1;
	*place = component;
	return 1;
}

static int parse_partition(struct cursor *cursor, uint8_t flags, struct ldm_database *database)
{
	struct ldm_partition partition;
	memset(&partition, 0, sizeof partition);
	partition.id = take_counted_number(cursor);
	take_counted_text(cursor, partition.name, sizeof partition.name);
	take(cursor, 12);
	partition.start = take_sectors(cursor);
	partition.volume_offset = take_sectors(cursor);
	partition.size = take_counted_sectors(cursor);
	partition.component = take_counted_number(cursor);
	partition.disk = take_counted_number(cursor);
	if ((flags & PARTITION_HAS_INDEX) != 0)
		partition.index = take_counted_number(cursor);
	if (cursor->is_bad)
		return 0;
	struct ldm_partition *place =
		append((void **)&database->partitions, &database->partition_count, sizeof partition);
	if (place == NULL)
		return -1;
	*place = partition;
	return 1;
}

static int parse_disk(struct cursor *cursor, uint8_t revision, struct ldm_database *database)
{
	struct ldm_disk disk;
	memset(&disk, 0, sizeof disk);
	disk.id = take_counted_number(cursor);
	take_counted_text(cursor, disk.name, sizeof disk.name);
	/* Text in revision 3, 16 bytes in revision 4. */
	if (revision == 3)
		take_counted_text(cursor, disk.guid, sizeof disk.guid);
	else
		take_guid(cursor, disk.guid);
	if (cursor->is_bad)
		return 0;
	struct ldm_disk *place = append((void **)&database->disks, &database->disk_count, sizeof disk);
	if (place == NULL)
		return -1;
	*place = disk;
	return 1;
}

int ldm_parse_record(const uint8_t *record, size_t length, struct ldm_database *database)
{
	if (length < HEAD)
		return 0;
	const uint8_t flags = record[2], type = record[3] & 0xf, revision = record[3] >> 4;
	const uint32_t size = be32_at(record + 4);
	/* An unused record. */
	if (record[3] == 0)
		return 0;
	struct cursor cursor = {record + HEAD, record + HEAD + (size < length - HEAD ? size : length - HEAD), false};
	int taken = 0;
	if (type == TYPE_VOLUME && revision == 5)
		taken = parse_volume(&cursor, flags, database);
	else if (type == TYPE_COMPONENT && revision == 3)
		taken = parse_component(&cursor, flags, database);
	else if (type == TYPE_PARTITION && revision == 3)
		taken = parse_partition(&cursor, flags, database);
	else if (type == TYPE_DISK && (revision == 3 || revision == 4))
		taken = parse_disk(&cursor, revision, database);
	else if (type == TYPE_DISK_GROUP)
		return 1;
	if (taken == 0)
		database->unreadable++;
	return taken;
}
