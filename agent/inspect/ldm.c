#include "ldm.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../fs/bytes.h"
#include "content_json.h"
#include "ldm_basic.h"
#include "ldm_database.h"
#include "volume.h"

enum {
	MAX_DISKS = 256,
	MAX_COLUMNS = 128,
	MAX_EXAMINED = 1024,
	/* Of all groups together: bounds memory. */
	MAX_OBJECTS = 1 << 15,
};

struct ldm_member {
	const char *device;
	const struct reader *disk;
	/* 1 when the database could be read. */
	int usable;
	/* Only this member's database has its objects. */
	bool speaks;
	struct ldm_database database;
};

struct ldm_set {
	struct ldm_member *members;
	size_t count;
	unsigned examined;
};

struct ldm_set *ldm_new(void)
{
	return calloc(1, sizeof(struct ldm_set));
}

void ldm_free(struct ldm_set *set)
{
	if (set == NULL)
		return;
	for (size_t i = 0; i < set->count; i++)
		ldm_database_free(&set->members[i].database);
	free(set->members);
	free(set);
}

static void forget_objects(struct ldm_member *member)
{
	const struct ldm_header header = member->database.header;
	ldm_database_free(&member->database);
	member->database.header = header;
	member->speaks = false;
}

static uint64_t objects_of(const struct ldm_database *database)
{
	return (uint64_t)database->disk_count + database->volume_count + database->component_count +
	       database->partition_count;
}

/* Every disk has a copy of the database; the newest readable one, and of equal ones the first, speaks for the group. */
static void choose_speaker(struct ldm_set *set)
{
	struct ldm_member *added = &set->members[set->count - 1];
	uint64_t objects = objects_of(&added->database);
	added->speaks = true;
	for (size_t i = 0; i + 1 < set->count; i++) {
		struct ldm_member *other = &set->members[i];
		if (!other->speaks)
			continue;
		objects += objects_of(&other->database);
		if (strcmp(other->database.header.group_guid, added->database.header.group_guid) != 0)
			continue;
		const bool is_better = added->usable &&
				       (!other->usable || added->database.sequence > other->database.sequence);
		forget_objects(is_better ? other : added);
		return;
	}
	if (objects > MAX_OBJECTS) {
		forget_objects(added);
		added->speaks = true;
		added->usable = 0;
	}
}

int ldm_add(struct ldm_set *set, const char *device, const struct reader *disk, const struct partition_table *table)
{
	struct ldm_header header;
	if (set->count >= MAX_DISKS || !ldm_find_header(disk, table, &header))
		return 0;
	struct ldm_member *larger = realloc(set->members, (set->count + 1) * sizeof *larger);
	if (larger == NULL)
		return -1;
	set->members = larger;
	struct ldm_member *member = &set->members[set->count];
	memset(member, 0, sizeof *member);
	member->device = device;
	member->disk = disk;
	member->usable = ldm_read_database(disk, &header, &member->database);
	if (member->usable < 0) {
		ldm_database_free(&member->database);
		return -1;
	}
	set->count++;
	choose_speaker(set);
	return 1;
}

static const struct ldm_disk *find_disk(const struct ldm_database *database, uint64_t id)
{
	for (uint32_t i = 0; i < database->disk_count; i++) {
		if (database->disks[i].id == id)
			return &database->disks[i];
	}
	return NULL;
}

static const struct ldm_member *find_member(const struct ldm_set *set, const struct ldm_disk *disk)
{
	for (size_t i = 0; disk != NULL && i < set->count; i++) {
		if (strcmp(set->members[i].database.header.disk_guid, disk->guid) == 0)
			return &set->members[i];
	}
	return NULL;
}

/* The partitions of a component in the order of their data. `list` has room for all partitions of the database. */
static uint32_t partitions_of(const struct ldm_database *database, const struct ldm_component *component,
			      const struct ldm_partition **list)
{
	uint32_t count = 0;
	for (uint32_t i = 0; i < database->partition_count; i++) {
		const struct ldm_partition *partition = &database->partitions[i];
		if (partition->component != component->id)
			continue;
		uint32_t at = count++;
		for (; at > 0; at--) {
			const struct ldm_partition *before = list[at - 1];
			const bool in_order = component->type == LDM_CONCATENATION
						      ? before->volume_offset <= partition->volume_offset
						      : before->index <= partition->index;
			if (in_order)
				break;
			list[at] = before;
		}
		list[at] = partition;
	}
	return count;
}

