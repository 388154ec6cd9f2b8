#include "system_view.h"

/* Linux shows no maps of what it has mounted: those on the disks are read, after a flush. */

bool system_view_layout(const char *path, struct system_layout *out)
{
	(void)path;
	(void)out;
	return false;
}

struct system_volume *system_volume_open(const char *path, uint64_t offset, uint64_t size)
{
	(void)path;
	(void)offset;
	(void)size;
	return NULL;
}

void system_volume_close(struct system_volume *volume)
{
	(void)volume;
}

bool system_volume_is_snapshot(const struct system_volume *volume)
{
	(void)volume;
	return false;
}

bool system_volume_map(struct system_volume *volume, struct fs_system_map *out)
{
	(void)volume;
	(void)out;
	return false;
}
