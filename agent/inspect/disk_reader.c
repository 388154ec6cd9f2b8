#include "disk_reader.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../disk.h"
#include "../os.h"

/* Half a MiB for each disk: there may be many. */
enum { BLOCK = 65536, BLOCKS = 8, PAGE = DISK_ALIGNMENT };

struct cached_block {
	/* Offset on the disk; UINT64_MAX for none. */
	uint64_t offset;
	uint64_t used_at;
	uint8_t *bytes;
};

struct disk_reader {
	/* What the reader's context, which is constant, points to: reading changes the cache. */
	struct disk_reader *self;
	struct disk *disk;
	struct reader reader;
	uint8_t *memory;
	struct cached_block *blocks;
	uint64_t clock;
};

static size_t length_at(const struct disk_reader *self, uint64_t offset, size_t wanted)
{
	return self->reader.size - offset < wanted ? (size_t)(self->reader.size - offset) : wanted;
}

static struct cached_block *oldest(const struct disk_reader *self)
{
	struct cached_block *block = &self->blocks[0];
	for (int i = 1; i < BLOCKS; i++) {
		if (self->blocks[i].used_at < block->used_at)
			block = &self->blocks[i];
	}
	return block;
}

/* The cached block at `offset`, a multiple of BLOCK; NULL when not all of it can be read. */
static const struct cached_block *block_at(struct disk_reader *self, uint64_t offset)
{
	char why[128];
	for (int i = 0; i < BLOCKS; i++) {
		if (self->blocks[i].offset == offset) {
			self->blocks[i].used_at = ++self->clock;
			return &self->blocks[i];
		}
	}
	struct cached_block *block = oldest(self);
	block->offset = UINT64_MAX;
	if (disk_read(self->disk, offset, block->bytes, length_at(self, offset, BLOCK), why, sizeof why) != DISK_OK)
		return NULL;
	block->offset = offset;
	block->used_at = ++self->clock;
	return block;
}

/* Around a bad sector: only the pages that are asked for, one at a time, into the oldest block's memory. */
static int read_pages(struct disk_reader *self, uint64_t offset, uint8_t *out, size_t length)
{
	struct cached_block *scratch = oldest(self);
	char why[128];
	scratch->offset = UINT64_MAX;
	while (length > 0) {
		const uint64_t page = offset - offset % PAGE;
		const size_t within = (size_t)(offset - page);
		const size_t part = length < PAGE - within ? length : PAGE - within;
		if (disk_read(self->disk, page, scratch->bytes, length_at(self, page, PAGE), why, sizeof why) !=
		    DISK_OK)
			return -1;
		memcpy(out, scratch->bytes + within, part);
		out += part;
		offset += part;
		length -= part;
	}
	return 0;
}

static int read_disk(const struct reader *reader, uint64_t offset, void *buffer, size_t length)
{
	struct disk_reader *self = *(struct disk_reader *const *)reader->context;
	uint8_t *out = buffer;
	while (length > 0) {
		const uint64_t start = offset - offset % BLOCK;
		const size_t within = (size_t)(offset - start);
		const size_t part = length < BLOCK - within ? length : BLOCK - within;
		const struct cached_block *block = block_at(self, start);
		if (block != NULL)
			memcpy(out, block->bytes + within, part);
		else if (read_pages(self, offset, out, part) != 0)
			return -1;
		out += part;
		offset += part;
		length -= part;
	}
	return 0;
}

struct disk_reader *disk_reader_open(const char *path, char *why, size_t why_capacity)
{
	struct disk_reader *self = calloc(1, sizeof *self);
	if (self == NULL)
		goto no_memory;
	self->blocks = calloc(BLOCKS, sizeof *self->blocks);
	self->memory = os_page_alloc((size_t)BLOCKS * BLOCK);
	if (self->blocks == NULL || self->memory == NULL)
		goto no_memory;
	for (int i = 0; i < BLOCKS; i++) {
		self->blocks[i].offset = UINT64_MAX;
		self->blocks[i].bytes = self->memory + (size_t)i * BLOCK;
	}
	if (disk_open(path, &self->disk, why, why_capacity) != DISK_OK) {
		self->disk = NULL;
		disk_reader_close(self);
		return NULL;
	}
	self->self = self;
	self->reader =
		(struct reader){read_disk, disk_size(self->disk), disk_logical_sector(self->disk), &self->self, 0};
	return self;

no_memory:
	snprintf(why, why_capacity, "out of memory");
	disk_reader_close(self);
	return NULL;
}

void disk_reader_close(struct disk_reader *self)
{
	if (self == NULL)
		return;
	if (self->disk != NULL)
		disk_close(self->disk);
	if (self->memory != NULL)
		os_page_free(self->memory, (size_t)BLOCKS * BLOCK);
	free(self->blocks);
	free(self);
}

const struct reader *disk_reader_view(struct disk_reader *self, uint32_t sector_size)
{
	if (sector_size != 0)
		self->reader.sector_size = sector_size;
	return &self->reader;
}
