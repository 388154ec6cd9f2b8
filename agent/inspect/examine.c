#include "examine.h"

#include <stdlib.h>
#include <string.h>

/* Partitions of one device that are looked into; the others are listed. */
enum { MAX_EXAMINED = 256 };

bool is_ldm_partition_type(const char *type)
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
	if (device->is_dynamic && is_ldm_partition_type(partition->type))
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

static int examine_one(struct inspection *inspection, struct device *device)
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

int inspection_start(struct inspection *inspection, const struct inspected_device *devices, size_t count)
{
	*inspection = (struct inspection){calloc(count == 0 ? 1 : count, sizeof(struct device)), 0, lvm_new(), ldm_new()};
	if (inspection->devices == NULL || inspection->lvm == NULL || inspection->ldm == NULL)
		return -1;
	while (inspection->count < count) {
		struct device *device = &inspection->devices[inspection->count];
		device->given = &devices[inspection->count++];
		if (device->given->reader != NULL && examine_one(inspection, device) != 0)
			return -1;
	}
	return 0;
}

void inspection_end(struct inspection *inspection)
{
	for (size_t i = 0; i < inspection->count; i++) {
		content_clear(&inspection->devices[i].content);
		table_free(&inspection->devices[i].table);
		free(inspection->devices[i].views);
	}
	free(inspection->devices);
	lvm_free(inspection->lvm);
	ldm_free(inspection->ldm);
}
