#include "throttle.h"

/* A pause in traffic earns at most this much; small, so that the limit holds over any second. */
enum { BURST_US = 50000, MILLION = 1000000, LONGEST_US = 1000 * MILLION };
/* Less than this is not worth a system call. */
enum { LEAST = 4096 };

void throttle_set(struct throttle *throttle, uint64_t bytes_per_second, uint64_t now_us)
{
	throttle->rate = bytes_per_second;
	throttle->tokens = 0;
	throttle->remainder = 0;
	throttle->last_us = now_us;
}

static uint64_t burst(uint64_t rate)
{
	uint64_t bytes = rate / MILLION * BURST_US + rate % MILLION * BURST_US / MILLION;

	return bytes < LEAST ? LEAST : bytes;
}

static void refill(struct throttle *throttle, uint64_t now_us)
{
	uint64_t elapsed = now_us > throttle->last_us ? now_us - throttle->last_us : 0;
	uint64_t most = burst(throttle->rate);
	uint64_t earned;

	/* Keeps the products below 2^64 for every rate of at most 2^53 bytes/s. */
	if (elapsed > LONGEST_US)
		elapsed = LONGEST_US;
	earned = throttle->rate % MILLION * elapsed + throttle->remainder;
	throttle->remainder = earned % MILLION;
	throttle->tokens += throttle->rate / MILLION * elapsed + earned / MILLION;
	if (throttle->tokens > most)
		throttle->tokens = most;
	throttle->last_us = now_us;
}

uint64_t throttle_take(struct throttle *throttle, uint64_t wanted, uint64_t now_us, uint64_t *wait_us)
{
	uint64_t enough = wanted < LEAST ? wanted : LEAST;
	uint64_t granted;

	*wait_us = 0;
	if (throttle->rate == 0)
		return wanted;
	refill(throttle, now_us);
	if (throttle->tokens < enough) {
		uint64_t missing = enough - throttle->tokens;

		/* `missing` is at most LEAST. */
		*wait_us = missing * MILLION / throttle->rate + 1;
		return 0;
	}
	granted = throttle->tokens < wanted ? throttle->tokens : wanted;
	throttle->tokens -= granted;
	return granted;
}
