#include "../check.h"

#include <stdio.h>
#include <string.h>

#include "../../fs/digests.h"
#include "../../fs/sums.h"

/* Whole structures are compared in test/integration/inspect, with those that the filesystems' own tools write. */

static const uint8_t *bytes_of(const char *text)
{
	return (const uint8_t *)text;
}

TEST("sums the check string of the catalogue of CRCs as it says")
{
	CHECK_NUMBER(crc32c_of(bytes_of("123456789"), 9), 0xe3069283);
	CHECK_NUMBER(crc16_continue(0, bytes_of("123456789"), 9), 0xbb3d);
	CHECK_NUMBER(crc16_continue(UINT16_MAX, bytes_of("123456789"), 9), 0x4b37);
	CHECK_NUMBER(crc32c_of(NULL, 0), 0);
}

TEST("goes on where a sum was left, and takes a hole for zeros")
{
	uint8_t bytes[64];
	for (size_t i = 0; i < sizeof bytes; i++)
		bytes[i] = (uint8_t)(i * 37);
	uint32_t state = crc32c_continue(UINT32_MAX, bytes, 11);
	state = crc32c_continue(state, bytes + 11, sizeof bytes - 11);
	CHECK_NUMBER(~state, crc32c_of(bytes, sizeof bytes));
	const uint32_t around = crc32c_around(bytes, sizeof bytes, 20, 4);
	memset(bytes + 20, 0, 4);
	CHECK_NUMBER(around, crc32c_of(bytes, sizeof bytes));
}

TEST("hashes short and long strings as XXH64 does")
{
	CHECK(xxhash64_of(bytes_of(""), 0) == UINT64_C(0xef46db3751d8e999));
	CHECK(xxhash64_of(bytes_of("abc"), 3) == UINT64_C(0x44bc2cf5ad770999));
	/* More than one round of four lanes, and a rest of every size. */
	CHECK(xxhash64_of(bytes_of("Nobody inspects the spammish repetition"), 39) == UINT64_C(0xfbcea83c8a378bf1));
}

static void check_digest(const uint8_t digest[DIGEST_SIZE], const char *expected)
{
	char text[2 * DIGEST_SIZE + 1];
	for (int i = 0; i < DIGEST_SIZE; i++)
		snprintf(text + 2 * i, 3, "%02x", digest[i]);
	check_text(__FILE__, __LINE__, text, expected);
}

TEST("digests what fits into a block, what fills it and what does not, as others do")
{
	static const struct {
		size_t length;
		const char *sha256, *blake2b;
	} cases[] = {
		{0, "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
		 "0e5751c026e543b2e8ab2eb06099daa1d1e5df47778f7787faab45cdf12fe3a8"},
		{55, "576a1bf8d4478657e6dc4af9398544765c2a92cde28478b019235cfed315fc09",
		 "9289cd4d26ddcfb650bf3e3e8a44094ef5e6c6dada0a0ebdebf444af41aa8b8c"},
		{56, "9b20501dfd1d99161c257950f3444f3e49230c351c5c8e0943ef369f85f5205d",
		 "729851a89e94f03a33882ef23f393f67ea293fcc1baefc38ee3e44692945880d"},
		{64, "d8bc63b4fc1156e5e7d95a418b9bf54cd3174bedbc2db40f74895349b229b3c0",
		 "17363253d86da2d13a0f306b36da8157fa4a630e7100e0954859f44a36ae2a41"},
		{128, "54c9eb041badfd7064645067b107661fed6113197ce2dd066ba69618abd3732f",
		 "14696d2a98d9f8a280da8b132b1045b345e1033759c6b02fcc4ee885c8ae7c37"},
		{129, "5b55715b51c54661ed0cbd75ba5b00cf1ffee3b7c113a636eca613d9425116a6",
		 "3934215260b1039be9d9d2b073b059bcd50120c327a22af93eb4d98cf821c14c"},
		{1000, "89f4ff56a25dd1db06a4ce6033603775d705fb96f30f8693733fef602a1ca532",
		 "6ac4bea923678eb024090384d6e767b5870f849057dc19b172d8d9f2df30bf8e"},
	};
	uint8_t bytes[1000], digest[DIGEST_SIZE];
	for (size_t i = 0; i < sizeof bytes; i++)
		bytes[i] = (uint8_t)(i * 7);
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		sha256_digest(bytes, cases[i].length, digest);
		check_digest(digest, cases[i].sha256);
		blake2b_digest(bytes, cases[i].length, digest);
		check_digest(digest, cases[i].blake2b);
	}
}
