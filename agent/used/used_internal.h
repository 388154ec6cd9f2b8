/* What used.c and used_lvm.c share. */
#ifndef SMA_USED_USED_INTERNAL_H
#define SMA_USED_USED_INTERNAL_H

#include <stdbool.h>

#include "../inspect/examine.h"
#include "system_view.h"
#include "used.h"

struct used_search {
	struct inspection *inspection;
	/* The disk in question. */
	struct device *device;
	struct unused_map *map;
	struct used_report *report;
};

/* Takes a gap between used ranges, bytes from the start of what is walked; returns how many of them are on the disk. */
typedef uint64_t (*used_gap)(void *context, uint64_t start, uint64_t end);

/*
 * Walks what `content` says is in `view` and hands out its gaps. Fills `told`'s unused and why. Nothing is handed out
 * when there is any doubt about what it is. `mounted`: the same as the system has it mounted; NULL when it has not.
 */
void used_walk(const struct reader *view, const struct content *content, struct system_volume *mounted, used_gap gap,
	       void *context, struct told_volume *told);

/* The next entry of the report; a scratch entry when the report is full. */
struct told_volume *used_tell(struct used_search *search, struct told_volume *scratch);

/* Where on the disk a reader's byte 0 lies; false when it is not a view of this disk. */
bool used_base_of(const struct device *device, const struct reader *reader, uint64_t *base);

/* Volumes and free extents of all groups that have a part on the disk. */
void used_find_in_groups(struct used_search *search);
/* True when a group on the disk has physical volumes that are not at hand. */
bool used_groups_span(const struct inspection *inspection);

#endif
