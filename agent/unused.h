#ifndef SMA_UNUSED_H
#define SMA_UNUSED_H

/*
 * Which bytes of a disk nobody uses. A copy has zeros in their place, on both sides of the comparison, so they are
 * neither read nor sent. Whatever is not in the map is used. No I/O.
 *
 * Memory is bounded: when the ranges become too many, the shortest are left out, which makes their bytes used.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct unused_range {
	uint64_t start, end; /* bytes; [start, end) */
};

struct unused_map {
	struct unused_range *ranges;
	size_t count, room;
	uint64_t least; /* shorter ranges are left out */
	bool settled;
};

enum { MOST_UNUSED_RANGES = 131072 };

/* An empty map. */
void unused_start(struct unused_map *map);
void unused_clear(struct unused_map *map);

/* Adds a range; any order, overlaps are no matter. A range that finds no memory is left out. */
void unused_add(struct unused_map *map, uint64_t start, uint64_t end);
/* Sorts and merges; needed once before anything is asked. */
void unused_settle(struct unused_map *map);

uint64_t unused_bytes(const struct unused_map *map);
/* True when all of the range is unused. */
bool unused_covers(const struct unused_map *map, uint64_t offset, uint64_t length);

/* Where the unused range ends that holds `offset`; `offset` itself where it is used. */
uint64_t unused_until(const struct unused_map *map, uint64_t offset);

/* The part of [offset, offset + length) between the first and the last used byte; empty: *length becomes 0. */
void unused_trim(const struct unused_map *map, uint64_t *offset, uint64_t *length);
/* Zeros the unused bytes of `bytes`, which stand for [offset, offset + length) of the disk. */
void unused_mask(const struct unused_map *map, uint64_t offset, uint8_t *bytes, size_t length);

#endif
