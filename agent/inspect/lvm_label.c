/*
 * Layout: the LVM2 on-disk format as libblkid and the "LVM2 metadata format" notes of libvslvm describe it: a label
 * in one of the first four sectors, a header with lists of data and metadata areas, in each metadata area a header
 * and a ring of text.
 */
#include "lvm_label.h"

#include <stdlib.h>
#include <string.h>

#include "../fs/bytes.h"
#include "checksum.h"

enum {
	SECTOR = 512,
	LABEL_SECTORS = 4,
	AREA_HEADER = 512,
	MAX_AREAS = 8,
	/* Text that is longer is not read: the parser would refuse it. */
	MAX_TEXT = 8 << 20,
	LOCATION_IGNORED = 0x1,
};

void lvm_id_text(const uint8_t *id, char out[LVM_ID_TEXT])
{
	/* Groups of 6, 4, 4, 4, 4, 4, 6. */
	size_t used = 0;
	for (unsigned i = 0; i < LVM_ID_LENGTH; i++) {
		if (i == 6 || (i > 6 && i < 30 && (i - 6) % 4 == 0))
			out[used++] = '-';
		out[used++] = id[i] > 0x20 && id[i] < 0x7f ? (char)id[i] : '?';
	}
	out[used] = '\0';
}

/* The text of one area: NULL when damaged or unused. *has_memory becomes false when memory is short. */
static struct lvm_tree *read_area(const struct reader *view, uint64_t start, uint64_t size, bool *is_used,
				  bool *has_memory)
{
	static const uint8_t magic[16] = " LVM2 x[5A%r0N*>";
	uint8_t header[AREA_HEADER];
	*is_used = false;
	if (size <= AREA_HEADER || !range_within(start, size, view->size) ||
	    reader_read(view, start, header, sizeof header) != 0)
		return NULL;
	*is_used = true;
	if (memcmp(header + 4, magic, sizeof magic) != 0 ||
	    crc32_continue(LVM_CRC_START, header + 4, sizeof header - 4) != le32_at(header))
		return NULL;
	const uint8_t *location = header + 40;
	const uint64_t offset = le64_at(location), length = le64_at(location + 8);
	const uint32_t checksum = le32_at(location + 16);
	if (offset == 0 || (le32_at(location + 20) & LOCATION_IGNORED) != 0) {
		*is_used = false;
		return NULL;
	}
	if (length == 0 || length > MAX_TEXT || offset < AREA_HEADER || offset >= size || length > size - AREA_HEADER)
		return NULL;
	char *text = malloc((size_t)length);
	if (text == NULL) {
		*has_memory = false;
		return NULL;
	}
	/* What does not fit before the area's end goes on behind its header. */
	const uint64_t first = length < size - offset ? length : size - offset;
	struct lvm_tree *tree = NULL;
	if (reader_read(view, start + offset, text, (size_t)first) == 0 &&
	    reader_read(view, start + AREA_HEADER, text + first, (size_t)(length - first)) == 0 &&
	    crc32_continue(LVM_CRC_START, (const uint8_t *)text, (size_t)length) == checksum)
		tree = lvm_parse(text, (size_t)length);
	free(text);
	return tree;
}

static uint64_t sequence_of(const struct lvm_tree *tree)
{
	uint64_t sequence = 0;
	for (const struct lvm_node *node = lvm_root(tree)->children; node != NULL; node = node->next) {
		if (node->is_section && lvm_find_number(node, "seqno", &sequence))
			break;
	}
	return sequence;
}

static int read_areas(const struct reader *view, const uint8_t *sector, uint32_t at, struct lvm_label *label)
{
	/* First the data areas, then a zero entry, then the metadata areas. */
	while (at + 16 <= SECTOR && le64_at(sector + at) != 0)
		at += 16;
	at += 16;
	for (unsigned i = 0; i < MAX_AREAS && at + 16 <= SECTOR && le64_at(sector + at) != 0; i++, at += 16) {
		bool is_used, has_memory = true;
		struct lvm_tree *tree =
			read_area(view, le64_at(sector + at), le64_at(sector + at + 8), &is_used, &has_memory);
		if (!has_memory)
			return -1;
		label->metadata_areas += is_used ? 1 : 0;
		if (tree == NULL)
			continue;
		label->valid_areas++;
		if (label->metadata != NULL && sequence_of(tree) <= sequence_of(label->metadata)) {
			lvm_tree_free(tree);
			continue;
		}
		lvm_tree_free(label->metadata);
		label->metadata = tree;
	}
	return 0;
}

int lvm_read_label(const struct reader *view, struct lvm_label *label)
{
	memset(label, 0, sizeof *label);
	for (uint64_t number = 0; number < LABEL_SECTORS; number++) {
		uint8_t sector[SECTOR];
		if (reader_read(view, number * SECTOR, sector, sizeof sector) != 0)
			return 0;
		if (memcmp(sector, "LABELONE", 8) != 0 || le64_at(sector + 8) != number ||
		    memcmp(sector + 24, "LVM2 001", 8) != 0)
			continue;
		const uint32_t header = le32_at(sector + 20);
		if (crc32_continue(LVM_CRC_START, sector + 20, SECTOR - 20) != le32_at(sector + 16) ||
		    !range_within(header, LVM_ID_LENGTH + 8, SECTOR))
			continue;
		lvm_id_text(sector + header, label->uuid);
		label->device_size = le64_at(sector + header + LVM_ID_LENGTH);
		return read_areas(view, sector, header + LVM_ID_LENGTH + 8, label) == 0 ? 1 : -1;
	}
	return 0;
}
