#include "lvm.h"

#include <stdlib.h>
#include <string.h>

#include "../fs/bytes.h"
#include "content_json.h"
#include "lvm_label.h"
#include "volume.h"

enum {
	SECTOR = 512,
	MAX_PVS = 1024,
	MAX_STRIPES = 128,
	/* Volumes that are looked into; a hostile group could name millions. */
	MAX_EXAMINED = 1024,
};

struct physical_volume {
	const char *device;
	/* -1 for a whole disk. */
	int64_t partition;
	const struct reader *view;
	struct lvm_label label;
};

struct lvm_set {
	struct physical_volume *volumes;
	size_t count;
	unsigned examined;
};

/* A volume group's metadata while it is written. */
struct group {
	const struct lvm_node *root;
	uint64_t extent_size;
};

struct lvm_set *lvm_new(void)
{
	return calloc(1, sizeof(struct lvm_set));
}

void lvm_free(struct lvm_set *set)
{
	if (set == NULL)
		return;
	for (size_t i = 0; i < set->count; i++)
		lvm_tree_free(set->volumes[i].label.metadata);
	free(set->volumes);
	free(set);
}

int lvm_add(struct lvm_set *set, const char *device, int64_t partition, const struct reader *view)
{
	struct lvm_label label;
	const int found = set->count < MAX_PVS ? lvm_read_label(view, &label) : 0;
	if (found <= 0)
		return found;
	struct physical_volume *larger = realloc(set->volumes, (set->count + 1) * sizeof *larger);
	if (larger == NULL) {
		lvm_tree_free(label.metadata);
		return -1;
	}
	set->volumes = larger;
	set->volumes[set->count++] = (struct physical_volume){device, partition, view, label};
	return 0;
}

/* The metadata's one section with an id is the volume group. */
static const struct lvm_node *group_of(const struct lvm_tree *tree)
{
	if (tree == NULL)
		return NULL;
	for (const struct lvm_node *node = lvm_root(tree)->children; node != NULL; node = node->next) {
		if (node->is_section && lvm_find_text(node, "id") != NULL)
			return node;
	}
	return NULL;
}

static uint64_t number_or(const struct lvm_node *section, const char *name, uint64_t otherwise)
{
	uint64_t number;
	return lvm_find_number(section, name, &number) ? number : otherwise;
}

/* The newest copy of a group counts; of equally new ones the first. */
static bool is_newest(const struct lvm_set *set, size_t index)
{
	const struct lvm_node *group = group_of(set->volumes[index].label.metadata);
	const uint64_t sequence = number_or(group, "seqno", 0);
	for (size_t i = 0; i < set->count; i++) {
		const struct lvm_node *other = group_of(set->volumes[i].label.metadata);
		if (i == index || other == NULL ||
		    strcmp(lvm_find_text(other, "id"), lvm_find_text(group, "id")) != 0)
			continue;
		const uint64_t other_sequence = number_or(other, "seqno", 0);
		if (other_sequence > sequence || (other_sequence == sequence && i < index))
			return false;
	}
	return true;
}

static const struct physical_volume *find_volume(const struct lvm_set *set, const char *uuid)
{
	for (size_t i = 0; uuid != NULL && i < set->count; i++) {
		if (strcmp(set->volumes[i].label.uuid, uuid) == 0)
			return &set->volumes[i];
	}
	return NULL;
}

static void write_physical_volumes(const struct lvm_set *set, const struct group *group, struct json *json)
{
	const struct lvm_node *section = lvm_find(group->root, "physical_volumes");
	json_begin_array(json, "physicalVolumes");
	for (const struct lvm_node *pv = section == NULL ? NULL : section->children; pv != NULL; pv = pv->next) {
		if (!pv->is_section)
			continue;
		const struct physical_volume *here = find_volume(set, lvm_find_text(pv, "id"));
		json_begin_object(json, NULL);
		json_text(json, "name", pv->name);
		json_text(json, "uuid", lvm_find_text(pv, "id"));
		uint64_t bytes;
		if (multiply_u64(number_or(pv, "dev_size", 0), SECTOR, &bytes) && bytes != 0)
			json_number(json, "sizeBytes", bytes);
		else
			json_null(json, "sizeBytes");
		json_number(json, "extents", number_or(pv, "pe_count", 0));
		json_text(json, "device", here == NULL ? NULL : here->device);
		if (here != NULL && here->partition >= 0)
			json_number(json, "partition", (uint64_t)here->partition);
		else
			json_null(json, "partition");
		if (here != NULL && here->label.valid_areas < here->label.metadata_areas)
			json_bool(json, "hasDamagedMetadata", true);
		json_end_object(json);
	}
	json_end_array(json);
}

