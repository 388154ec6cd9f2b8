/*
 * LVM2: physical volumes among what was inspected, and the volume groups that their metadata describe.
 */
#ifndef SMA_INSPECT_LVM_H
#define SMA_INSPECT_LVM_H

#include <stdbool.h>
#include <stdint.h>

#include "../fs/reader.h"
#include "json.h"

struct lvm_set;

struct lvm_set *lvm_new(void);
void lvm_free(struct lvm_set *set);

/*
 * Registers what was recognised as a physical volume and reads its label and metadata. `name` is for the report, e.g.
 * `/dev/sda, partition 2`; `view` must outlive the set. Returns 0, or -1 when memory is short; damage is reported.
 */
int lvm_add(struct lvm_set *set, const char *device, int64_t partition, const struct reader *view);

/* Writes the array of volume groups, each with what is inside its volumes. Returns 0, or -1 when memory is short. */
int lvm_write(struct lvm_set *set, struct json *json);

#endif
