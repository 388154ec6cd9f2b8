#ifndef SMA_VSS_WINDOWS_H
#define SMA_VSS_WINDOWS_H

/* One conversation with the Volume Shadow Copy Service, by a thread that stays for it. */

#include <stdbool.h>
#include <stddef.h>
#include <wchar.h>

#include "disk.h"
#include "volumes_windows.h"

struct vss_snapshot {
	bool taken;
	/* The snapshot's device, such as `\\?\GLOBALROOT\Device\HarddiskVolumeShadowCopy7`. */
	wchar_t device[160];
};

struct vss;

/*
 * Makes a snapshot of each of the volumes, all at the same moment; `out` has one place for each. What goes otherwise
 * than wanted, and writers that failed, go to `note`. NULL: none was made.
 */
struct vss *vss_take(const struct volume_place *volumes, size_t count, struct vss_snapshot *out, disk_note note,
		     void *context);
/* Tells the writers that the backup is over and gives the snapshots up. */
void vss_let_go(struct vss *vss);

#endif
