#ifndef SMA_COMPRESS_H
#define SMA_COMPRESS_H

/* zstd for one thread: a context that is used again for every chunk and stays within a given amount of memory. */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct compressor;

/* For chunks of `chunk_size` bytes, with about `memory` bytes for tables at whatever level. NULL: out of memory. */
struct compressor *compressor_new(uint32_t chunk_size, size_t memory);
void compressor_free(struct compressor *compressor);

/* Bytes that its tables take now. */
size_t compressor_memory(const struct compressor *compressor);

/*
 * Compresses into `out`. Returns the length, or 0 when the result would not be worth it (less than a thirty-second
 * saved): the chunk then goes as it is. A sample of it is tried first, so that such a chunk costs next to nothing.
 */
size_t compressor_run(struct compressor *compressor, int level, const uint8_t *bytes, size_t length, uint8_t *out);

#endif
