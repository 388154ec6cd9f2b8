#include "report.h"

#include <stdlib.h>
#include <string.h>

#include "content_json.h"
#include "ldm.h"
#include "lvm.h"
#include "table.h"

enum {
	FORMAT = 1,
	/* Partitions of one device that are looked into; the others are listed. */
	MAX_EXAMINED = 256,
};

struct device {
	const struct inspected_device *given;
	struct content content;
	struct partition_table table;
	struct reader *views;
	bool is_dynamic;
};

struct inspection {
	struct device *devices;
	size_t count;
	struct lvm_set *lvm;
	struct ldm_set *ldm;
};

/* GUIDs of LDM's data partitions, and of the one with its database. */
static bool is_ldm_type(const char *type)
{
	return strcmp(type, "0x42") == 0 || strcmp(type, "af9b60a0-1431-4f62-bc68-3311714a69ad") == 0 ||
	       strcmp(type, "5808c8aa-7e8f-42e0-85d2-e1e90434cfb3") == 0;
}

/* A physical volume may lie directly on a disk or partition, or on a mirror of which this is a member. */
static int register_volume(struct inspection *inspection, const char *path, int64_t partition,
			   const struct reader *view, const struct content *content)
{
	if (content->kind == CONTENT_LVM_PV)
		return lvm_add(inspection->lvm, path, partition, view);
	if (content->inside != NULL && content->inside->kind == CONTENT_LVM_PV)
		return lvm_add(inspection->lvm, path, partition, &content->inside_view);
	return 0;
}

static int examine_partition(struct inspection *inspection, struct device *device, uint32_t index)
{
	struct partition *partition = &device->table.partitions[index];
	struct reader *view = &device->views[index];
	*view = reader_slice(device->given->reader, partition->start, partition->size);
	if (partition->role == ROLE_EXTENDED || index >= MAX_EXAMINED)
		return 0;
	struct content *content = calloc(1, sizeof *content);
	if (content == NULL)
		return -1;
	partition->content = content;
	if (content_examine(view, content) != 0)
		return -1;
	/* Zeros in what is left of a partition say nothing of the rest. */
	if (content->kind == CONTENT_EMPTY && view->size < partition->size)
		content->kind = CONTENT_UNKNOWN;
	/* A dynamic disk's partition is one container: what a volume's first sectors look like is not what it holds. */
	if (device->is_dynamic && is_ldm_type(partition->type))
		content->kind = CONTENT_LDM;
	return register_volume(inspection, device->given->path, (int64_t)partition->index, view, content);
}

/* A magic number inside a partition is that partition's, not the disk's. */
static void forget_what_partitions_hold(struct device *device)
{
	const struct signature *signature = content_signature(&device->content);
	const bool has_table = device->table.type != TABLE_NONE && device->table.count > 0;
	if (!has_table)
		return;
	if (signature == NULL ||
	    (signature->magic_offset != UINT64_MAX && table_covers(&device->table, signature->magic_offset))) {
		content_clear(&device->content);
		memset(&device->content, 0, sizeof device->content);
		device->content.signatures.verdict = -1;
		device->content.kind = CONTENT_EMPTY;
	}
}

static int examine_device(struct inspection *inspection, struct device *device)
{
	const struct reader *reader = device->given->reader;
	if (content_examine(reader, &device->content) != 0 ||
	    table_read(reader, &device->content, &device->table) != 0)
		return -1;
	forget_what_partitions_hold(device);
	const int dynamic = ldm_add(inspection->ldm, device->given->path, reader, &device->table);
	if (dynamic < 0)
		return -1;
	device->is_dynamic = dynamic == 1;
	if (register_volume(inspection, device->given->path, -1, reader, &device->content) < 0)
		return -1;
	device->views = calloc((size_t)device->table.count + 1, sizeof *device->views);
	if (device->views == NULL)
		return -1;
	for (uint32_t i = 0; i < device->table.count; i++) {
		if (examine_partition(inspection, device, i) < 0)
			return -1;
	}
	return 0;
}

