#include "tree_hash.h"

#include <openssl/evp.h>
#include <string.h>

#include "sha256_pair.h"
#include "wire.h"

struct hasher {
	EVP_MD_CTX *context;
	EVP_MD *sha256;
	bool has_pair;
};

struct hasher *hasher_new(void)
{
	struct hasher *hasher = OPENSSL_zalloc(sizeof *hasher);

	if (hasher == NULL)
		return NULL;
	hasher->context = EVP_MD_CTX_new();
	/* Fetched once: looking it up by name for every chunk costs more than hashing a small one. */
	hasher->sha256 = EVP_MD_fetch(NULL, "SHA256", NULL);
	if (hasher->context == NULL || hasher->sha256 == NULL) {
		hasher_free(hasher);
		return NULL;
	}
	hasher->has_pair = sha256_pair_available();
	return hasher;
}

void hasher_free(struct hasher *hasher)
{
	if (hasher == NULL)
		return;
	EVP_MD_CTX_free(hasher->context);
	EVP_MD_free(hasher->sha256);
	OPENSSL_free(hasher);
}

/* SHA-256 of `head` and `bytes` one after the other. */
static bool hash_two(struct hasher *hasher, const uint8_t *head, size_t head_length, const uint8_t *bytes,
		     size_t length, uint8_t out[HASH_SIZE])
{
	return EVP_DigestInit_ex2(hasher->context, hasher->sha256, NULL) == 1 &&
	       EVP_DigestUpdate(hasher->context, head, head_length) == 1 &&
	       EVP_DigestUpdate(hasher->context, bytes, length) == 1 &&
	       EVP_DigestFinal_ex(hasher->context, out, NULL) == 1;
}

bool hash_leaf(struct hasher *hasher, const uint8_t *bytes, size_t length, uint8_t out[HASH_SIZE])
{
	return hash_two(hasher, NULL, 0, bytes, length, out);
}

bool hash_two_leaves(struct hasher *hasher, const uint8_t *first, const uint8_t *second, size_t length,
		     uint8_t out_first[HASH_SIZE], uint8_t out_second[HASH_SIZE])
{
	if (!hasher->has_pair)
		return hash_leaf(hasher, first, length, out_first) && hash_leaf(hasher, second, length, out_second);
	sha256_pair(first, second, length, out_first, out_second);
	return true;
}

bool hash_zeros(struct hasher *hasher, size_t length, uint8_t out[HASH_SIZE])
{
	static const uint8_t zeros[4096];

	if (EVP_DigestInit_ex2(hasher->context, hasher->sha256, NULL) != 1)
		return false;
	for (size_t at = 0; at < length; at += sizeof zeros) {
		size_t n = length - at < sizeof zeros ? length - at : sizeof zeros;

		if (EVP_DigestUpdate(hasher->context, zeros, n) != 1)
			return false;
	}
	return EVP_DigestFinal_ex(hasher->context, out, NULL) == 1;
}

bool hash_group(struct hasher *hasher, const uint8_t *leaves, size_t count, uint8_t out[HASH_SIZE])
{
	static const uint8_t mark = 1;

	return hash_two(hasher, &mark, 1, leaves, count * HASH_SIZE, out);
}

bool hash_root(struct hasher *hasher, uint64_t size, uint32_t chunk_size, const uint8_t *groups, size_t count,
	       uint8_t out[HASH_SIZE])
{
	uint8_t head[13] = {2};

	wire_put64(head + 1, size);
	wire_put32(head + 9, chunk_size);
	return hash_two(hasher, head, sizeof head, groups, count * HASH_SIZE, out);
}

uint64_t chunks_of(uint64_t size, uint32_t chunk_size)
{
	return size / chunk_size + (size % chunk_size != 0);
}

uint64_t groups_of(uint64_t chunks)
{
	return chunks / GROUP_CHUNKS + (chunks % GROUP_CHUNKS != 0);
}

uint32_t chunk_length(uint64_t size, uint32_t chunk_size, uint64_t index)
{
	uint64_t rest = size - index * chunk_size;

	return rest < chunk_size ? (uint32_t)rest : chunk_size;
}

bool is_all_zero(const uint8_t *bytes, size_t length)
{
	size_t at = 0;

	/* Runs at memory speed, and ends at once on data. */
	for (; length - at >= 64; at += 64) {
		uint64_t word[8];

		memcpy(word, bytes + at, sizeof word);
		if ((word[0] | word[1] | word[2] | word[3] | word[4] | word[5] | word[6] | word[7]) != 0)
			return false;
	}
	for (; at < length; at++)
		if (bytes[at] != 0)
			return false;
	return true;
}
