#include "reader.h"

#include <string.h>

#include "bytes.h"

int reader_read(const struct reader *reader, uint64_t offset, void *buffer, size_t length)
{
	if (!range_within(offset, length, reader->size))
		return -1;
	if (length == 0)
		return 0;
	return reader->read(reader, offset, buffer, length);
}

static int read_slice(const struct reader *self, uint64_t offset, void *buffer, size_t length)
{
	return reader_read(self->context, self->base + offset, buffer, length);
}

struct reader reader_slice(const struct reader *of, uint64_t offset, uint64_t size)
{
	struct reader slice = {read_slice, 0, of->sector_size, of, offset};
	if (offset < of->size)
		slice.size = size < of->size - offset ? size : of->size - offset;
	return slice;
}

static int read_memory(const struct reader *self, uint64_t offset, void *buffer, size_t length)
{
	memcpy(buffer, (const uint8_t *)self->context + offset, length);
	return 0;
}

struct reader reader_memory(const void *bytes, uint64_t size)
{
	return (struct reader){read_memory, size, 512, bytes, 0};
}