static const char *type_of(const struct ldm_database *database, const struct ldm_volume *volume,
			   const struct ldm_partition **list)
{
	const char *type = "unknown";
	uint32_t components = 0;
	for (uint32_t i = 0; i < database->component_count; i++) {
		const struct ldm_component *component = &database->components[i];
		if (component->volume != volume->id)
			continue;
		const uint32_t partitions = partitions_of(database, component, list);
		components++;
		if (component->type == LDM_RAID)
			type = "raid5";
		else if (component->type == LDM_STRIPE)
			type = "striped";
		else if (component->type == LDM_CONCATENATION)
			type = components > 1 ? "mirrored" : partitions > 1 ? "spanned" : "simple";
	}
	return type;
}

static bool place_partition(const struct ldm_set *set, const struct ldm_database *database,
			    const struct ldm_partition *partition, struct volume_column *column)
{
	const struct ldm_member *member = find_member(set, find_disk(database, partition->disk));
	if (member == NULL)
		return false;
	column->reader = member->disk;
	return add_u64(member->database.header.data_start, partition->start, &column->offset) &&
	       range_within(column->offset, partition->size, member->disk->size);
}

/* Puts a component together; false when a disk is missing or its numbers make no sense. */
static bool map_component(const struct ldm_set *set, const struct ldm_database *database,
			  const struct ldm_volume *volume, const struct ldm_component *component,
			  const struct ldm_partition **list, struct volume *map)
{
	struct volume_column columns[MAX_COLUMNS];
	const uint32_t count = partitions_of(database, component, list);
	if (count == 0 || count > MAX_COLUMNS)
		return false;
	for (uint32_t i = 0; i < count; i++) {
		if (!place_partition(set, database, list[i], &columns[i]))
			return false;
	}
	if (component->type != LDM_CONCATENATION) {
		const enum volume_layout layout = component->type == LDM_RAID ? VOLUME_RAID5 : VOLUME_STRIPED;
		return component->columns == count &&
		       volume_add(map, layout, volume->size, component->chunk, columns, count) == 0;
	}
	for (uint32_t i = 0; i < count; i++) {
		if (list[i]->volume_offset != volume_reader(map)->size ||
		    volume_add(map, VOLUME_LINEAR, list[i]->size, 0, &columns[i], 1) != 0)
			return false;
	}
	return true;
}

static int write_inside(struct ldm_set *set, const struct ldm_database *database, const struct ldm_volume *volume,
			const struct ldm_partition **list, struct json *json)
{
	if (set->examined >= MAX_EXAMINED) {
		json_null(json, "content");
		json_text(json, "notExamined", "too-many");
		return 0;
	}
	for (uint32_t i = 0; i < database->component_count; i++) {
		const struct ldm_component *component = &database->components[i];
		if (component->volume != volume->id)
			continue;
		struct volume *map = volume_new(512);
		if (map == NULL)
			return -1;
		/* Any whole half of a mirror will do. */
		const bool is_whole = map_component(set, database, volume, component, list, map);
		const struct reader view = reader_slice(volume_reader(map), 0, volume->size);
		int result = 0;
		if (is_whole) {
			set->examined++;
			result = content_write_of(json, "content", &view);
		}
		volume_free(map);
		if (is_whole)
			return result;
	}
	json_null(json, "content");
	json_text(json, "notExamined", "disk-missing");
	return 0;
}

static void write_partition(const struct ldm_set *set, const struct ldm_database *database,
			    const struct ldm_partition *partition, struct json *json)
{
	const struct ldm_disk *disk = find_disk(database, partition->disk);
	const struct ldm_member *member = find_member(set, disk);
	struct volume_column place;
	json_begin_object(json, NULL);
	json_text(json, "name", partition->name);
	json_text(json, "disk", disk == NULL ? NULL : disk->name);
	json_text(json, "device", member == NULL ? NULL : member->device);
	/* Only the disk itself says where its data start. */
	if (member != NULL && place_partition(set, database, partition, &place))
		json_number(json, "startBytes", place.offset);
	else
		json_null(json, "startBytes");
	json_number(json, "dataOffsetBytes", partition->start);
	json_number(json, "sizeBytes", partition->size);
	json_number(json, "volumeOffsetBytes", partition->volume_offset);
	json_end_object(json);
}

static void write_components(const struct ldm_set *set, const struct ldm_database *database,
			     const struct ldm_volume *volume, const struct ldm_partition **list, struct json *json)
{
	static const char *const types[] = {"unknown", "striped", "concatenated", "raid5"};
	json_begin_array(json, "components");
	for (uint32_t i = 0; i < database->component_count; i++) {
		const struct ldm_component *component = &database->components[i];
		if (component->volume != volume->id)
			continue;
		json_begin_object(json, NULL);
		json_text(json, "type", types[component->type <= LDM_RAID ? component->type : 0]);
		json_number(json, "chunkBytes", component->chunk);
		json_begin_array(json, "partitions");
		const uint32_t count = partitions_of(database, component, list);
		for (uint32_t j = 0; j < count; j++)
			write_partition(set, database, list[j], json);
		json_end_array(json);
		json_end_object(json);
	}
	json_end_array(json);
}

