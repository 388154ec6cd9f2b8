#include "disk_list.h"

void disk_list_add(struct text_buffer *out, const struct listed_disk *disk, bool is_first)
{
	text_add(out, is_first ? "{\"path\":" : ",{\"path\":");
	text_add_json(out, disk->path);
	text_addf(out, ",\"sizeBytes\":%llu,\"logicalSectorBytes\":%u,\"physicalSectorBytes\":%u,\"model\":",
		  (unsigned long long)disk->size, disk->logical_sector, disk->physical_sector);
	text_add_json(out, disk->model[0] == '\0' ? NULL : disk->model);
	text_add(out, ",\"serial\":");
	text_add_json(out, disk->serial[0] == '\0' ? NULL : disk->serial);
	text_addf(out, ",\"readOnly\":%s,\"removable\":%s}", disk->read_only ? "true" : "false",
		  disk->removable ? "true" : "false");
}
