/*
 * Linux swap, versions 0 and 1: only the first page has meaning for a copy. Pages may have 4 to 64 KiB and numbers
 * either byte order. A suspended system's image has another signature and is not taken for swap here.
 */
#include <stdlib.h>
#include <string.h>

#include "bytes.h"
#include "driver.h"

enum {
	MIN_PAGE = 4096,
	MAX_PAGE = 65536,
	SIGNATURE_SIZE = 10,
	HEADER_OFFSET = 1024,
};

struct swap {
	uint32_t page_size;
	uint64_t pages;
	bool given;
};

/* Version 0 has no length: its first page is a map of the good pages, the signature at its end. */
static uint64_t pages_of_version_0(const struct reader *view, uint32_t page_size)
{
	return view->size / page_size;
}

static uint64_t pages_of_version_1(const uint8_t *header)
{
	if (le32_at(header) == 1)
		return (uint64_t)le32_at(header + 4) + 1;
	if (be32_at(header) == 1)
		return (uint64_t)be32_at(header + 4) + 1;
	return 0;
}

static void *swap_open(const struct reader *view)
{
	for (uint32_t page_size = MIN_PAGE; page_size <= MAX_PAGE; page_size *= 2) {
		uint8_t signature[SIGNATURE_SIZE], header[8];
		if (reader_read(view, page_size - SIGNATURE_SIZE, signature, sizeof signature) != 0 ||
		    reader_read(view, HEADER_OFFSET, header, sizeof header) != 0)
			return NULL;
		uint64_t pages = 0;
		if (memcmp(signature, "SWAP-SPACE", sizeof signature) == 0)
			pages = pages_of_version_0(view, page_size);
		else if (memcmp(signature, "SWAPSPACE2", sizeof signature) == 0)
			pages = pages_of_version_1(header);
		if (pages < 2)
			continue;
		struct swap *swap = calloc(1, sizeof *swap);
		if (swap != NULL) {
			swap->page_size = page_size;
			swap->pages = pages;
		}
		return swap;
	}
	return NULL;
}

static void swap_close(void *own)
{
	free(own);
}

static int swap_counts(void *own, const struct reader *view, struct fs_counts *counts)
{
	const struct swap *swap = own;
	(void)view;
	counts->block_size = swap->page_size;
	counts->total_blocks = swap->pages;
	counts->size_bytes = swap->pages * swap->page_size;
	return 0;
}

static int swap_next(void *own, const struct reader *view, struct fs_range *piece)
{
	struct swap *swap = own;
	(void)view;
	if (swap->given)
		return 0;
	swap->given = true;
	*piece = (struct fs_range){0, swap->page_size};
	return 1;
}

static void swap_rewind(void *own)
{
	((struct swap *)own)->given = false;
}

const struct fs_driver swap_driver = {"swap", swap_open, swap_close, swap_counts, swap_next, swap_rewind, NULL};
