#include "unused.h"

#include <stdlib.h>
#include <string.h>

enum { FIRST_ROOM = 1024, FIRST_LEAST = 4096 };

void unused_start(struct unused_map *map)
{
	memset(map, 0, sizeof *map);
	map->least = FIRST_LEAST;
}

void unused_clear(struct unused_map *map)
{
	free(map->ranges);
	unused_start(map);
}

static int by_start(const void *a, const void *b)
{
	const struct unused_range *x = a, *y = b;

	return x->start < y->start ? -1 : x->start > y->start;
}

void unused_settle(struct unused_map *map)
{
	size_t kept = 0;

	if (map->count > 0)
		qsort(map->ranges, map->count, sizeof *map->ranges, by_start);
	for (size_t i = 0; i < map->count; i++) {
		struct unused_range *last = kept == 0 ? NULL : &map->ranges[kept - 1];

		if (last != NULL && map->ranges[i].start <= last->end) {
			if (map->ranges[i].end > last->end)
				last->end = map->ranges[i].end;
		} else {
			map->ranges[kept++] = map->ranges[i];
		}
	}
	map->count = kept;
	map->settled = true;
}

static void drop_short(struct unused_map *map)
{
	size_t kept = 0;

	map->least *= 2;
	for (size_t i = 0; i < map->count; i++)
		if (map->ranges[i].end - map->ranges[i].start >= map->least)
			map->ranges[kept++] = map->ranges[i];
	map->count = kept;
}

/* True when there is room for one more range. */
static bool make_room(struct unused_map *map)
{
	size_t room = map->room == 0 ? FIRST_ROOM : map->room * 2;
	struct unused_range *larger;

	if (map->count < map->room)
		return true;
	if (map->room == MOST_UNUSED_RANGES) {
		unused_settle(map);
		while (map->count > MOST_UNUSED_RANGES / 2)
			drop_short(map);
		return true;
	}
	larger = realloc(map->ranges, room * sizeof *larger);
	if (larger == NULL)
		return false;
	map->ranges = larger;
	map->room = room;
	return true;
}

void unused_add(struct unused_map *map, uint64_t start, uint64_t end)
{
	struct unused_range *last = map->count == 0 ? NULL : &map->ranges[map->count - 1];

	if (end <= start)
		return;
	/* Pieces of one range come in order: growing the last one keeps short pieces of long ranges. */
	if (last != NULL && last->end == start) {
		last->end = end;
		return;
	}
	if (end - start < map->least || !make_room(map))
		return;
	map->ranges[map->count++] = (struct unused_range){start, end};
	map->settled = false;
}

uint64_t unused_bytes(const struct unused_map *map)
{
	uint64_t bytes = 0;

	for (size_t i = 0; i < map->count; i++)
		bytes += map->ranges[i].end - map->ranges[i].start;
	return bytes;
}

/* The first range that ends behind `offset`; `count` when there is none. */
static size_t find(const struct unused_map *map, uint64_t offset)
{
	size_t low = 0, high = map->count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (map->ranges[middle].end <= offset)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

uint64_t unused_until(const struct unused_map *map, uint64_t offset)
{
	size_t i = find(map, offset);

	return i < map->count && map->ranges[i].start <= offset ? map->ranges[i].end : offset;
}

bool unused_covers(const struct unused_map *map, uint64_t offset, uint64_t length)
{
	return unused_until(map, offset) - offset >= length;
}

void unused_trim(const struct unused_map *map, uint64_t *offset, uint64_t *length)
{
	uint64_t end = *offset + *length;
	size_t i = find(map, *offset);

	if (i < map->count && map->ranges[i].start <= *offset)
		*offset = map->ranges[i].end < end ? map->ranges[i].end : end;
	if (end > *offset) {
		i = find(map, end - 1);
		if (i < map->count && map->ranges[i].start < end)
			end = map->ranges[i].start > *offset ? map->ranges[i].start : *offset;
	}
	*length = end - *offset;
}

void unused_mask(const struct unused_map *map, uint64_t offset, uint8_t *bytes, size_t length)
{
	uint64_t end = offset + length;

	for (size_t i = find(map, offset); i < map->count && map->ranges[i].start < end; i++) {
		uint64_t from = map->ranges[i].start > offset ? map->ranges[i].start : offset;
		uint64_t to = map->ranges[i].end < end ? map->ranges[i].end : end;

		memset(bytes + (from - offset), 0, (size_t)(to - from));
	}
}
