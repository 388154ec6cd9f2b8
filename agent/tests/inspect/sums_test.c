#include "../check.h"

#include <string.h>

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