static bool is_striped(const struct lvm_node *segment)
{
	const char *type = lvm_find_text(segment, "type");
	return type != NULL && strcmp(type, "striped") == 0;
}

/* Pairs of a physical volume's name and its first extent there. */
static void write_stripes(const struct lvm_node *segment, struct json *json)
{
	const struct lvm_node *list = lvm_find(segment, "stripes");
	json_begin_array(json, "stripes");
	for (const struct lvm_value *value = list == NULL ? NULL : list->values; value != NULL; value = value->next) {
		if (value->type != LVM_STRING || value->next == NULL || value->next->type != LVM_NUMBER)
			break;
		json_begin_object(json, NULL);
		json_text(json, "physicalVolume", value->text);
		json_number(json, "startExtent", value->next->number < 0 ? 0 : (uint64_t)value->next->number);
		json_end_object(json);
		value = value->next;
	}
	json_end_array(json);
}

/* Names of the volumes that a raid, mirror, thin, cache or snapshot segment lies on. */
static void write_lower_volumes(const struct lvm_node *segment, struct json *json)
{
	static const char *const keys[] = {
		"raids", "raid0_lvs", "mirrors",    "mirror_log",      "thin_pool", "pool",	     "metadata",
		"data",	 "origin",    "cache_pool", "external_origin", "cow_store", "merging_store", "vdo_pool"};
	json_begin_array(json, "over");
	for (size_t i = 0; i < sizeof keys / sizeof keys[0]; i++) {
		const struct lvm_node *list = lvm_find(segment, keys[i]);
		for (const struct lvm_value *value = list == NULL ? NULL : list->values; value != NULL;
		     value = value->next) {
			if (value->type == LVM_STRING)
				json_text(json, NULL, value->text);
		}
	}
	json_end_array(json);
}

static void write_segment(const struct lvm_node *segment, struct json *json)
{
	const uint64_t stripes = number_or(segment, "stripe_count", 1);
	json_begin_object(json, NULL);
	json_text(json, "type", is_striped(segment) && stripes == 1 ? "linear" : lvm_find_text(segment, "type"));
	json_number(json, "startExtent", number_or(segment, "start_extent", 0));
	json_number(json, "extents", number_or(segment, "extent_count", 0));
	if (is_striped(segment)) {
		if (stripes > 1)
			json_number(json, "stripeBytes", number_or(segment, "stripe_size", 0) * SECTOR);
		write_stripes(segment, json);
	} else {
		write_lower_volumes(segment, json);
	}
	json_end_object(json);
}

enum mapping { MAPPED, NOT_LINEAR, VOLUME_MISSING, MAPPING_DAMAGED, MAPPING_NO_MEMORY };

/* Where a stripe lies: the physical volume's data start at pe_start, extents follow. */
static enum mapping map_stripe(const struct lvm_set *set, const struct group *group, const struct lvm_value *stripe,
			       uint64_t length, struct volume_column *column)
{
	const struct lvm_node *section = lvm_find(lvm_find(group->root, "physical_volumes"), stripe->text);
	if (stripe->next == NULL || stripe->next->type != LVM_NUMBER || stripe->next->number < 0)
		return MAPPING_DAMAGED;
	if (section == NULL)
		return NOT_LINEAR;
	const struct physical_volume *here = find_volume(set, lvm_find_text(section, "id"));
	if (here == NULL)
		return VOLUME_MISSING;
	uint64_t first, data;
	if (!multiply_u64((uint64_t)stripe->next->number, group->extent_size, &first) ||
	    !multiply_u64(number_or(section, "pe_start", 0), SECTOR, &data) ||
	    !add_u64(data, first, &column->offset) || !range_within(column->offset, length, here->view->size))
		return MAPPING_DAMAGED;
	column->reader = here->view;
	return MAPPED;
}

static enum mapping map_segment(const struct lvm_set *set, const struct group *group, const struct lvm_node *segment,
				struct volume *volume)
{
	struct volume_column columns[MAX_STRIPES];
	const uint64_t count = number_or(segment, "stripe_count", 1);
	uint64_t length, chunk;
	if (!is_striped(segment))
		return NOT_LINEAR;
	if (count == 0 || count > MAX_STRIPES ||
	    !multiply_u64(number_or(segment, "extent_count", 0), group->extent_size, &length) ||
	    !multiply_u64(number_or(segment, "stripe_size", 0), SECTOR, &chunk))
		return MAPPING_DAMAGED;
	const struct lvm_node *list = lvm_find(segment, "stripes");
	const struct lvm_value *stripe = list == NULL ? NULL : list->values;
	for (uint64_t i = 0; i < count; i++) {
		if (stripe == NULL || stripe->type != LVM_STRING)
			return MAPPING_DAMAGED;
		const enum mapping mapping = map_stripe(set, group, stripe, length / count, &columns[i]);
		if (mapping != MAPPED)
			return mapping;
		stripe = stripe->next->next;
	}
	return volume_add(volume, count == 1 ? VOLUME_LINEAR : VOLUME_STRIPED, length, chunk, columns,
			  (uint32_t)count) == 0
		       ? MAPPED
		       : MAPPING_DAMAGED;
}

