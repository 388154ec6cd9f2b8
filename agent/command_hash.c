#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "commands.h"
#include "disk.h"
#include "os.h"
#include "text.h"
#include "tree_hash.h"

/* `sma-agent hash`: the tree hash of one disk, for people and scripts that compare by hand. */

enum { DEFAULT_CHUNK_SIZE = 1048576, PROGRESS_EVERY_US = 500000 };

struct hashing {
	struct disk *disk;
	struct hasher *hasher;
	uint8_t *chunk, *leaves, *groups;
	uint32_t chunk_size;
	uint64_t shown_us;
};

static bool is_chunk_size(uint64_t n)
{
	return n >= CHUNK_MIN_SIZE && n <= CHUNK_MAX_SIZE && (n & (n - 1)) == 0;
}

static bool parse(int argc, char **argv, const char **path, uint32_t *chunk_size)
{
	uint64_t n = DEFAULT_CHUNK_SIZE;

	*path = NULL;
	for (int i = 1; i < argc; i++) {
		if (strcmp(argv[i], "--chunk-size") == 0 && i + 1 < argc) {
			i++;
			if (!text_to_number(argv[i], strlen(argv[i]), CHUNK_MAX_SIZE, &n) || !is_chunk_size(n))
				return false;
		} else if (argv[i][0] != '-' && *path == NULL) {
			*path = argv[i];
		} else {
			return false;
		}
	}
	*chunk_size = (uint32_t)n;
	return *path != NULL;
}

static void show_progress(struct hashing *h, uint64_t done)
{
	uint64_t now = os_now_us(), size = disk_size(h->disk);

	if (now - h->shown_us < PROGRESS_EVERY_US && done < size)
		return;
	h->shown_us = now;
	fprintf(stderr, "\r%llu of %llu MiB", (unsigned long long)(done >> 20), (unsigned long long)(size >> 20));
	if (done == size)
		fputc('\n', stderr);
}

static bool hash_disk(struct hashing *h, uint8_t root[HASH_SIZE], char *why, size_t why_capacity)
{
	uint64_t size = disk_size(h->disk);
	uint64_t chunks = chunks_of(size, h->chunk_size);
	bool tty = isatty(2) == 1;

	for (uint64_t i = 0; i < chunks; i++) {
		uint32_t length = chunk_length(size, h->chunk_size, i);
		uint64_t in_group = i % GROUP_CHUNKS;

		if (disk_read(h->disk, i * h->chunk_size, h->chunk, length, why, why_capacity) != DISK_OK)
			return false;
		if (!hash_leaf(h->hasher, h->chunk, length, h->leaves + in_group * HASH_SIZE))
			return false;
		if ((in_group == GROUP_CHUNKS - 1 || i == chunks - 1) &&
		    !hash_group(h->hasher, h->leaves, (size_t)in_group + 1, h->groups + i / GROUP_CHUNKS * HASH_SIZE))
			return false;
		if (tty)
			show_progress(h, i * h->chunk_size + length);
	}
	return hash_root(h->hasher, size, h->chunk_size, h->groups, (size_t)groups_of(chunks), root);
}

int command_hash(int argc, char **argv)
{
	struct hashing h = {0};
	const char *path;
	uint8_t root[HASH_SIZE];
	char why[160], hex[2 * HASH_SIZE + 1];
	struct text_buffer text;
	int code = EXIT_FAILED;

	if (!parse(argc, argv, &path, &h.chunk_size)) {
		fputs("usage: sma-agent hash DEVICE [--chunk-size N]\n"
		      "N is a power of two from 65536 to 4194304; without it 1048576\n",
		      stderr);
		return EXIT_USAGE;
	}
	if (disk_open(path, &h.disk, why, sizeof why) != DISK_OK)
		goto out;
	snprintf(why, sizeof why, "out of memory");
	h.hasher = hasher_new();
	h.chunk = os_page_alloc(h.chunk_size);
	h.leaves = malloc(GROUP_CHUNKS * HASH_SIZE);
	h.groups = calloc((size_t)groups_of(chunks_of(disk_size(h.disk), h.chunk_size)), HASH_SIZE);
	if (h.hasher == NULL || h.chunk == NULL || h.leaves == NULL || h.groups == NULL)
		goto out;
	if (!hash_disk(&h, root, why, sizeof why))
		goto out;
	text_start(&text, hex, sizeof hex);
	text_add_hex(&text, root, HASH_SIZE);
	puts(hex);
	code = EXIT_DONE;
out:
	if (code != EXIT_DONE)
		fprintf(stderr, "error: %s: %s\n", path, why);
	hasher_free(h.hasher);
	os_page_free(h.chunk, h.chunk_size);
	free(h.leaves);
	free(h.groups);
	disk_close(h.disk);
	return code;
}
