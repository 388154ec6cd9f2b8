/*
 * The records (VBLKs) of an LDM database.
 */
#ifndef SMA_INSPECT_LDM_RECORD_H
#define SMA_INSPECT_LDM_RECORD_H

#include <stddef.h>
#include <stdint.h>

#include "ldm_database.h"

/*
 * Parses one whole record, from its status field on, into `database`. Returns 1 when it was taken, 0 when it is of no
 * use (empty, unknown or damaged: counted in `unreadable`), -1 when memory is short.
 */
int ldm_parse_record(const uint8_t *record, size_t length, struct ldm_database *database);

#endif
