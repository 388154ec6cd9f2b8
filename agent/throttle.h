#ifndef SMA_THROTTLE_H
#define SMA_THROTTLE_H

/* A token bucket. Not locked: its owner locks. Time comes in as monotonic microseconds. */

#include <stdint.h>

struct throttle {
	uint64_t rate; /* bytes a second; 0: no limit */
	uint64_t tokens; /* bytes that may pass now */
	uint64_t last_us;
	uint64_t remainder; /* of a byte, in millionths */
};

/* Starts anew with an empty bucket. */
void throttle_set(struct throttle *throttle, uint64_t bytes_per_second, uint64_t now_us);

/*
 * Asks for `wanted` bytes: returns how many may pass now, at most `wanted`. 0 means that none may; `wait_us` then tells
 * when it is worth asking again.
 */
uint64_t throttle_take(struct throttle *throttle, uint64_t wanted, uint64_t now_us, uint64_t *wait_us);

#endif
