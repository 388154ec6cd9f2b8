/*
 * The whole of inspect on readers: what main and the fuzzer share.
 */
#ifndef SMA_INSPECT_REPORT_H
#define SMA_INSPECT_REPORT_H

#include <stddef.h>
#include <stdio.h>

#include "../fs/reader.h"

struct inspected_device {
	/* As the caller named it. */
	const char *path;
	/* NULL where it could not be opened; `error` says why. */
	const struct reader *reader;
	const char *error;
};

/*
 * Writes one JSON document about all devices, which are looked at together: volume groups and disk groups may span
 * them. Returns 0, or -1 when memory is short, the document is then incomplete.
 */
int inspect_report(const struct inspected_device *devices, size_t count, FILE *out);

#endif
