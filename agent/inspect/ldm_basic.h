#ifndef SMA_INSPECT_LDM_BASIC_H
#define SMA_INSPECT_LDM_BASIC_H

#include <stdbool.h>

/*
 * NULL when a dynamic volume of this type can become a basic partition on the target, its data laid one run behind the
 * other; else why not, as a code of REPORT.md. `is_whole`: all its pieces are on disks that are here, without a gap.
 */
const char *ldm_basic_obstacle(const char *type, bool is_consistent, bool is_whole);

#endif
