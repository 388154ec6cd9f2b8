#include "digests.h"

#include <string.h>

#include "bytes.h"

enum { SHA_BLOCK = 64, SHA_LENGTH_AT = 56, BLAKE_BLOCK = 128, BLAKE_ROUNDS = 12 };

static uint32_t turn32(uint32_t value, unsigned bits)
{
	return value >> bits | value << (32 - bits);
}

static void sha256_block(uint32_t state[8], const uint8_t *block)
{
	static const uint32_t constants[64] = {
		0x428a2f98, 0x71374491, 0xb5c0fbcf, 0xe9b5dba5, 0x3956c25b, 0x59f111f1, 0x923f82a4, 0xab1c5ed5,
		0xd807aa98, 0x12835b01, 0x243185be, 0x550c7dc3, 0x72be5d74, 0x80deb1fe, 0x9bdc06a7, 0xc19bf174,
		0xe49b69c1, 0xefbe4786, 0x0fc19dc6, 0x240ca1cc, 0x2de92c6f, 0x4a7484aa, 0x5cb0a9dc, 0x76f988da,
		0x983e5152, 0xa831c66d, 0xb00327c8, 0xbf597fc7, 0xc6e00bf3, 0xd5a79147, 0x06ca6351, 0x14292967,
		0x27b70a85, 0x2e1b2138, 0x4d2c6dfc, 0x53380d13, 0x650a7354, 0x766a0abb, 0x81c2c92e, 0x92722c85,
		0xa2bfe8a1, 0xa81a664b, 0xc24b8b70, 0xc76c51a3, 0xd192e819, 0xd6990624, 0xf40e3585, 0x106aa070,
		0x19a4c116, 0x1e376c08, 0x2748774c, 0x34b0bcb5, 0x391c0cb3, 0x4ed8aa4a, 0x5b9cca4f, 0x682e6ff3,
		0x748f82ee, 0x78a5636f, 0x84c87814, 0x8cc70208, 0x90befffa, 0xa4506ceb, 0xbef9a3f7, 0xc67178f2,
	};
	uint32_t words[64], s[8];
	for (int i = 0; i < 16; i++)
		words[i] = be32_at(block + 4 * i);
	for (int i = 16; i < 64; i++) {
		const uint32_t a = words[i - 15], b = words[i - 2];
		words[i] = words[i - 16] + (turn32(a, 7) ^ turn32(a, 18) ^ a >> 3) + words[i - 7] +
			   (turn32(b, 17) ^ turn32(b, 19) ^ b >> 10);
	}
	memcpy(s, state, sizeof s);
	for (int i = 0; i < 64; i++) {
		const uint32_t one = s[7] + (turn32(s[4], 6) ^ turn32(s[4], 11) ^ turn32(s[4], 25)) +
				     ((s[4] & s[5]) ^ (~s[4] & s[6])) + constants[i] + words[i];
		const uint32_t two = (turn32(s[0], 2) ^ turn32(s[0], 13) ^ turn32(s[0], 22)) +
				     ((s[0] & s[1]) ^ (s[0] & s[2]) ^ (s[1] & s[2]));
		memmove(s + 1, s, 7 * sizeof s[0]);
		s[4] += one;
		s[0] = one + two;
	}
	for (int i = 0; i < 8; i++)
		state[i] += s[i];
}

void sha256_digest(const uint8_t *bytes, size_t length, uint8_t digest[DIGEST_SIZE])
{
	uint32_t state[8] = {
		0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a,
		0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19,
	};
	uint8_t last[SHA_BLOCK] = {0};
	size_t at = 0;
	for (; length - at >= SHA_BLOCK; at += SHA_BLOCK)
		sha256_block(state, bytes + at);
	memcpy(last, bytes + at, length - at);
	last[length - at] = 0x80;
	if (length - at >= SHA_LENGTH_AT) {
		sha256_block(state, last);
		memset(last, 0, sizeof last);
	}
	for (int i = 0; i < 8; i++)
		last[SHA_LENGTH_AT + i] = (uint8_t)((uint64_t)length * 8 >> (56 - 8 * i));
	sha256_block(state, last);
	for (int i = 0; i < DIGEST_SIZE; i++)
		digest[i] = (uint8_t)(state[i / 4] >> (24 - 8 * (i % 4)));
}

