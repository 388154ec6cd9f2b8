/*
 * Is there anything in an XFS log that was not replayed?
 */
#ifndef SMA_FS_XFS_LOG_H
#define SMA_FS_XFS_LOG_H

#include <stdbool.h>
#include <stdint.h>

#include "reader.h"

struct xfs_log {
	/* False where the log is on another device. */
	bool is_internal;
	/* Bytes from the filesystem's start. */
	uint64_t start;
	uint64_t length;
};

enum xfs_log_state { XFS_LOG_UNKNOWN, XFS_LOG_CLEAN, XFS_LOG_DIRTY };

enum xfs_log_state xfs_log_examine(const struct xfs_log *log, const struct reader *view);

#endif
