#ifndef SMA_DISK_H
#define SMA_DISK_H

/* Source disks, for reading only. A regular file may stand for a disk. */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "text.h"

/* An open disk. Several threads may read from it at once. */
struct disk;

enum disk_status {
	DISK_OK,
	DISK_MISSING, /* not there, or no medium in it */
	DISK_CHANGED, /* ends earlier than it did when it was opened */
	DISK_UNREADABLE, /* the medium does not give these bytes */
	DISK_NO_MEMORY
};

/* Buffers that are read into begin at a multiple of this and hold whole multiples of it. */
enum { DISK_ALIGNMENT = 4096 };

/* `why` gets the system's words. */
enum disk_status disk_open(const char *path, struct disk **out, char *why, size_t why_capacity);
void disk_close(struct disk *disk);

uint64_t disk_size(const struct disk *disk);
/* False for a regular file. */
bool disk_is_device(const struct disk *disk);
uint32_t disk_logical_sector(const struct disk *disk);
uint32_t disk_physical_sector(const struct disk *disk);

/* Size that the disk has now; 0 when it cannot be told. */
uint64_t disk_size_now(const struct disk *disk);

/* What the disk has done for everybody: requests, bytes, and microseconds that requests took. False: unknown. */
struct disk_work {
	uint64_t requests, bytes, request_us;
};
bool disk_ask_work(const struct disk *disk, struct disk_work *out);
/* The system cuts longer reads into requests of this many bytes. */
uint32_t disk_request_size(const struct disk *disk);

/*
 * Reads exactly `length` bytes at `offset`, a range inside the disk that starts at a multiple of the logical sector.
 * `buffer` is aligned as above and has room for `length` rounded up.
 */
enum disk_status disk_read(struct disk *disk, uint64_t offset, uint8_t *buffer, size_t length, char *why,
			   size_t why_capacity);

/*
 * Before a pass. Makes what is on the disks that are going to be copied hold still, where the system can (on Windows:
 * snapshots of the volumes on them, by the first call), or learns where snapshots of it are (on Linux, by every call);
 * disks that are opened afterwards are read from there. It may take minutes, and no other thread may open a disk
 * meanwhile. `note` gets lines of what a person may want to know.
 */
typedef void (*disk_note)(void *context, const char *text);
void disk_hold_still(const char *const *paths, size_t count, disk_note note, void *context);
/* Gives that up. No disk is open any more. */
void disk_let_go(void);

/* Appends a JSON array of the machine's disks: no loop, RAM, optical, floppy, device-mapper or md devices. */
bool disk_list_json(struct text_buffer *out);

#endif
