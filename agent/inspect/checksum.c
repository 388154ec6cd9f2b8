#include "checksum.h"

uint32_t crc32_continue(uint32_t state, const uint8_t *bytes, size_t length)
{
	static const uint32_t by_nibble[16] = {
		0x00000000, 0x1db71064, 0x3b6e20c8, 0x26d930ac, 0x76dc4190, 0x6b6b51f4, 0x4db26158, 0x5005713c,
		0xedb88320, 0xf00f9344, 0xd6d6a3e8, 0xcb61b38c, 0x9b64c2b0, 0x86d3d2d4, 0xa00ae278, 0xbdbdf21c,
	};
	for (size_t i = 0; i < length; i++) {
		state ^= bytes[i];
		state = state >> 4 ^ by_nibble[state & 0xf];
		state = state >> 4 ^ by_nibble[state & 0xf];
	}
	return state;
}

uint32_t crc32_of(const uint8_t *bytes, size_t length)
{
	return crc32_continue(UINT32_MAX, bytes, length) ^ UINT32_MAX;
}
