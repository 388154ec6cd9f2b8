#include "volume.h"

#include <stdlib.h>
#include <string.h>

#include "../fs/bytes.h"

enum { MAX_SEGMENTS = 65536, MAX_COLUMNS = 256 };

struct segment {
	enum volume_layout layout;
	/* In the volume, bytes. */
	uint64_t start;
	uint64_t length;
	uint64_t chunk;
	struct volume_column *columns;
	uint32_t count;
};

struct volume {
	struct reader reader;
	struct segment *segments;
	uint32_t count;
};

/* The column and the offset in it of the byte at `at` of a segment, and how many bytes follow there. */
static void locate(const struct segment *segment, uint64_t at, uint32_t *column, uint64_t *offset, uint64_t *run)
{
	if (segment->layout == VOLUME_LINEAR) {
		*column = 0;
		*offset = at;
		*run = segment->length - at;
		return;
	}
	const uint32_t data = segment->layout == VOLUME_RAID5 ? segment->count - 1 : segment->count;
	const uint64_t chunk = at / segment->chunk, row = chunk / data;
	*column = (uint32_t)(chunk % data);
	if (segment->layout == VOLUME_RAID5) {
		const uint32_t parity = segment->count - 1 - (uint32_t)(row % segment->count);
		*column = (parity + 1 + *column) % segment->count;
	}
	*offset = row * segment->chunk + at % segment->chunk;
	*run = segment->chunk - at % segment->chunk;
	if (*run > segment->length - at)
		*run = segment->length - at;
}

/* The segment that holds `offset`, by halving. */
static const struct segment *find_segment(const struct volume *volume, uint64_t offset)
{
	uint32_t low = 0, high = volume->count;
	while (high - low > 1) {
		const uint32_t middle = low + (high - low) / 2;
		if (volume->segments[middle].start <= offset)
			low = middle;
		else
			high = middle;
	}
	return &volume->segments[low];
}

static int read_volume(const struct reader *self, uint64_t offset, void *buffer, size_t length)
{
	const struct volume *volume = self->context;
	uint8_t *out = buffer;
	while (length > 0) {
		const struct segment *segment = find_segment(volume, offset);
		uint32_t column;
		uint64_t at, run;
		locate(segment, offset - segment->start, &column, &at, &run);
		const size_t part = length < run ? length : (size_t)run;
		const struct volume_column *from = &segment->columns[column];
		if (!add_u64(at, from->offset, &at) || reader_read(from->reader, at, out, part) != 0)
			return -1;
		out += part;
		offset += part;
		length -= part;
	}
	return 0;
}

struct volume *volume_new(uint32_t sector_size)
{
	struct volume *volume = calloc(1, sizeof *volume);
	if (volume != NULL)
		volume->reader = (struct reader){read_volume, 0, sector_size, volume, 0};
	return volume;
}

void volume_free(struct volume *volume)
{
	if (volume == NULL)
		return;
	for (uint32_t i = 0; i < volume->count; i++)
		free(volume->segments[i].columns);
	free(volume->segments);
	free(volume);
}

int volume_add(struct volume *volume, enum volume_layout layout, uint64_t length, uint64_t chunk,
	       const struct volume_column *columns, uint32_t count)
{
	uint64_t end;
	const uint32_t least = layout == VOLUME_LINEAR ? 1 : layout == VOLUME_RAID5 ? 3 : 1;
	if (length == 0 || count < least || count > MAX_COLUMNS || volume->count >= MAX_SEGMENTS ||
	    (layout != VOLUME_LINEAR && (chunk == 0 || chunk > INT64_MAX / MAX_COLUMNS)) ||
	    !add_u64(volume->reader.size, length, &end) || end > INT64_MAX)
		return -1;
	if (volume->count == 0 || is_power_of_two(volume->count)) {
		const uint32_t room = volume->count == 0 ? 1 : volume->count * 2;
		struct segment *larger = realloc(volume->segments, room * sizeof *larger);
		if (larger == NULL)
			return -1;
		volume->segments = larger;
	}
	struct volume_column *copy = malloc(count * sizeof *copy);
	if (copy == NULL)
		return -1;
	memcpy(copy, columns, count * sizeof *copy);
	volume->segments[volume->count++] = (struct segment){layout, volume->reader.size, length, chunk, copy, count};
	volume->reader.size = end;
	return 0;
}

uint64_t volume_locate(const struct volume *volume, uint64_t offset, const struct reader **reader, uint64_t *at)
{
	if (offset >= volume->reader.size)
		return 0;
	const struct segment *segment = find_segment(volume, offset);
	uint32_t column;
	uint64_t run;
	locate(segment, offset - segment->start, &column, at, &run);
	*reader = segment->columns[column].reader;
	return add_u64(*at, segment->columns[column].offset, at) ? run : 0;
}

bool volume_lies_in(const struct volume *volume, const struct reader *reader)
{
	for (uint32_t i = 0; i < volume->count; i++) {
		for (uint32_t column = 0; column < volume->segments[i].count; column++) {
			if (volume->segments[i].columns[column].reader == reader)
				return true;
		}
	}
	return false;
}

const struct reader *volume_reader(const struct volume *volume)
{
	return &volume->reader;
}
