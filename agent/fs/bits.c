#include "bytes.h"
#include "driver.h"

static bool bit_at(const uint8_t *bits, uint64_t index)
{
	return (bits[index / 8] >> (index % 8) & 1) != 0;
}

/* The first index at or after `at` whose bit equals `value`; whole bytes without such a bit are passed over. */
static uint64_t find_bit(const struct bit_runs *runs, uint64_t at, bool value)
{
	const uint8_t without = value ? 0x00 : 0xff;
	while (at < runs->count) {
		if (at % 8 == 0 && runs->bits[at / 8] == without)
			at += 8;
		else if (bit_at(runs->bits, at) == value)
			return at;
		else
			at++;
	}
	return runs->count;
}

bool bit_runs_next(struct bit_runs *runs, uint64_t *first, uint64_t *length)
{
	uint64_t start = find_bit(runs, runs->at, true);
	if (start >= runs->count) {
		runs->at = runs->count;
		return false;
	}
	runs->at = find_bit(runs, start, false);
	*first = start;
	*length = runs->at - start;
	return true;
}

uint64_t bits_set_in(const uint8_t *bits, uint64_t count)
{
	uint64_t set = 0;
	for (uint64_t i = 0; i < count / 8; i++)
		set += bits_set(bits[i]);
	if (count % 8 != 0)
		set += bits_set((uint8_t)(bits[count / 8] & ((1u << (count % 8)) - 1)));
	return set;
}
