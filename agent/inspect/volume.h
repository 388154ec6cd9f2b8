/*
 * A volume that is put together from ranges of several readers, and can be read like one disk.
 */
#ifndef SMA_INSPECT_VOLUME_H
#define SMA_INSPECT_VOLUME_H

#include <stdbool.h>
#include <stdint.h>

#include "../fs/reader.h"

enum volume_layout {
	/* One column. */
	VOLUME_LINEAR,
	/* Chunks go to the columns in turn. */
	VOLUME_STRIPED,
	/* The same, one column of each row is parity, which moves left row by row; data start right of it. */
	VOLUME_RAID5,
};

struct volume_column {
	const struct reader *reader;
	/* Where the column starts in it, bytes. */
	uint64_t offset;
};

struct volume;

/* An empty volume for disks of `sector_size`; NULL when memory is short. */
struct volume *volume_new(uint32_t sector_size);
void volume_free(struct volume *volume);

/*
 * Appends `length` bytes of data. `chunk` bytes go to each of `count` columns in turn; for VOLUME_LINEAR both are
 * without meaning. The columns are copied, their readers must outlive the volume. Returns 0, or -1 when the numbers
 * make no sense, there are too many segments, or memory is short.
 */
int volume_add(struct volume *volume, enum volume_layout layout, uint64_t length, uint64_t chunk,
	       const struct volume_column *columns, uint32_t count);

/*
 * Where the byte at `offset` of the volume lies: in which reader and at which offset of it. Returns how many bytes
 * follow there in one piece, 0 when the volume has no such byte.
 */
uint64_t volume_locate(const struct volume *volume, uint64_t offset, const struct reader **reader, uint64_t *at);

/* True when some of the volume lies in `reader`. */
bool volume_lies_in(const struct volume *volume, const struct reader *reader);

/* Valid as long as the volume. */
const struct reader *volume_reader(const struct volume *volume);

#endif
