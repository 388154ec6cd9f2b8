#include "fs.h"

#include <stdlib.h>

#include "bytes.h"
#include "driver.h"

static const struct fs_driver *const drivers[] = {
	&ext_driver, &xfs_driver, &ntfs_driver, &exfat_driver, &fat_driver, &btrfs_driver, &swap_driver,
};

enum walk { WALK_PIECES, WALK_TAIL, WALK_END, WALK_FAILED };

struct fs {
	const struct fs_driver *driver;
	void *own;
	/* The filesystem's part of the disk, and how long that was asked to be. */
	struct reader view;
	uint64_t size;
	unsigned flags;
	/* Known after the first walk began. */
	bool has_walk_limits;
	bool give_everything;
	uint64_t end_of_fs;
	enum walk walk;
	bool has_pending;
	struct fs_range pending;
};

struct fs *fs_open(const struct reader *disk, uint64_t offset, uint64_t size, unsigned flags)
{
	struct fs *fs = calloc(1, sizeof *fs);
	if (fs == NULL)
		return NULL;
	fs->view = reader_slice(disk, offset, size);
	fs->size = size;
	fs->flags = flags;
	for (size_t i = 0; i < sizeof drivers / sizeof drivers[0]; i++) {
		fs->own = drivers[i]->open(&fs->view);
		if (fs->own != NULL) {
			fs->driver = drivers[i];
			if (fs->driver == &ntfs_driver && (flags & FS_LEAVE_OUT_VOLATILE) != 0)
				ntfs_leave_out_volatile(fs->own, &fs->view);
			return fs;
		}
	}
	free(fs);
	return NULL;
}

void fs_close(struct fs *fs)
{
	if (fs == NULL)
		return;
	fs->driver->close(fs->own);
	free(fs);
}

bool fs_use_system_map(struct fs *fs, const struct fs_system_map *map)
{
	if (fs->driver != &ntfs_driver || !ntfs_use_system_map(fs->own, map))
		return false;
	fs->flags |= FS_TRUST_MAPS;
	return true;
}

uint64_t fs_map_differences(const struct fs *fs)
{
	return fs->driver == &ntfs_driver ? ntfs_map_differences(fs->own) : 0;
}

uint64_t fs_doubted(const struct fs *fs)
{
	return fs->driver->doubted == NULL ? 0 : fs->driver->doubted(fs->own);
}

const char *fs_family(const struct fs *fs)
{
	return fs->driver->family;
}

int fs_counts(struct fs *fs, struct fs_counts *counts)
{
	*counts = (struct fs_counts){.source = FS_COUNT_UNKNOWN, .devices = 1};
	if (fs->driver->counts(fs->own, &fs->view, counts) != 0)
		return -1;
	if (counts->source != FS_COUNT_UNKNOWN && counts->used_blocks > counts->total_blocks)
		counts->source = FS_COUNT_UNKNOWN;
	return 0;
}

void fs_used_rewind(struct fs *fs)
{
	fs->driver->rewind(fs->own);
	fs->walk = WALK_PIECES;
	fs->has_pending = false;
}

static void set_walk_limits(struct fs *fs)
{
	struct fs_counts counts;
	fs->has_walk_limits = true;
	fs->give_everything = true;
	if (fs_counts(fs, &counts) != 0)
		return;
	fs->end_of_fs = counts.size_bytes;
	/* Cut off, or spread over devices that are not here: its maps speak of more than this. */
	fs->give_everything = counts.size_bytes > fs->view.size || counts.devices > 1 ||
			      counts.distrust != NULL ||
			      (counts.needs_replay && !counts.replay_in_maps && (fs->flags & FS_TRUST_MAPS) == 0);
}

/* The next piece in order, the room behind the filesystem's end included. Same results as fs_driver.next. */
static int next_piece(struct fs *fs, struct fs_range *piece)
{
	if (fs->walk == WALK_PIECES) {
		int more = fs->driver->next(fs->own, &fs->view, piece);
		if (more != 0)
			return more;
		fs->walk = WALK_TAIL;
	}
	if (fs->walk == WALK_TAIL) {
		fs->walk = WALK_END;
		*piece = (struct fs_range){fs->end_of_fs, fs->size - fs->end_of_fs};
		return piece->length > 0 ? 1 : 0;
	}
	return 0;
}

int fs_used_next(struct fs *fs, struct fs_range *range)
{
	if (!fs->has_walk_limits)
		set_walk_limits(fs);
	if (fs->walk == WALK_FAILED)
		return -1;
	if (fs->give_everything) {
		*range = (struct fs_range){0, fs->size};
		if (fs->walk == WALK_END || fs->size == 0)
			return 0;
		fs->walk = WALK_END;
		return 1;
	}
	struct fs_range piece;
	int more;
	while ((more = next_piece(fs, &piece)) == 1) {
		if (piece.start >= fs->size || piece.length == 0)
			continue;
		if (piece.length > fs->size - piece.start)
			piece.length = fs->size - piece.start;
		if (!fs->has_pending) {
			fs->pending = piece;
			fs->has_pending = true;
			continue;
		}
		uint64_t pending_end = fs->pending.start + fs->pending.length;
		if (piece.start < fs->pending.start) {
			more = -1;
			break;
		}
		if (piece.start <= pending_end) {
			if (piece.start + piece.length > pending_end)
				fs->pending.length = piece.start + piece.length - fs->pending.start;
			continue;
		}
		*range = fs->pending;
		fs->pending = piece;
		return 1;
	}
	if (more < 0)
		fs->walk = WALK_FAILED;
	if (fs->has_pending) {
		fs->has_pending = false;
		*range = fs->pending;
		return 1;
	}
	return more;
}
