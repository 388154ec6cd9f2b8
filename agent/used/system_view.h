/* Asking the system about disks that it has mounted; only Windows tells. */
#ifndef SMA_USED_SYSTEM_VIEW_H
#define SMA_USED_SYSTEM_VIEW_H

#include "system_map.h"

/* The partitions that the system sees on a whole disk; false when it does not tell. */
bool system_view_layout(const char *path, struct system_layout *out);

/* The mounted volume that makes up [offset, offset + size) of a disk, or its snapshot where the disk is read from one. */
struct system_volume;

/* NULL when there is none. */
struct system_volume *system_volume_open(const char *path, uint64_t offset, uint64_t size);
void system_volume_close(struct system_volume *volume);
/* A snapshot holds still; a volume in use does not. */
bool system_volume_is_snapshot(const struct system_volume *volume);
/* False when the system does not know it as NTFS. `out` is valid as long as the volume is open. */
bool system_volume_map(struct system_volume *volume, struct fs_system_map *out);

#endif
