#ifndef SMA_DISK_LIST_H
#define SMA_DISK_LIST_H

/* One disk of the machine, as `disks --json` tells it. */

#include <stdbool.h>
#include <stdint.h>

#include "text.h"

enum { LISTED_TEXT = 256 };

struct listed_disk {
	char path[72];
	uint64_t size;
	uint32_t logical_sector, physical_sector;
	/* Empty: not known. */
	char model[LISTED_TEXT], serial[LISTED_TEXT];
	bool read_only, removable;
};

/* Appends it to an array that begins with `[`. */
void disk_list_add(struct text_buffer *out, const struct listed_disk *disk, bool is_first);

#endif
