/*
 * What fills a disk, a partition or a volume.
 */
#ifndef SMA_INSPECT_CONTENT_H
#define SMA_INSPECT_CONTENT_H

#include "../fs/fs.h"
#include "raid.h"
#include "signature.h"

enum content_kind {
	CONTENT_FILESYSTEM,
	CONTENT_SWAP,
	CONTENT_LVM_PV,
	CONTENT_RAID_MEMBER,
	CONTENT_LUKS,
	CONTENT_BCACHE,
	CONTENT_ZFS,
	CONTENT_LDM,
	CONTENT_CRYPTO,
	/* Recognised, and none of the above: an external journal, a Ceph store, … */
	CONTENT_OTHER,
	/* Something is there that nothing recognises, or several things that contradict each other. */
	CONTENT_UNKNOWN,
	/* Nothing recognised and zeros wherever it was looked: both ends and samples between. */
	CONTENT_EMPTY,
};

struct content {
	enum content_kind kind;
	struct signatures signatures;
	bool has_counts;
	struct fs_counts counts;
	bool has_raid;
	struct raid_member raid;
	/* What the array holds, where a single member shows all of it (level 1); else NULL. Owned. */
	struct content *inside;
	/* Where that is; refers to the view that was examined. */
	struct reader inside_view;
};

const char *content_kind_name(enum content_kind kind);

/* Returns 0, or -1 when memory is short; content_clear in any case. `view` must outlive the content. */
int content_examine(const struct reader *view, struct content *content);

void content_clear(struct content *content);

/* The signature that counts, or NULL. */
const struct signature *content_signature(const struct content *content);

#endif
