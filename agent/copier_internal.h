#ifndef SMA_COPIER_INTERNAL_H
#define SMA_COPIER_INTERNAL_H

/* What copier.c and copier_read.c share. */

#include "compress.h"
#include "pipeline_internal.h"

/* A chunk in a copier's hands. */
struct held {
	struct buffer *raw; /* NULL: there is none, or it has left */
	struct chunk_work work;
	size_t read_bytes;
	bool unreadable;
	bool read_failed; /* and it must not */
	uint8_t leaf[HASH_SIZE];
	enum chunk_outcome outcome;
};

/* A copier's own things; only its thread touches them. */
struct hands {
	struct pipeline *p;
	struct hasher *hasher;
	struct compressor *compressor;
	struct buffer *spare; /* for what compression makes */
	uint8_t zero_leaf[HASH_SIZE]; /* of a whole chunk */
	struct held held[MOST_HELD];
	unsigned count; /* of chunks at hand */
	struct held *reading;
	uint64_t reading_us;
	uint16_t disk;
	uint32_t pass;
	uint8_t codec;
	int level;
};

/* What the session is to tell: waits for a place. Never with the lock held. */
void copier_add_notice(struct pipeline *p, const struct read_notice *notice);
/* Reads the chunk with what nobody uses as zeros. False: the pipeline has failed. */
bool copier_read(struct hands *h, struct held *held);

#endif
