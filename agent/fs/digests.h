/*
 * Cryptographic hashes that btrfs may have as checksums. Here and not out of OpenSSL, which the readers do without.
 */
#ifndef SMA_FS_DIGESTS_H
#define SMA_FS_DIGESTS_H

#include <stddef.h>
#include <stdint.h>

enum { DIGEST_SIZE = 32 };

/* FIPS 180-4. */
void sha256_digest(const uint8_t *bytes, size_t length, uint8_t digest[DIGEST_SIZE]);
/* RFC 7693: BLAKE2b of 32 bytes, without a key. */
void blake2b_digest(const uint8_t *bytes, size_t length, uint8_t digest[DIGEST_SIZE]);

#endif
