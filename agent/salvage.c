#include "salvage.h"

#include <stdio.h>
#include <string.h>

/* A failed chunk is first tried in pieces of this size: a read of a bad sector may take seconds. */
enum { PIECE = 65536 };

struct search {
	struct disk *disk;
	salvage_bad bad;
	void *context;
	struct bad_range range; /* being collected; length 0: none */
	char range_why[128];
	char *why;
	size_t why_capacity;
};

static void report(struct search *s)
{
	if (s->range.length > 0)
		s->bad(s->context, &s->range, s->range_why);
	s->range.length = 0;
}

static void add_bad(struct search *s, uint64_t offset, size_t length)
{
	if (s->range.length > 0 && s->range.offset + s->range.length != offset)
		report(s);
	if (s->range.length == 0) {
		s->range.offset = offset;
		snprintf(s->range_why, sizeof s->range_why, "%s", s->why);
	}
	s->range.length += length;
}

/* DISK_OK: read or reported as bad. Anything else ends the search. */
static enum disk_status read_sectors(struct search *s, uint64_t offset, uint8_t *buffer, size_t length)
{
	uint32_t sector = disk_physical_sector(s->disk);

	for (size_t at = 0; at < length;) {
		size_t step = sector - (size_t)((offset + at) % sector);
		enum disk_status status;

		if (step > length - at)
			step = length - at;
		status = disk_read(s->disk, offset + at, buffer + at, step, s->why, s->why_capacity);
		if (status == DISK_UNREADABLE) {
			memset(buffer + at, 0, step);
			add_bad(s, offset + at, step);
		} else if (status != DISK_OK) {
			return status;
		}
		at += step;
	}
	return DISK_OK;
}

enum disk_status salvage_read(struct disk *disk, uint64_t offset, uint8_t *buffer, size_t length, salvage_bad bad,
			      void *context, char *why, size_t why_capacity)
{
	struct search s = {.disk = disk, .bad = bad, .context = context, .why = why, .why_capacity = why_capacity};
	enum disk_status status = disk_read(disk, offset, buffer, length, why, why_capacity);
	bool any = false;

	if (status != DISK_UNREADABLE)
		return status;
	for (size_t at = 0; at < length; at += PIECE) {
		size_t piece = length - at < PIECE ? length - at : PIECE;

		status = disk_read(disk, offset + at, buffer + at, piece, why, why_capacity);
		if (status == DISK_UNREADABLE)
			status = read_sectors(&s, offset + at, buffer + at, piece);
		if (status != DISK_OK)
			return status;
		any = any || s.range.length > 0;
	}
	report(&s);
	/* Everything came at the second try: then nothing is bad. */
	return any ? DISK_UNREADABLE : DISK_OK;
}
