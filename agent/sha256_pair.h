#ifndef SMA_SHA256_PAIR_H
#define SMA_SHA256_PAIR_H

/*
 * SHA-256 of two messages of the same length at once, on one processor. The instructions for SHA-256 wait for each
 * other's results most of the time: a second message fills the gaps and comes almost for nothing.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* False: this processor has no such instructions, and sha256_pair must not be called. */
bool sha256_pair_available(void);
void sha256_pair(const uint8_t *a, const uint8_t *b, size_t length, uint8_t out_a[32], uint8_t out_b[32]);

#endif
