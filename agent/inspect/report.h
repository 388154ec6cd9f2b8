/*
 * The whole of inspect on readers: what main and the fuzzer share.
 */
#ifndef SMA_INSPECT_REPORT_H
#define SMA_INSPECT_REPORT_H

#include <stddef.h>
#include <stdio.h>

#include "examine.h"

/*
 * Writes one JSON document about all devices, which are looked at together: volume groups and disk groups may span
 * them. Returns 0, or -1 when memory is short, the document is then incomplete.
 */
int inspect_report(const struct inspected_device *devices, size_t count, FILE *out);

#endif