/* -1 when memory is short; 1 when the volume's only component can be put together here, without a gap, 0 when not. */
static int is_whole(const struct ldm_set *set, const struct ldm_database *database, const struct ldm_volume *volume,
		    const struct ldm_partition **list)
{
	struct volume *map = volume_new(512);
	bool whole = false;
	if (map == NULL)
		return -1;
	for (uint32_t i = 0; i < database->component_count; i++) {
		const struct ldm_component *component = &database->components[i];
		if (component->volume != volume->id)
			continue;
		whole = map_component(set, database, volume, component, list, map) &&
			volume_reader(map)->size >= volume->size;
		break;
	}
	volume_free(map);
	return whole;
}

static int write_basic(const struct ldm_set *set, const struct ldm_database *database, const struct ldm_volume *volume,
		       const struct ldm_partition **list, struct json *json)
{
	const int whole = is_whole(set, database, volume, list);
	const char *obstacle;
	if (whole < 0)
		return -1;
	obstacle = ldm_basic_obstacle(type_of(database, volume, list), database->is_consistent, whole == 1);
	json_begin_object(json, "asBasicPartition");
	json_bool(json, "isPossible", obstacle == NULL);
	json_text(json, "reason", obstacle);
	json_end_object(json);
	return 0;
}

static int write_volume(struct ldm_set *set, const struct ldm_database *database, const struct ldm_volume *volume,
			const struct ldm_partition **list, struct json *json)
{
	uint64_t chunk = 0;
	for (uint32_t i = 0; i < database->component_count; i++) {
		if (database->components[i].volume == volume->id && database->components[i].chunk != 0)
			chunk = database->components[i].chunk;
	}
	json_begin_object(json, NULL);
	json_text(json, "name", volume->name);
	json_text(json, "guid", volume->guid);
	json_text(json, "type", type_of(database, volume, list));
	json_hex(json, "partitionType", volume->partition_type, 2);
	json_number(json, "sizeBytes", volume->size);
	json_number(json, "chunkBytes", chunk);
	json_text(json, "hint", volume->hint[0] == '\0' ? NULL : volume->hint);
	json_text(json, "state", volume->state);
	if (write_basic(set, database, volume, list, json) != 0)
		return -1;
	write_components(set, database, volume, list, json);
	const int result = write_inside(set, database, volume, list, json);
	json_end_object(json);
	return result;
}

static void write_disks(const struct ldm_set *set, const struct ldm_database *database, struct json *json)
{
	json_begin_array(json, "disks");
	for (uint32_t i = 0; i < database->disk_count; i++) {
		const struct ldm_disk *disk = &database->disks[i];
		const struct ldm_member *member = find_member(set, disk);
		json_begin_object(json, NULL);
		json_text(json, "name", disk->name);
		json_text(json, "guid", disk->guid);
		json_text(json, "device", member == NULL ? NULL : member->device);
		json_end_object(json);
	}
	json_end_array(json);
}

static int write_group(struct ldm_set *set, const struct ldm_member *speaker, struct json *json)
{
	const struct ldm_database *database = &speaker->database;
	const struct ldm_partition **list = calloc((size_t)database->partition_count + 1, sizeof *list);
	int result = 0;
	if (list == NULL)
		return -1;
	json_begin_object(json, NULL);
	json_text(json, "name", database->header.group_name);
	json_text(json, "guid", database->header.group_guid);
	json_bool(json, "isReadable", speaker->usable == 1);
	if (speaker->usable == 1) {
		json_number(json, "sequence", database->sequence);
		json_bool(json, "isConsistent", database->is_consistent);
		json_number(json, "unreadableRecords", database->unreadable);
	}
	write_disks(set, database, json);
	json_begin_array(json, "volumes");
	for (uint32_t i = 0; i < database->volume_count && result == 0; i++)
		result = write_volume(set, database, &database->volumes[i], list, json);
	json_end_array(json);
	json_end_object(json);
	free(list);
	return result;
}

int ldm_write(struct ldm_set *set, struct json *json)
{
	int result = 0;
	json_begin_array(json, "ldm");
	for (size_t i = 0; i < set->count && result == 0; i++) {
		if (set->members[i].speaks)
			result = write_group(set, &set->members[i], json);
	}
	json_end_array(json);
	return result;
}