static const uint64_t blake_start[8] = {
	UINT64_C(0x6a09e667f3bcc908), UINT64_C(0xbb67ae8584caa73b), UINT64_C(0x3c6ef372fe94f82b), UINT64_C(0xa54ff53a5f1d36f1),
	UINT64_C(0x510e527fade682d1), UINT64_C(0x9b05688c2b3e6c1f), UINT64_C(0x1f83d9abfb41bd6b), UINT64_C(0x5be0cd19137e2179),
};

static uint64_t turn64(uint64_t value, unsigned bits)
{
	return value >> bits | value << (64 - bits);
}

static void blake_mix(uint64_t *v, const uint8_t place[4], uint64_t x, uint64_t y)
{
	uint64_t *a = &v[place[0]], *b = &v[place[1]], *c = &v[place[2]], *d = &v[place[3]];
	*a += *b + x;
	*d = turn64(*d ^ *a, 32);
	*c += *d;
	*b = turn64(*b ^ *c, 24);
	*a += *b + y;
	*d = turn64(*d ^ *a, 16);
	*c += *d;
	*b = turn64(*b ^ *c, 63);
}

static void blake_block(uint64_t state[8], const uint8_t *block, uint64_t counted, bool is_last)
{
	static const uint8_t order[10][16] = {
		{0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15},
		{14, 10, 4, 8, 9, 15, 13, 6, 1, 12, 0, 2, 11, 7, 5, 3},
		{11, 8, 12, 0, 5, 2, 15, 13, 10, 14, 3, 6, 7, 1, 9, 4},
		{7, 9, 3, 1, 13, 12, 11, 14, 2, 6, 5, 10, 4, 0, 15, 8},
		{9, 0, 5, 7, 2, 4, 10, 15, 14, 1, 11, 12, 6, 8, 3, 13},
		{2, 12, 6, 10, 0, 11, 8, 3, 4, 13, 7, 5, 15, 14, 1, 9},
		{12, 5, 1, 15, 14, 13, 4, 10, 0, 7, 6, 3, 9, 2, 8, 11},
		{13, 11, 7, 14, 12, 1, 3, 9, 5, 0, 15, 4, 8, 6, 2, 10},
		{6, 15, 14, 9, 11, 3, 0, 8, 12, 2, 13, 7, 1, 4, 10, 5},
		{10, 2, 8, 4, 7, 6, 1, 5, 15, 11, 9, 14, 3, 12, 13, 0},
	};
	/* Columns, then diagonals. */
	static const uint8_t places[8][4] = {{0, 4, 8, 12}, {1, 5, 9, 13},  {2, 6, 10, 14}, {3, 7, 11, 15},
					     {0, 5, 10, 15}, {1, 6, 11, 12}, {2, 7, 8, 13},  {3, 4, 9, 14}};
	uint64_t v[16];
	memcpy(v, state, 8 * sizeof v[0]);
	memcpy(v + 8, blake_start, sizeof blake_start);
	v[12] ^= counted;
	if (is_last)
		v[14] = ~v[14];
	for (int round = 0; round < BLAKE_ROUNDS; round++) {
		const uint8_t *words = order[round % 10];
		for (int i = 0; i < 8; i++)
			blake_mix(v, places[i], le64_at(block + 8 * words[2 * i]),
				  le64_at(block + 8 * words[2 * i + 1]));
	}
	for (int i = 0; i < 8; i++)
		state[i] ^= v[i] ^ v[i + 8];
}

void blake2b_digest(const uint8_t *bytes, size_t length, uint8_t digest[DIGEST_SIZE])
{
	uint64_t state[8];
	uint8_t last[BLAKE_BLOCK] = {0};
	size_t at = 0;
	memcpy(state, blake_start, sizeof state);
	/* One leaf without a key, and how long the digest is. */
	state[0] ^= 0x01010000 ^ DIGEST_SIZE;
	/* A last block is there even of nothing, and is full where it can be. */
	for (; length - at > BLAKE_BLOCK; at += BLAKE_BLOCK)
		blake_block(state, bytes + at, at + BLAKE_BLOCK, false);
	memcpy(last, bytes + at, length - at);
	blake_block(state, last, length, true);
	for (int i = 0; i < DIGEST_SIZE; i++)
		digest[i] = (uint8_t)(state[i / 8] >> (8 * (i % 8)));
}
