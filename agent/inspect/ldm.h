/*
 * Windows dynamic disks: the Logical Disk Manager's database, which every disk of a group carries a copy of.
 */
#ifndef SMA_INSPECT_LDM_H
#define SMA_INSPECT_LDM_H

#include <stdint.h>

#include "../fs/reader.h"
#include "json.h"
#include "table.h"

struct ldm_set;

struct ldm_set *ldm_new(void);
void ldm_free(struct ldm_set *set);

/*
 * Looks for a database on a disk whose table was read. Returns 1 when the disk is a dynamic one, also when its
 * database is damaged, 0 when it is not, -1 when memory is short. `device` and `disk` must outlive the set.
 */
int ldm_add(struct ldm_set *set, const char *device, const struct reader *disk, const struct partition_table *table);

/* Writes the array of disk groups, each with what is inside its volumes. Returns 0, or -1 when memory is short. */
int ldm_write(struct ldm_set *set, struct json *json);

#endif
