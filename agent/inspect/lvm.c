#include "lvm.h"

#include <stdlib.h>
#include <string.h>

#include "../fs/bytes.h"
#include "content_json.h"
#include "lvm_map.h"

enum {
	SECTOR = 512,
	MAX_PVS = 1024,
	/* Volumes that are looked into; a hostile group could name millions. */
	MAX_EXAMINED = 1024,
	/* Bytes of all groups' metadata, parsed. */
	MAX_METADATA = 32 << 20,
	/* Steps of looking up volumes by name; a group of 10,000 volumes over 100 disks takes a million. */
	MAX_WORK = 100000000,
};

struct lvm_set *lvm_new(void)
{
	struct lvm_set *set = calloc(1, sizeof *set);
	if (set != NULL)
		set->work_left = MAX_WORK;
	return set;
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

/* The metadata's one section with an id is the volume group. */
const struct lvm_node *lvm_group_of(const struct lvm_tree *tree)
{
	if (tree == NULL)
		return NULL;
	for (const struct lvm_node *node = lvm_root(tree)->children; node != NULL; node = node->next) {
		if (node->is_section && lvm_find_text(node, "id") != NULL)
			return node;
	}
	return NULL;
}

static void forget_metadata(struct lvm_physical_volume *volume)
{
	lvm_tree_free(volume->label.metadata);
	volume->label.metadata = NULL;
}

/* Of a group's copies only the newest is kept, of equally new ones the first; and not more than memory allows. */
static void keep_newest_metadata(struct lvm_set *set)
{
	struct lvm_physical_volume *added = &set->volumes[set->count - 1];
	const struct lvm_node *group = lvm_group_of(added->label.metadata);
	size_t memory = 0;
	if (group == NULL)
		forget_metadata(added);
	for (size_t i = 0; i + 1 < set->count && added->label.metadata != NULL; i++) {
		struct lvm_physical_volume *other = &set->volumes[i];
		const struct lvm_node *other_group = lvm_group_of(other->label.metadata);
		if (other_group == NULL)
			continue;
		if (strcmp(lvm_find_text(other_group, "id"), lvm_find_text(group, "id")) != 0)
			memory += lvm_tree_memory(other->label.metadata);
		else if (lvm_number_or(other_group, "seqno", 0) < lvm_number_or(group, "seqno", 0))
			forget_metadata(other);
		else
			forget_metadata(added);
	}
	if (added->label.metadata != NULL && memory + lvm_tree_memory(added->label.metadata) > MAX_METADATA)
		forget_metadata(added);
}

int lvm_add(struct lvm_set *set, const char *device, int64_t partition, const struct reader *view)
{
	struct lvm_label label;
	const int found = set->count < MAX_PVS ? lvm_read_label(view, &label) : 0;
	if (found <= 0)
		return found;
	struct lvm_physical_volume *larger = realloc(set->volumes, (set->count + 1) * sizeof *larger);
	if (larger == NULL) {
		lvm_tree_free(label.metadata);
		return -1;
	}
	set->volumes = larger;
	set->volumes[set->count++] = (struct lvm_physical_volume){device, partition, view, label};
	keep_newest_metadata(set);
	return 0;
}

static void write_physical_volumes(const struct lvm_set *set, const struct lvm_group *group, struct json *json)
{
	const struct lvm_node *section = lvm_find(group->root, "physical_volumes");
	json_begin_array(json, "physicalVolumes");
	for (const struct lvm_node *pv = section == NULL ? NULL : section->children; pv != NULL; pv = pv->next) {
		if (!pv->is_section)
			continue;
		const struct lvm_physical_volume *here = lvm_find_volume(set, lvm_find_text(pv, "id"));
		json_begin_object(json, NULL);
		json_text(json, "name", pv->name);
		json_text(json, "uuid", lvm_find_text(pv, "id"));
		uint64_t bytes;
		if (multiply_u64(lvm_number_or(pv, "dev_size", 0), SECTOR, &bytes) && bytes != 0)
			json_number(json, "sizeBytes", bytes);
		else
			json_null(json, "sizeBytes");
		json_number(json, "extents", lvm_number_or(pv, "pe_count", 0));
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
	const uint64_t stripes = lvm_number_or(segment, "stripe_count", 1);
	json_begin_object(json, NULL);
	json_text(json, "type", lvm_is_striped(segment) && stripes == 1 ? "linear" : lvm_find_text(segment, "type"));
	json_number(json, "startExtent", lvm_number_or(segment, "start_extent", 0));
	json_number(json, "extents", lvm_number_or(segment, "extent_count", 0));
	if (lvm_is_striped(segment)) {
		if (stripes > 1)
			json_number(json, "stripeBytes", lvm_number_or(segment, "stripe_size", 0) * SECTOR);
		write_stripes(segment, json);
	} else {
		write_lower_volumes(segment, json);
	}
	json_end_object(json);
}

static int write_inside(struct lvm_set *set, const struct lvm_group *group, const struct lvm_node *lv,
			struct json *json)
{
	static const char *const reasons[] = {NULL,	 "not-linear", "physical-volume-missing",
					      "damaged", NULL,	       "too-many"};
	struct volume *volume = NULL;
	int result = 0;
	if (set->examined >= MAX_EXAMINED) {
		json_null(json, "content");
		json_text(json, "notExamined", "too-many");
		return 0;
	}
	const enum lvm_mapping mapping = lvm_map_volume(set, group, lv, &volume);
	if (mapping == LVM_MAPPED) {
		set->examined++;
		result = content_write_of(json, "content", volume_reader(volume));
	} else {
		json_null(json, "content");
		json_text(json, "notExamined", reasons[mapping]);
		result = mapping == LVM_MAPPING_NO_MEMORY ? -1 : 0;
	}
	volume_free(volume);
	return result;
}

static int write_logical_volume(struct lvm_set *set, const struct lvm_group *group, const struct lvm_node *lv,
				struct json *json)
{
	uint64_t extents = 0, bytes;
	for (const struct lvm_node *segment = lv->children; segment != NULL; segment = segment->next) {
		if (segment->is_section && !add_u64(extents, lvm_number_or(segment, "extent_count", 0), &extents))
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

static uint64_t children_of(const struct lvm_node *section)
{
	uint64_t count = 0;
	for (const struct lvm_node *node = section == NULL ? NULL : section->children; node != NULL;
	     node = node->next)
		count++;
	return count;
}

struct lvm_group lvm_open_group(struct lvm_set *set, const struct lvm_node *root)
{
	struct lvm_group group = {.root = root, .work_left = &set->work_left};
	if (!multiply_u64(lvm_number_or(root, "extent_size", 0), SECTOR, &group.extent_size))
		group.extent_size = 0;
	group.physical_count = children_of(lvm_find(root, "physical_volumes"));
	group.logical_count = children_of(lvm_find(root, "logical_volumes"));
	return group;
}

static int write_group(struct lvm_set *set, const struct lvm_node *root, struct json *json)
{
	struct lvm_group group = lvm_open_group(set, root);
	int result = 0;
	json_begin_object(json, NULL);
	json_text(json, "name", root->name);
	json_text(json, "uuid", lvm_find_text(root, "id"));
	json_number(json, "sequence", lvm_number_or(root, "seqno", 0));
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
		const struct lvm_node *root = lvm_group_of(set->volumes[i].label.metadata);
		if (root != NULL)
			result = write_group(set, root, json);
	}
	json_end_array(json);
	return result;
}
