#include "reader.h"

#include <errno.h>
#include <sys/types.h>
#include <unistd.h>

static int read_descriptor(const struct reader *self, uint64_t offset, void *buffer, size_t length)
{
	const int descriptor = *(const int *)self->context;
	size_t done = 0;
	while (done < length) {
		ssize_t got = pread(descriptor, (uint8_t *)buffer + done, length - done, (off_t)(offset + done));
		if (got < 0 && errno == EINTR)
			continue;
		if (got <= 0)
			return -1;
		done += (size_t)got;
	}
	return 0;
}

struct reader reader_descriptor(const int *descriptor, uint64_t size, uint32_t sector_size)
{
	return (struct reader){read_descriptor, size, sector_size, descriptor, 0};
}
