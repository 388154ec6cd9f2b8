#include "sha256_pair.h"

#include <string.h>


/* i686 has too few registers for two messages. */
#if defined(__x86_64__)

#include <cpuid.h>
#include <immintrin.h>

enum { BLOCK = 64, LANES = 2 };

#define WITH_SHA __attribute__((target("sha,sse4.1,ssse3")))

static const uint32_t constants[64] __attribute__((aligned(16))) = {
	0x428a2f98, 0x71374491, 0xb5c0fbcf, 0xe9b5dba5, 0x3956c25b, 0x59f111f1, 0x923f82a4, 0xab1c5ed5,
	0xd807aa98, 0x12835b01, 0x243185be, 0x550c7dc3, 0x72be5d74, 0x80deb1fe, 0x9bdc06a7, 0xc19bf174,
	0xe49b69c1, 0xefbe4786, 0x0fc19dc6, 0x240ca1cc, 0x2de92c6f, 0x4a7484aa, 0x5cb0a9dc, 0x76f988da,
	0x983e5152, 0xa831c66d, 0xb00327c8, 0xbf597fc7, 0xc6e00bf3, 0xd5a79147, 0x06ca6351, 0x14292967,
	0x27b70a85, 0x2e1b2138, 0x4d2c6dfc, 0x53380d13, 0x650a7354, 0x766a0abb, 0x81c2c92e, 0x92722c85,
	0xa2bfe8a1, 0xa81a664b, 0xc24b8b70, 0xc76c51a3, 0xd192e819, 0xd6990624, 0xf40e3585, 0x106aa070,
	0x19a4c116, 0x1e376c08, 0x2748774c, 0x34b0bcb5, 0x391c0cb3, 0x4ed8aa4a, 0x5b9cca4f, 0x682e6ff3,
	0x748f82ee, 0x78a5636f, 0x84c87814, 0x8cc70208, 0x90befffa, 0xa4506ceb, 0xbef9a3f7, 0xc67178f2,
};

static const uint32_t beginning[8] = {
	0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a, 0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19,
};

bool sha256_pair_available(void)
{
	unsigned a, b, c, d;

	if (!__get_cpuid(1, &a, &b, &c, &d) || (c & bit_SSSE3) == 0 || (c & bit_SSE4_1) == 0)
		return false;
	return __get_cpuid_count(7, 0, &a, &b, &c, &d) && (b & bit_SHA) != 0;
}

/* The state as the instructions want it: the words A, B, E, F and the words C, D, G, H. */
struct lane {
	__m128i abef, cdgh;
};

WITH_SHA static struct lane start(void)
{
	struct lane lane = {
		_mm_set_epi32((int)beginning[0], (int)beginning[1], (int)beginning[4], (int)beginning[5]),
		_mm_set_epi32((int)beginning[2], (int)beginning[3], (int)beginning[6], (int)beginning[7]),
	};

	return lane;
}

WITH_SHA static void finish(const struct lane *lane, uint8_t out[32])
{
	uint32_t abef[4], cdgh[4];
	const uint32_t *order[8] = {&abef[3], &abef[2], &cdgh[3], &cdgh[2], &abef[1], &abef[0], &cdgh[1], &cdgh[0]};

	_mm_storeu_si128((__m128i *)abef, lane->abef);
	_mm_storeu_si128((__m128i *)cdgh, lane->cdgh);
	for (size_t i = 0; i < 8; i++)
		for (size_t byte = 0; byte < 4; byte++)
			out[4 * i + byte] = (uint8_t)(*order[i] >> (24 - 8 * byte));
}

/* Four rounds of both lanes; `message` has their four words each. */
#define ROUNDS(at)                                                                                             \
	do {                                                                                                   \
		const __m128i k = _mm_load_si128((const __m128i *)&constants[4 * (at)]);                       \
		__m128i wa = _mm_add_epi32(ma[(at) % 4], k), wb = _mm_add_epi32(mb[(at) % 4], k);              \
		a.cdgh = _mm_sha256rnds2_epu32(a.cdgh, a.abef, wa);                                            \
		b.cdgh = _mm_sha256rnds2_epu32(b.cdgh, b.abef, wb);                                            \
		wa = _mm_shuffle_epi32(wa, 0x0e);                                                              \
		wb = _mm_shuffle_epi32(wb, 0x0e);                                                              \
		a.abef = _mm_sha256rnds2_epu32(a.abef, a.cdgh, wa);                                            \
		b.abef = _mm_sha256rnds2_epu32(b.abef, b.cdgh, wb);                                            \
	} while (0)

