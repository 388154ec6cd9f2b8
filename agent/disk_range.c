#include "disk_range.h"

const void *disk_range_at(const void *ranges, size_t count, size_t stride, uint64_t offset, uint64_t size,
			  uint64_t *run)
{
	*run = size - offset;
	for (size_t i = 0; i < count; i++) {
		const void *at = (const uint8_t *)ranges + i * stride;
		const struct disk_range *range = at;

		if (range->length == 0)
			continue;
		if (range->offset > offset) {
			*run = range->offset - offset;
			break;
		}
		if (offset - range->offset < range->length) {
			*run = range->length - (offset - range->offset);
			return at;
		}
	}
	return NULL;
}