static void write_partition(struct json *json, const struct partition *partition)
{
	static const char *const roles[] = {"primary", "extended", "logical", "nested"};
	json_begin_object(json, NULL);
	json_number(json, "index", partition->index);
	json_number(json, "startBytes", partition->start);
	json_number(json, "sizeBytes", partition->size);
	json_text(json, "type", partition->type);
	json_text(json, "name", partition->name[0] == '\0' ? NULL : partition->name);
	json_text(json, "uuid", partition->uuid[0] == '\0' ? NULL : partition->uuid);
	json_hex(json, "flags", partition->flags, 1);
	json_bool(json, "isActive", partition->is_active);
	json_text(json, "role", roles[partition->role]);
	if (partition->nested_table[0] != '\0')
		json_text(json, "nestedTable", partition->nested_table);
	if (partition->content != NULL)
		content_write(json, "content", partition->content);
	else
		json_null(json, "content");
	json_end_object(json);
}

static void write_table(struct json *json, const struct partition_table *table, bool is_dynamic)
{
	static const char *const types[] = {"none", "gpt", "mbr", "hybrid", "other"};
	static const char *const copies[] = {"absent", "valid", "corrupt"};
	json_begin_object(json, "partitionTable");
	json_text(json, "type", table->type == TABLE_OTHER ? table->name : types[table->type]);
	json_text(json, "id", table->id[0] == '\0' ? NULL : table->id);
	json_number(json, "sectorSize", table->sector_size);
	json_text(json, "primaryGpt", copies[table->primary_gpt]);
	json_text(json, "backupGpt", copies[table->backup_gpt]);
	json_bool(json, "hasProtectiveMbr", table->has_protective_mbr);
	json_bool(json, "isDynamic", is_dynamic);
	if (table->mbr_entry_count > 0) {
		json_begin_array(json, "mbrEntries");
		for (uint32_t i = 0; i < table->mbr_entry_count; i++)
			write_partition(json, &table->mbr_entries[i]);
		json_end_array(json);
	}
	json_begin_array(json, "problems");
	for (uint32_t i = 0; i < table->problem_count; i++)
		json_text(json, NULL, table->problems[i]);
	json_end_array(json);
	json_end_object(json);
}

static void write_device(struct json *json, const struct device *device)
{
	const struct reader *reader = device->given->reader;
	json_begin_object(json, NULL);
	json_text(json, "path", device->given->path);
	if (reader == NULL) {
		json_text(json, "error", device->given->error);
		json_end_object(json);
		return;
	}
	json_number(json, "sizeBytes", reader->size);
	json_number(json, "sectorSize", reader->sector_size);
	write_table(json, &device->table, device->is_dynamic);
	if (device->table.count > 0 && content_signature(&device->content) == NULL)
		json_null(json, "content");
	else
		content_write(json, "content", &device->content);
	json_begin_array(json, "partitions");
	for (uint32_t i = 0; i < device->table.count; i++)
		write_partition(json, &device->table.partitions[i]);
	json_end_array(json);
	json_end_object(json);
}

int inspect_report(const struct inspected_device *devices, size_t count, FILE *out)
{
	struct inspection inspection = {calloc(count == 0 ? 1 : count, sizeof(struct device)), 0, lvm_new(),
					ldm_new()};
	struct json json = {out, false};
	int result = -1;
	if (inspection.devices == NULL || inspection.lvm == NULL || inspection.ldm == NULL)
		goto out;
	for (; inspection.count < count; inspection.count++) {
		struct device *device = &inspection.devices[inspection.count];
		device->given = &devices[inspection.count];
		if (device->given->reader != NULL && examine_device(&inspection, device) != 0) {
			inspection.count++;
			goto out;
		}
	}
	json_begin_object(&json, NULL);
	json_number(&json, "format", FORMAT);
	json_begin_array(&json, "devices");
	for (size_t i = 0; i < count; i++)
		write_device(&json, &inspection.devices[i]);
	json_end_array(&json);
	if (lvm_write(inspection.lvm, &json) != 0 || ldm_write(inspection.ldm, &json) != 0)
		goto out;
	json_end_object(&json);
	fputc('\n', out);
	result = 0;
out:
	for (size_t i = 0; i < inspection.count; i++) {
		content_clear(&inspection.devices[i].content);
		table_free(&inspection.devices[i].table);
		free(inspection.devices[i].views);
	}
	free(inspection.devices);
	lvm_free(inspection.lvm);
	ldm_free(inspection.ldm);
	return result;
}
