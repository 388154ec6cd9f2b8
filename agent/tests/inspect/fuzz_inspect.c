/*
 * libFuzzer's target: the whole of inspect on an image in memory. The first byte says into how many disks the rest is
 * cut, so that volume groups and disk groups over several disks are reached too. Every filesystem's used ranges are
 * walked as well. Without libFuzzer, mutate.c calls this in a loop.
 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include "../../fs/fs.h"
#include "../../inspect/report.h"

enum { MAX_DISKS = 3 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Ranges ascend, do not touch, and stay inside: anything else is a bug whatever the image says. */
static void walk(const struct reader *disk, unsigned flags)
{
	struct fs *fs = fs_open(disk, 0, disk->size, flags);
	if (fs == NULL)
		return;
	struct fs_range range;
	uint64_t end = 0;
	for (bool is_first = true; fs_used_next(fs, &range) == 1; is_first = false) {
		if (range.length == 0 || range.start > disk->size || range.length > disk->size - range.start ||
		    (!is_first && range.start <= end))
			abort();
		end = range.start + range.length;
	}
	fs_close(fs);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static FILE *nowhere;
	struct reader disks[MAX_DISKS];
	struct inspected_device devices[MAX_DISKS];
	if (nowhere == NULL)
		nowhere = fopen("/dev/null", "w");
	if (size < 2 || nowhere == NULL)
		return 0;
	const size_t count = 1 + data[0] % MAX_DISKS;
	const size_t each = (size - 1) / count;
	for (size_t i = 0; i < count; i++) {
		disks[i] = reader_memory(data + 1 + i * each, each);
		devices[i] = (struct inspected_device){"disk", &disks[i], NULL};
		walk(&disks[i], 0);
		walk(&disks[i], FS_TRUST_MAPS | FS_LEAVE_OUT_VOLATILE);
	}
	inspect_report(devices, count, nowhere);
	return 0;
}