/* Segments stand in the order of the volume, as LVM writes them. */
static enum mapping map_logical_volume(const struct lvm_set *set, const struct group *group,
				       const struct lvm_node *lv, struct volume **volume)
{
	enum mapping mapping = NOT_LINEAR;
	uint64_t extents = 0;
	*volume = volume_new(set->volumes[0].view->sector_size);
	if (*volume == NULL)
		return MAPPING_NO_MEMORY;
	for (const struct lvm_node *segment = lv->children; segment != NULL; segment = segment->next) {
		if (!segment->is_section || strncmp(segment->name, "segment", 7) != 0)
			continue;
		if (number_or(segment, "start_extent", UINT64_MAX) != extents)
			return MAPPING_DAMAGED;
		extents += number_or(segment, "extent_count", 0);
		mapping = map_segment(set, group, segment, *volume);
		if (mapping != MAPPED)
			return mapping;
	}
	return mapping;
}

static int write_inside(struct lvm_set *set, const struct group *group, const struct lvm_node *lv, struct json *json)
{
	static const char *const reasons[] = {NULL, "not-linear", "physical-volume-missing", "damaged", NULL};
	struct volume *volume = NULL;
	int result = 0;
	if (set->examined >= MAX_EXAMINED) {
		json_null(json, "content");
		json_text(json, "notExamined", "too-many");
		return 0;
	}
	const enum mapping mapping = map_logical_volume(set, group, lv, &volume);
	if (mapping == MAPPED) {
		set->examined++;
		result = content_write_of(json, "content", volume_reader(volume));
	} else {
		json_null(json, "content");
		json_text(json, "notExamined", reasons[mapping]);
		result = mapping == MAPPING_NO_MEMORY ? -1 : 0;
	}
	volume_free(volume);
	return result;
}

static int write_logical_volume(struct lvm_set *set, const struct group *group, const struct lvm_node *lv,
				struct json *json)
{
	uint64_t extents = 0, bytes;
	for (const struct lvm_node *segment = lv->children; segment != NULL; segment = segment->next) {
		if (segment->is_section && !add_u64(extents, number_or(segment, "extent_count", 0), &extents))
			extents = UINT64_MAX;
	}
	json_begin_object(json, NULL);
	json_text(json, "name", lv->name);
	json_text(json, "uuid", lvm_find_text(lv, "id"));
	if (multiply_u64(extents, group->extent_size, &bytes))
		json_number(json, "sizeBytes", bytes);
	else
		json_null(json, "sizeBytes");
	json_bool(json, "isVisible", lvm_list_has(lv, "status", "VISIBLE"));
	json_begin_array(json, "segments");
	for (const struct lvm_node *segment = lv->children; segment != NULL; segment = segment->next) {
		if (segment->is_section && strncmp(segment->name, "segment", 7) == 0)
			write_segment(segment, json);
	}
	json_end_array(json);
	const int result = write_inside(set, group, lv, json);
	json_end_object(json);
	return result;
}

static int write_group(struct lvm_set *set, const struct lvm_node *root, struct json *json)
{
	struct group group = {root, 0};
	int result = 0;
	if (!multiply_u64(number_or(root, "extent_size", 0), SECTOR, &group.extent_size))
		group.extent_size = 0;
	json_begin_object(json, NULL);
	json_text(json, "name", root->name);
	json_text(json, "uuid", lvm_find_text(root, "id"));
	json_number(json, "sequence", number_or(root, "seqno", 0));
	json_number(json, "extentBytes", group.extent_size);
	write_physical_volumes(set, &group, json);
	const struct lvm_node *volumes = lvm_find(root, "logical_volumes");
	json_begin_array(json, "logicalVolumes");
	for (const struct lvm_node *lv = volumes == NULL ? NULL : volumes->children; lv != NULL && result == 0;
	     lv = lv->next) {
		if (lv->is_section)
			result = write_logical_volume(set, &group, lv, json);
	}
	json_end_array(json);
	json_end_object(json);
	return result;
}

int lvm_write(struct lvm_set *set, struct json *json)
{
	int result = 0;
	json_begin_array(json, "lvm");
	for (size_t i = 0; i < set->count && result == 0; i++) {
		const struct lvm_node *root = group_of(set->volumes[i].label.metadata);
		if (root != NULL && is_newest(set, i))
			result = write_group(set, root, json);
	}
	json_end_array(json);
	return result;
}
