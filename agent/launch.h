#ifndef SMA_LAUNCH_H
#define SMA_LAUNCH_H

/* The launch document: what the assistant gives an agent on standard input. docs/PROTOCOL.md, "Launching an agent". */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
	LAUNCH_MAX_SIZE = 65536,
	LAUNCH_MAX_HOSTS = 16,
	HOST_MAX_LENGTH = 253,
	JOB_MIN_LENGTH = 8,
	JOB_MAX_LENGTH = 32
};

struct launch {
	char job[JOB_MAX_LENGTH + 1];
	char hosts[LAUNCH_MAX_HOSTS][HOST_MAX_LENGTH + 1];
	unsigned host_count;
	uint16_t control_port;
	int64_t time; /* the assistant's clock, Unix seconds */
	uint32_t retry_seconds; /* 0: for ever */
	int nice;
	int ionice; /* 0, 2 or 3 */
	/* PEM, inside the document. */
	const uint8_t *ca, *certificate, *key;
	size_t ca_length, certificate_length, key_length;
};

/*
 * Parses `length` bytes of `document`, which must outlive `out`. On failure `why` holds `<field>: <why>`, never a
 * value.
 */
bool launch_parse(const uint8_t *document, size_t length, struct launch *out, char *why, size_t why_capacity);

#endif
