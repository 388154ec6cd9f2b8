/*
 * Where the bytes of logical volumes lie; shared by lvm.c, lvm_map.c and agent/used only.
 */
#ifndef SMA_INSPECT_LVM_MAP_H
#define SMA_INSPECT_LVM_MAP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lvm_label.h"
#include "volume.h"

struct lvm_physical_volume {
	const char *device;
	/* -1 for a whole disk. */
	int64_t partition;
	const struct reader *view;
	struct lvm_label label;
};

struct lvm_set {
	struct lvm_physical_volume *volumes;
	size_t count;
	unsigned examined;
	uint64_t work_left;
};

/* A volume group's metadata. */
struct lvm_group {
	const struct lvm_node *root;
	/* Bytes. */
	uint64_t extent_size;
	/* How long the lists of both are: what finding one by its name costs. */
	uint64_t physical_count, logical_count;
	/* Steps that putting volumes together may still take: bounds the time that a hostile group can cost. */
	uint64_t *work_left;
};

enum lvm_mapping {
	LVM_MAPPED,
	/* Parity, thin, cached, … */
	LVM_NOT_LINEAR,
	LVM_VOLUME_MISSING,
	LVM_MAPPING_DAMAGED,
	LVM_MAPPING_NO_MEMORY,
	LVM_MAPPING_TOO_COSTLY,
};

/* The metadata's one section with an id is the volume group; NULL for none. */
const struct lvm_node *lvm_group_of(const struct lvm_tree *tree);
struct lvm_group lvm_open_group(struct lvm_set *set, const struct lvm_node *root);

uint64_t lvm_number_or(const struct lvm_node *section, const char *name, uint64_t otherwise);
/* The physical volume with a UUID among those at hand, or NULL. */
const struct lvm_physical_volume *lvm_find_volume(const struct lvm_set *set, const char *uuid);
bool lvm_is_striped(const struct lvm_node *segment);

/*
 * Puts a logical volume together: linear and striped segments, and mirrors through any leg that is whole. *volume is
 * the caller's to free whatever is returned.
 */
enum lvm_mapping lvm_map_volume(const struct lvm_set *set, const struct lvm_group *group, const struct lvm_node *lv,
				struct volume **volume);

#endif
