#include "lvm_map.h"

#include <stdlib.h>
#include <string.h>

#include "../fs/bytes.h"

enum {
	SECTOR = 512,
	MAX_STRIPES = 128,
	/* A mirror's legs are volumes again; deeper than this is no sane group. */
	MAX_DEPTH = 4,
};

uint64_t lvm_number_or(const struct lvm_node *section, const char *name, uint64_t otherwise)
{
	uint64_t number;
	return lvm_find_number(section, name, &number) ? number : otherwise;
}

const struct lvm_physical_volume *lvm_find_volume(const struct lvm_set *set, const char *uuid)
{
	for (size_t i = 0; uuid != NULL && i < set->count; i++) {
		if (strcmp(set->volumes[i].label.uuid, uuid) == 0)
			return &set->volumes[i];
	}
	return NULL;
}

bool lvm_is_striped(const struct lvm_node *segment)
{
	const char *type = lvm_find_text(segment, "type");
	return type != NULL && strcmp(type, "striped") == 0;
}

/* False when the work that is left does not suffice. */
static bool spend(const struct lvm_group *group, uint64_t work)
{
	if (*group->work_left < work) {
		*group->work_left = 0;
		return false;
	}
	*group->work_left -= work;
	return true;
}

/* Where a stripe lies: the physical volume's data start at pe_start, extents follow. */
static enum lvm_mapping map_stripe(const struct lvm_set *set, const struct lvm_group *group,
				   const struct lvm_value *stripe, uint64_t length, struct volume_column *column)
{
	if (!spend(group, 1 + group->physical_count))
		return LVM_MAPPING_TOO_COSTLY;
	const struct lvm_node *section = lvm_find(lvm_find(group->root, "physical_volumes"), stripe->text);
	if (stripe->next == NULL || stripe->next->type != LVM_NUMBER || stripe->next->number < 0)
		return LVM_MAPPING_DAMAGED;
	if (section == NULL)
		return LVM_NOT_LINEAR;
	const struct lvm_physical_volume *here = lvm_find_volume(set, lvm_find_text(section, "id"));
	if (here == NULL)
		return LVM_VOLUME_MISSING;
	uint64_t first, data;
	if (!multiply_u64((uint64_t)stripe->next->number, group->extent_size, &first) ||
	    !multiply_u64(lvm_number_or(section, "pe_start", 0), SECTOR, &data) ||
	    !add_u64(data, first, &column->offset) || !range_within(column->offset, length, here->view->size))
		return LVM_MAPPING_DAMAGED;
	column->reader = here->view;
	return LVM_MAPPED;
}

/* Appends to `volume`; only checks where that is NULL. */
static enum lvm_mapping map_striped(const struct lvm_set *set, const struct lvm_group *group,
				    const struct lvm_node *segment, struct volume *volume)
{
	struct volume_column columns[MAX_STRIPES];
	const uint64_t count = lvm_number_or(segment, "stripe_count", 1);
	uint64_t length, chunk;
	if (count == 0 || count > MAX_STRIPES ||
	    !multiply_u64(lvm_number_or(segment, "extent_count", 0), group->extent_size, &length) ||
	    !multiply_u64(lvm_number_or(segment, "stripe_size", 0), SECTOR, &chunk))
		return LVM_MAPPING_DAMAGED;
	const struct lvm_node *list = lvm_find(segment, "stripes");
	const struct lvm_value *stripe = list == NULL ? NULL : list->values;
	for (uint64_t i = 0; i < count; i++) {
		if (stripe == NULL || stripe->type != LVM_STRING)
			return LVM_MAPPING_DAMAGED;
		const enum lvm_mapping mapping = map_stripe(set, group, stripe, length / count, &columns[i]);
		if (mapping != LVM_MAPPED)
			return mapping;
		stripe = stripe->next->next;
	}
	const enum volume_layout layout = count == 1 ? VOLUME_LINEAR : VOLUME_STRIPED;
	if (volume != NULL && volume_add(volume, layout, length, chunk, columns, (uint32_t)count) != 0)
		return LVM_MAPPING_DAMAGED;
	return LVM_MAPPED;
}

static enum lvm_mapping map_segments(const struct lvm_set *set, const struct lvm_group *group,
				     const struct lvm_node *lv, int depth, struct volume *volume);

/* raid1 lists pairs of metadata and image volumes, mirror its image volumes with a number behind each. */
static enum lvm_mapping map_mirror(const struct lvm_set *set, const struct lvm_group *group,
				   const struct lvm_node *segment, int depth, struct volume *volume)
{
	const struct lvm_node *raids = lvm_find(segment, "raids"), *mirrors = lvm_find(segment, "mirrors");
	const struct lvm_value *value = raids != NULL ? raids->values : mirrors != NULL ? mirrors->values : NULL;
	enum lvm_mapping mapping = LVM_MAPPING_DAMAGED;
	if (raids != NULL && value != NULL)
		value = value->next;
	while (value != NULL && value->type == LVM_STRING) {
		if (!spend(group, 1 + group->logical_count))
			return LVM_MAPPING_TOO_COSTLY;
		const struct lvm_node *leg = lvm_find(lvm_find(group->root, "logical_volumes"), value->text);
		mapping = leg == NULL ? LVM_MAPPING_DAMAGED : map_segments(set, group, leg, depth + 1, NULL);
		if (mapping == LVM_MAPPED)
			return volume == NULL ? mapping : map_segments(set, group, leg, depth + 1, volume);
		value = value->next == NULL ? NULL : value->next->next;
	}
	return mapping;
}

static enum lvm_mapping map_segment(const struct lvm_set *set, const struct lvm_group *group,
				    const struct lvm_node *segment, int depth, struct volume *volume)
{
	const char *type = lvm_find_text(segment, "type");
	if (lvm_is_striped(segment))
		return map_striped(set, group, segment, volume);
	if (type != NULL && (strcmp(type, "raid1") == 0 || strcmp(type, "mirror") == 0) && depth < MAX_DEPTH)
		return map_mirror(set, group, segment, depth, volume);
	return LVM_NOT_LINEAR;
}

/* Segments stand in the order of the volume, as LVM writes them. */
static enum lvm_mapping map_segments(const struct lvm_set *set, const struct lvm_group *group,
				     const struct lvm_node *lv, int depth, struct volume *volume)
{
	enum lvm_mapping mapping = LVM_NOT_LINEAR;
	uint64_t extents = 0;
	for (const struct lvm_node *segment = lv->children; segment != NULL; segment = segment->next) {
		if (!spend(group, 1))
			return LVM_MAPPING_TOO_COSTLY;
		if (!segment->is_section || strncmp(segment->name, "segment", 7) != 0)
			continue;
		if (lvm_number_or(segment, "start_extent", UINT64_MAX) != extents)
			return LVM_MAPPING_DAMAGED;
		extents += lvm_number_or(segment, "extent_count", 0);
		mapping = map_segment(set, group, segment, depth, volume);
		if (mapping != LVM_MAPPED)
			return mapping;
	}
	return mapping;
}

enum lvm_mapping lvm_map_volume(const struct lvm_set *set, const struct lvm_group *group, const struct lvm_node *lv,
				struct volume **volume)
{
	*volume = volume_new(set->volumes[0].view->sector_size);
	return *volume == NULL ? LVM_MAPPING_NO_MEMORY : map_segments(set, group, lv, 0, *volume);
}