/* The four words that come sixteen after `m[at]`, in its place. */
#define EXPAND(m, at)                                                                                          \
	(m)[(at) % 4] = _mm_sha256msg2_epu32(                                                                  \
		_mm_add_epi32(_mm_sha256msg1_epu32((m)[(at) % 4], (m)[((at) + 1) % 4]),                        \
			      _mm_alignr_epi8((m)[((at) + 3) % 4], (m)[((at) + 2) % 4], 4)),                   \
		(m)[((at) + 3) % 4])

#define ROUNDS_AND_EXPAND(at)                                                                                  \
	do {                                                                                                   \
		ROUNDS(at);                                                                                    \
		EXPAND(ma, at);                                                                                \
		EXPAND(mb, at);                                                                                \
	} while (0)

WITH_SHA static void take_blocks(struct lane lanes[LANES], const uint8_t *first, const uint8_t *second, size_t blocks)
{
	const __m128i big_endian = _mm_set_epi64x(0x0c0d0e0f08090a0b, 0x0405060700010203);
	struct lane a = lanes[0], b = lanes[1];

	for (; blocks > 0; blocks--, first += BLOCK, second += BLOCK) {
		const struct lane a_before = a, b_before = b;
		__m128i ma[4], mb[4];

		for (int i = 0; i < 4; i++) {
			ma[i] = _mm_shuffle_epi8(_mm_loadu_si128((const __m128i *)(first + 16 * i)), big_endian);
			mb[i] = _mm_shuffle_epi8(_mm_loadu_si128((const __m128i *)(second + 16 * i)), big_endian);
		}
		ROUNDS_AND_EXPAND(0);
		ROUNDS_AND_EXPAND(1);
		ROUNDS_AND_EXPAND(2);
		ROUNDS_AND_EXPAND(3);
		ROUNDS_AND_EXPAND(4);
		ROUNDS_AND_EXPAND(5);
		ROUNDS_AND_EXPAND(6);
		ROUNDS_AND_EXPAND(7);
		ROUNDS_AND_EXPAND(8);
		ROUNDS_AND_EXPAND(9);
		ROUNDS_AND_EXPAND(10);
		ROUNDS_AND_EXPAND(11);
		ROUNDS(12);
		ROUNDS(13);
		ROUNDS(14);
		ROUNDS(15);
		a.abef = _mm_add_epi32(a.abef, a_before.abef);
		b.abef = _mm_add_epi32(b.abef, b_before.abef);
		a.cdgh = _mm_add_epi32(a.cdgh, a_before.cdgh);
		b.cdgh = _mm_add_epi32(b.cdgh, b_before.cdgh);
	}
	lanes[0] = a;
	lanes[1] = b;
}

/* What follows the whole blocks: the rest, a one bit, zeros, and the length in bits. Its number of blocks. */
static size_t make_tail(const uint8_t *bytes, size_t length, uint8_t tail[2 * BLOCK])
{
	size_t rest = length % BLOCK, blocks = rest < BLOCK - 8 ? 1 : 2;
	uint64_t bits = (uint64_t)length * 8;

	memset(tail, 0, 2 * BLOCK);
	memcpy(tail, bytes + (length - rest), rest);
	tail[rest] = 0x80;
	for (size_t i = 0; i < 8; i++)
		tail[blocks * BLOCK - 1 - i] = (uint8_t)(bits >> (8 * i));
	return blocks;
}

void sha256_pair(const uint8_t *a, const uint8_t *b, size_t length, uint8_t out_a[32], uint8_t out_b[32])
{
	struct lane lanes[LANES] = {start(), start()};
	uint8_t tail_a[2 * BLOCK], tail_b[2 * BLOCK];
	size_t blocks;

	take_blocks(lanes, a, b, length / BLOCK);
	blocks = make_tail(a, length, tail_a);
	make_tail(b, length, tail_b);
	take_blocks(lanes, tail_a, tail_b, blocks);
	finish(&lanes[0], out_a);
	finish(&lanes[1], out_b);
}

#else

bool sha256_pair_available(void)
{
	return false;
}

void sha256_pair(const uint8_t *a, const uint8_t *b, size_t length, uint8_t out_a[32], uint8_t out_b[32])
{
	(void)a;
	(void)b;
	(void)length;
	memset(out_a, 0, 32);
	memset(out_b, 0, 32);
}

#endif
