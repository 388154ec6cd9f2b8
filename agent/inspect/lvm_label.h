/*
 * A physical volume's label and the metadata text behind it.
 */
#ifndef SMA_INSPECT_LVM_LABEL_H
#define SMA_INSPECT_LVM_LABEL_H

#include <stdbool.h>
#include <stdint.h>

#include "../fs/reader.h"
#include "lvm_text.h"

enum { LVM_ID_LENGTH = 32, LVM_ID_TEXT = 40 };

struct lvm_label {
	/* With its dashes. */
	char uuid[LVM_ID_TEXT];
	uint64_t device_size;
	/* Of up to two copies: how many there are, and how many have a correct checksum. */
	unsigned metadata_areas;
	unsigned valid_areas;
	/* The newest valid text; NULL where this volume carries none. The caller's to free. */
	struct lvm_tree *metadata;
};

/* Returns 1 when there is a valid label, 0 when there is none, -1 when memory is short. */
int lvm_read_label(const struct reader *view, struct lvm_label *label);

/* Makes the dashed form of 32 characters of an id. */
void lvm_id_text(const uint8_t *id, char out[LVM_ID_TEXT]);

#endif
