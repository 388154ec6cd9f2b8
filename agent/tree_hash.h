#ifndef SMA_TREE_HASH_H
#define SMA_TREE_HASH_H

/* The proof of equality: leaf (a chunk), group (1,024 leaves), root. docs/PROTOCOL.md, "Tree hash". */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "frame.h"

enum { GROUP_CHUNKS = 1024 };

/* A reusable SHA-256 context; one per thread. */
struct hasher;

struct hasher *hasher_new(void);
void hasher_free(struct hasher *hasher);

/* False only when the library fails (out of memory). */
bool hash_leaf(struct hasher *hasher, const uint8_t *bytes, size_t length, uint8_t out[HASH_SIZE]);
/* Two leaves of the same length at once: on most processors little slower than one. */
bool hash_two_leaves(struct hasher *hasher, const uint8_t *first, const uint8_t *second, size_t length,
		     uint8_t out_first[HASH_SIZE], uint8_t out_second[HASH_SIZE]);
/* The leaf of `length` zeros. */
bool hash_zeros(struct hasher *hasher, size_t length, uint8_t out[HASH_SIZE]);
/* `leaves` are `count` hashes in a row. */
bool hash_group(struct hasher *hasher, const uint8_t *leaves, size_t count, uint8_t out[HASH_SIZE]);
/* `groups` are all group hashes of the disk in a row. */
bool hash_root(struct hasher *hasher, uint64_t size, uint32_t chunk_size, const uint8_t *groups, size_t count,
	       uint8_t out[HASH_SIZE]);

/* How many chunks and groups a disk has; its last ones may be short. */
uint64_t chunks_of(uint64_t size, uint32_t chunk_size);
uint64_t groups_of(uint64_t chunks);
/* Bytes in a chunk of the disk; `index` is one of its chunks. */
uint32_t chunk_length(uint64_t size, uint32_t chunk_size, uint64_t index);

bool is_all_zero(const uint8_t *bytes, size_t length);

#endif
