/*
 * Looking at disks together: tables, what is in every partition, volume groups and disk groups that may span them.
 */
#ifndef SMA_INSPECT_EXAMINE_H
#define SMA_INSPECT_EXAMINE_H

#include "content.h"
#include "ldm.h"
#include "lvm.h"
#include "table.h"

struct inspected_device {
	/* As the caller named it. */
	const char *path;
	/* NULL where it could not be opened; `error` says why. */
	const struct reader *reader;
	const char *error;
};

struct device {
	const struct inspected_device *given;
	struct content content;
	struct partition_table table;
	/* One for each partition. */
	struct reader *views;
	bool is_dynamic;
};

struct inspection {
	struct device *devices;
	size_t count;
	struct lvm_set *lvm;
	struct ldm_set *ldm;
};

/* `devices` must outlive the inspection. Returns 0, or -1 when memory is short; inspection_end in any case. */
int inspection_start(struct inspection *inspection, const struct inspected_device *devices, size_t count);
void inspection_end(struct inspection *inspection);

/* LDM's data partitions, and the one with its database, in an MBR or a GPT. */
bool is_ldm_partition_type(const char *type);

#endif
