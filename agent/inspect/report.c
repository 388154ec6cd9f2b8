#include "report.h"

#include "content_json.h"

/* The form of the document. */
enum { FORMAT = 1 };

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
	struct inspection inspection;
	struct json json = {out, false};
	int result = -1;
	if (inspection_start(&inspection, devices, count) != 0)
		goto out;
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
	inspection_end(&inspection);
	return result;
}
