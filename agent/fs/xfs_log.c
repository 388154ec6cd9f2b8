/*
 * The log is a ring of 512-byte blocks. Every block of a record starts with the number of the lap (cycle) that it was
 * written in, so the head is where the number drops. A clean unmount leaves one record with one operation, "unmount",
 * right before the head. Layout: "XFS Algorithms & Data Structures", journaling log.
 */
#include "xfs_log.h"

#include <string.h>

#include "bytes.h"

enum {
	BLOCK = 512,
	RECORD_MAGIC = 0xfeedbabe,
	VERSION_2 = 2,
	CYCLE_SIZE = 32768,
	/* Bytes of a record are at most 256 KiB, its headers at most 8 blocks. */
	MAX_RECORD_BLOCKS = 512 + 8,
	OPERATION_UNMOUNT = 0x20,
};

static int cycle_at(const struct xfs_log *log, const struct reader *view, uint64_t block, uint32_t *cycle)
{
	uint8_t bytes[8];
	if (reader_read(view, log->start + block * BLOCK, bytes, sizeof bytes) != 0)
		return -1;
	/* A record's first block has the magic number in front of the cycle. */
	*cycle = be32_at(bytes) == (uint32_t)RECORD_MAGIC ? be32_at(bytes + 4) : be32_at(bytes);
	return 0;
}

/* The first block that was not written in the latest lap. Returns -1 when the log cannot be read. */
static int find_head(const struct xfs_log *log, const struct reader *view, uint64_t blocks, uint64_t *head)
{
	uint32_t first, cycle;
	if (cycle_at(log, view, 0, &first) != 0 || cycle_at(log, view, blocks - 1, &cycle) != 0)
		return -1;
	if (first == cycle) {
		*head = blocks;
		return 0;
	}
	uint64_t low = 0, high = blocks - 1;
	while (high - low > 1) {
		const uint64_t middle = low + (high - low) / 2;
		if (cycle_at(log, view, middle, &cycle) != 0)
			return -1;
		if (cycle == first)
			low = middle;
		else
			high = middle;
	}
	*head = high;
	return 0;
}

enum xfs_log_state xfs_log_examine(const struct xfs_log *log, const struct reader *view)
{
	const uint64_t blocks = log->length / BLOCK;
	uint64_t head;
	if (!log->is_internal || blocks < 2 || find_head(log, view, blocks, &head) != 0)
		return XFS_LOG_UNKNOWN;
	uint8_t header[BLOCK];
	for (uint64_t back = 1; back <= MAX_RECORD_BLOCKS && back < blocks; back++) {
		const uint64_t at = (head + blocks - back) % blocks;
		if (reader_read(view, log->start + at * BLOCK, header, sizeof header) != 0)
			return XFS_LOG_UNKNOWN;
		if (be32_at(header) != (uint32_t)RECORD_MAGIC)
			continue;
		uint64_t header_blocks = 1;
		if ((be32_at(header + 8) & VERSION_2) != 0) {
			const uint32_t size = be32_at(header + 320);
			header_blocks = size > CYCLE_SIZE ? ((uint64_t)size + CYCLE_SIZE - 1) / CYCLE_SIZE : 1;
		}
		const uint64_t record_blocks = header_blocks + ((uint64_t)be32_at(header + 12) + BLOCK - 1) / BLOCK;
		if (be32_at(header + 40) != 1 || record_blocks != back)
			return XFS_LOG_DIRTY;
		uint8_t operation[12];
		const uint64_t body = (at + header_blocks) % blocks;
		if (reader_read(view, log->start + body * BLOCK, operation, sizeof operation) != 0)
			return XFS_LOG_UNKNOWN;
		return (operation[9] & OPERATION_UNMOUNT) != 0 ? XFS_LOG_CLEAN : XFS_LOG_DIRTY;
	}
	if (reader_read(view, log->start, header, sizeof header) != 0)
		return XFS_LOG_UNKNOWN;
	/* A log that was zeroed and never written has nothing to replay. */
	return head == blocks && all_zero(header, sizeof header) ? XFS_LOG_CLEAN : XFS_LOG_DIRTY;
}
