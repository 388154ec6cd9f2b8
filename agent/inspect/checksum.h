/*
 * CRC-32 with the reflected polynomial 0xedb88320, in the two ways that partition tables and LVM use it.
 */
#ifndef SMA_INSPECT_CHECKSUM_H
#define SMA_INSPECT_CHECKSUM_H

#include <stddef.h>
#include <stdint.h>

/* Goes on from `state` over more bytes, without any inversion: LVM starts with LVM_CRC_START. */
uint32_t crc32_continue(uint32_t state, const uint8_t *bytes, size_t length);

/* The usual CRC-32: starts with all ones and inverts the end, as GPT has it. */
uint32_t crc32_of(const uint8_t *bytes, size_t length);

#define LVM_CRC_START UINT32_C(0xf597a6cf)

#endif
