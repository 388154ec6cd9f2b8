/*
 * Integers at any alignment in on-disk structures. The caller has checked that the bytes are there.
 */
#ifndef SMA_FS_BYTES_H
#define SMA_FS_BYTES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

static inline uint16_t le16_at(const uint8_t *p)
{
	return (uint16_t)(p[0] | (uint16_t)p[1] << 8);
}

static inline uint32_t le32_at(const uint8_t *p)
{
	return (uint32_t)p[0] | (uint32_t)p[1] << 8 | (uint32_t)p[2] << 16 | (uint32_t)p[3] << 24;
}

static inline uint64_t le64_at(const uint8_t *p)
{
	return (uint64_t)le32_at(p) | (uint64_t)le32_at(p + 4) << 32;
}

static inline uint16_t be16_at(const uint8_t *p)
{
	return (uint16_t)((uint16_t)p[0] << 8 | p[1]);
}

static inline uint32_t be32_at(const uint8_t *p)
{
	return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | (uint32_t)p[3];
}

static inline uint64_t be64_at(const uint8_t *p)
{
	return (uint64_t)be32_at(p) << 32 | be32_at(p + 4);
}

/* Sets *sum to a + b; false when that does not fit, *sum is then undefined. */
static inline bool add_u64(uint64_t a, uint64_t b, uint64_t *sum)
{
	*sum = a + b;
	return *sum >= a;
}

/* Sets *product to a * b; false when that does not fit, *product is then undefined. */
static inline bool multiply_u64(uint64_t a, uint64_t b, uint64_t *product)
{
	*product = a * b;
	return a == 0 || *product / a == b;
}

/* True when [offset, offset + length) lies in [0, size). */
static inline bool range_within(uint64_t offset, uint64_t length, uint64_t size)
{
	return length <= size && offset <= size - length;
}

static inline bool is_power_of_two(uint64_t value)
{
	return value != 0 && (value & (value - 1)) == 0;
}

static inline bool all_zero(const uint8_t *p, size_t length)
{
	for (size_t i = 0; i < length; i++) {
		if (p[i] != 0)
			return false;
	}
	return true;
}

static inline unsigned bits_set(uint8_t byte)
{
	unsigned count = 0;
	for (; byte != 0; byte &= (uint8_t)(byte - 1))
		count++;
	return count;
}

#endif
