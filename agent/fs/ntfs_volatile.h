/*
 * Files of NTFS whose content belongs to the running Windows alone: the page file, the hibernated memory, the swap file
 * of apps, and what shadow copies have kept of the past. A copy that starts elsewhere makes them anew.
 */
#ifndef SMA_FS_NTFS_VOLATILE_H
#define SMA_FS_NTFS_VOLATILE_H

#include "ntfs_record.h"

/* Runs of clusters, in no order. */
struct ntfs_volatile {
	struct ntfs_run *runs;
	uint32_t count;
};

/*
 * Finds them through the root directory. A file counts only when its directory entry and its record agree on what it
 * is; everything else, and whatever cannot be read, is left alone. `out->runs` is the caller's to free.
 */
void ntfs_find_volatile(const struct reader *view, const struct ntfs_geometry *geometry, const struct ntfs_data *mft,
			struct ntfs_volatile *out);

#endif
