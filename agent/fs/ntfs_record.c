/*
 * Layout: the linux-ntfs documentation of the FILE record, the attribute header and the data runs.
 */
#include "ntfs_record.h"

#include <stdlib.h>
#include <string.h>

#include "bytes.h"

enum {
	/* Update sequences are laid over strides of this, whatever the sector size. */
	STRIDE = 512,
	END_OF_ATTRIBUTES = 0xffffffff,
	MIN_ATTRIBUTE = 24,
	NON_RESIDENT_HEADER = 64,
	/* Any compression; encryption. */
	DATA_IS_CODED = 0x40ff,
};

static bool repair(uint8_t *record, uint32_t record_size, const char *magic)
{
	if (memcmp(record, magic, 4) != 0)
		return false;
	const uint32_t table = le16_at(record + 4), count = le16_at(record + 6);
	if (count != record_size / STRIDE + 1 || table % 2 != 0 || !range_within(table, count * 2u, STRIDE - 2))
		return false;
	for (uint32_t i = 1; i < count; i++) {
		uint8_t *end = record + i * STRIDE - 2;
		if (memcmp(end, record + table, 2) != 0)
			return false;
		memcpy(end, record + table + 2 * i, 2);
	}
	return true;
}

bool ntfs_record_repair(uint8_t *record, uint32_t record_size)
{
	return repair(record, record_size, "FILE");
}

bool ntfs_index_repair(uint8_t *block, uint32_t block_size)
{
	return repair(block, block_size, "INDX");
}

static uint64_t unsigned_at(const uint8_t *p, unsigned bytes)
{
	uint64_t value = 0;
	for (unsigned i = 0; i < bytes; i++)
		value |= (uint64_t)p[i] << (8 * i);
	return value;
}

/* Two's complement of `bytes` bytes, widened. */
static uint64_t signed_at(const uint8_t *p, unsigned bytes)
{
	uint64_t value = unsigned_at(p, bytes);
	if (bytes > 0 && bytes < 8 && (p[bytes - 1] & 0x80) != 0)
		value |= UINT64_MAX << (8 * bytes);
	return value;
}

/* Each run: one byte with the widths of length and of the signed step from the run before, then both numbers. */
static bool parse_runs(const uint8_t *p, const uint8_t *end, const struct ntfs_geometry *geometry,
		       struct ntfs_data *data)
{
	uint32_t room = 0;
	uint64_t at = 0;
	while (p < end && *p != 0) {
		const unsigned length_bytes = *p & 0xf, step_bytes = *p >> 4;
		p++;
		if (length_bytes == 0 || length_bytes > 8 || step_bytes > 8 ||
		    (size_t)(end - p) < length_bytes + step_bytes || data->run_count >= NTFS_MAX_RUNS)
			return false;
		struct ntfs_run run = {step_bytes == 0, 0, unsigned_at(p, length_bytes)};
		if (step_bytes != 0) {
			at += signed_at(p + length_bytes, step_bytes);
			run.first = at;
			if (!range_within(run.first, run.clusters, geometry->clusters))
				return false;
		}
		p += length_bytes + step_bytes;
		if (run.clusters == 0 || run.clusters > INT64_MAX / geometry->cluster_size)
			return false;
		if (data->run_count == room) {
			room = room == 0 ? 16 : room * 2;
			struct ntfs_run *larger = realloc(data->runs, room * sizeof *larger);
			if (larger == NULL)
				return false;
			data->runs = larger;
		}
		data->runs[data->run_count++] = run;
	}
	return true;
}

static bool parse_attribute(const uint8_t *attribute, uint32_t length, const struct ntfs_geometry *geometry,
			    struct ntfs_data *data)
{
	if (attribute[8] == 0) {
		const uint32_t size = le32_at(attribute + 16), offset = le16_at(attribute + 20);
		if (!range_within(offset, size, length))
			return false;
		data->resident = attribute + offset;
		data->size = data->initialized = size;
		return true;
	}
	const uint32_t runs = length >= NON_RESIDENT_HEADER ? le16_at(attribute + 32) : 0;
	if (le32_at(attribute) == (uint32_t)NTFS_ATTRIBUTE_DATA && (le16_at(attribute + 12) & DATA_IS_CODED) != 0)
		return false;
	/* A first cluster other than 0 is the continuation of an attribute in another record. */
	if (runs < NON_RESIDENT_HEADER || runs > length || le64_at(attribute + 16) != 0)
		return false;
	data->size = le64_at(attribute + 48);
	data->initialized = le64_at(attribute + 56);
	if (data->size > INT64_MAX || data->initialized > data->size ||
	    !parse_runs(attribute + runs, attribute + length, geometry, data)) {
		free(data->runs);
		data->runs = NULL;
		return false;
	}
	return true;
}

/* `name` is UTF-16 of `units` units. */
static bool find(const uint8_t *record, uint32_t type, const uint8_t *name, uint8_t units,
		 const struct ntfs_geometry *geometry, struct ntfs_data *data)
{
	memset(data, 0, sizeof *data);
	uint32_t used = le32_at(record + 24), at = le16_at(record + 20);
	if (used > geometry->record_size)
		return false;
	while (range_within(at, MIN_ATTRIBUTE, used)) {
		const uint8_t *attribute = record + at;
		const uint32_t length = le32_at(attribute + 4);
		if (le32_at(attribute) == (uint32_t)END_OF_ATTRIBUTES || length < MIN_ATTRIBUTE ||
		    !range_within(at, length, used))
			return false;
		const uint32_t name_at = le16_at(attribute + 10);
		if (le32_at(attribute) == type && attribute[9] == units &&
		    (units == 0 ||
		     (range_within(name_at, 2u * units, length) && memcmp(attribute + name_at, name, 2u * units) == 0)))
			return parse_attribute(attribute, length, geometry, data);
		at += length;
	}
	return false;
}

bool ntfs_find_data(const uint8_t *record, uint32_t type, const struct ntfs_geometry *geometry,
		    struct ntfs_data *data)
{
	return find(record, type, NULL, 0, geometry, data);
}

bool ntfs_find_index(const uint8_t *record, uint32_t type, const struct ntfs_geometry *geometry,
		     struct ntfs_data *data)
{
	static const uint8_t name[] = {'$', 0, 'I', 0, '3', 0, '0', 0};

	return find(record, type, name, sizeof name / 2, geometry, data);
}

int ntfs_read_data(const struct reader *view, const struct ntfs_geometry *geometry, const struct ntfs_data *data,
		   uint64_t offset, uint8_t *buffer, size_t length)
{
	if (!range_within(offset, length, data->size))
		return -1;
	memset(buffer, 0, length);
	if (offset >= data->initialized)
		return 0;
	if (length > data->initialized - offset)
		length = (size_t)(data->initialized - offset);
	if (data->resident != NULL) {
		memcpy(buffer, data->resident + offset, length);
		return 0;
	}
	uint64_t start = 0;
	for (uint32_t i = 0; i < data->run_count && length > 0; i++) {
		const struct ntfs_run *run = &data->runs[i];
		const uint64_t bytes = run->clusters * geometry->cluster_size;
		if (offset - start < bytes) {
			const uint64_t within = offset - start;
			const size_t part = length < bytes - within ? length : (size_t)(bytes - within);
			if (!run->is_hole &&
			    reader_read(view, run->first * geometry->cluster_size + within, buffer, part) != 0)
				return -1;
			buffer += part;
			length -= part;
			offset += part;
		}
		if (!add_u64(start, bytes, &start))
			return -1;
	}
	return length == 0 ? 0 : -1;
}
