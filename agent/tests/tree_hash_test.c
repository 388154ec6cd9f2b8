#include "check.h"

#include <inttypes.h>
#include <stdlib.h>

#include "../tree_hash.h"
#include "../wire.h"

/* Fills a chunk of the disk that `generator` of test/vectors describes. */
static void generate(const char *generator, uint64_t offset, uint8_t *out, size_t length)
{
	memset(out, 0, length);
	if (strcmp(generator, "zero") == 0)
		return;
	for (size_t at = 0; at < length; at += 8) {
		uint8_t number[8];

		wire_put64(number, (offset + at) / 8);
		memcpy(out + at, number, length - at < 8 ? length - at : 8);
	}
}

static void tree_hash_of(const char *generator, uint64_t size, uint32_t chunk_size, char hex[65])
{
	struct hasher *hasher = hasher_new();
	uint64_t chunks = chunks_of(size, chunk_size);
	uint8_t *groups = calloc(groups_of(chunks), HASH_SIZE), *leaves = malloc(GROUP_CHUNKS * HASH_SIZE);
	uint8_t *chunk = malloc(chunk_size), root[HASH_SIZE];

	for (uint64_t i = 0; i < chunks; i++) {
		uint32_t length = chunk_length(size, chunk_size, i);

		generate(generator, i * chunk_size, chunk, length);
		CHECK(hash_leaf(hasher, chunk, length, leaves + i % GROUP_CHUNKS * HASH_SIZE));
		if (i % GROUP_CHUNKS == GROUP_CHUNKS - 1 || i == chunks - 1)
			CHECK(hash_group(hasher, leaves, i % GROUP_CHUNKS + 1, groups + i / GROUP_CHUNKS * HASH_SIZE));
	}
	CHECK(hash_root(hasher, size, chunk_size, groups, groups_of(chunks), root));
	for (size_t i = 0; i < HASH_SIZE; i++)
		snprintf(hex + 2 * i, 3, "%02x", root[i]);
	free(groups);
	free(leaves);
	free(chunk);
	hasher_free(hasher);
}

TEST("hashes two leaves at once as it hashes each alone, whatever their length")
{
	struct hasher *hasher = hasher_new();
	uint8_t bytes[2 * 400], one[HASH_SIZE], other[HASH_SIZE], first[HASH_SIZE], second[HASH_SIZE];

	for (size_t i = 0; i < sizeof bytes; i++)
		bytes[i] = (uint8_t)(i * 131 + i / 7);
	for (size_t length = 0; length <= 300; length++) {
		/* At odd places too. */
		const uint8_t *a = bytes + length % 3, *b = bytes + 401 + length % 5;

		CHECK(hash_two_leaves(hasher, a, b, length, first, second));
		CHECK(hash_leaf(hasher, a, length, one) && hash_leaf(hasher, b, length, other));
		CHECK(memcmp(first, one, HASH_SIZE) == 0 && memcmp(second, other, HASH_SIZE) == 0);
	}
	hasher_free(hasher);
}

TEST("computes the tree hashes of the golden vectors")
{
	const char *path = getenv("SMA_TREE_HASH_VECTORS");
	FILE *file = path == NULL ? NULL : fopen(path, "r");
	char name[64], generator[16], want[65], have[65];
	uint64_t size;
	uint32_t chunk_size;
	int cases = 0;

	CHECK(file != NULL);
	while (file != NULL && fscanf(file, "%63s %" SCNu64 " %" SCNu32 " %15s %64s", name, &size, &chunk_size,
				      generator, want) == 5) {
		tree_hash_of(generator, size, chunk_size, have);
		if (strcmp(have, want) != 0)
			printf("    %s:\n", name);
		CHECK_TEXT(have, want);
		cases++;
	}
	CHECK(cases >= 10);
	if (file != NULL)
		fclose(file);
}

TEST("the leaf of zeros is the hash of that many zeros, whatever the length")
{
	static const size_t lengths[] = {1, 511, 512, 4095, 4096, 4097, 65536, 100000};
	static const uint8_t zeros[100000];
	struct hasher *hasher = hasher_new();
	uint8_t have[HASH_SIZE], want[HASH_SIZE];

	for (size_t i = 0; i < sizeof lengths / sizeof *lengths; i++) {
		CHECK(hash_zeros(hasher, lengths[i], have) && hash_leaf(hasher, zeros, lengths[i], want));
		CHECK(memcmp(have, want, HASH_SIZE) == 0);
	}
	hasher_free(hasher);
}

TEST("sees a single set bit anywhere in a chunk, at any length and alignment")
{
	static const size_t lengths[] = {0, 1, 7, 63, 64, 65, 127, 128, 511, 4096};
	uint8_t bytes[4096 + 8];

	for (size_t i = 0; i < sizeof lengths / sizeof *lengths; i++) {
		for (size_t shift = 0; shift < 8; shift++) {
			memset(bytes, 0xff, sizeof bytes);
			memset(bytes + shift, 0, lengths[i]);
			CHECK(is_all_zero(bytes + shift, lengths[i]));
			for (size_t at = 0; at < lengths[i]; at++) {
				bytes[shift + at] = (uint8_t)(1u << (at % 8));
				CHECK(!is_all_zero(bytes + shift, lengths[i]));
				bytes[shift + at] = 0;
			}
		}
	}
}

TEST("counts chunks and groups of disks up to the largest size without overflow")
{
	const uint64_t largest = UINT64_C(9007199254740991);

	CHECK_NUMBER(chunks_of(1, 65536), 1);
	CHECK_NUMBER(chunks_of(65536, 65536), 1);
	CHECK_NUMBER(chunks_of(65537, 65536), 2);
	CHECK_NUMBER(chunks_of(largest, 65536), UINT64_C(137438953472));
	CHECK_NUMBER(chunk_length(largest, 65536, UINT64_C(137438953471)), 65535);
	CHECK_NUMBER(groups_of(1024), 1);
	CHECK_NUMBER(groups_of(1025), 2);
}
