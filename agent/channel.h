#ifndef SMA_CHANNEL_H
#define SMA_CHANNEL_H

/*
 * TLS 1.3 (1.2 is the floor) as a client with a certificate of its own. A peer is accepted when its chain ends in the
 * given CA, it is valid at the assistant's time, and its subject has the CA's O, OU `sma-intermediate` and this job
 * as CN.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "launch.h"
#include "net.h"

/* What all connections of a run share. */
struct identity;

/*
 * Reads the launch document's PEM texts and checks that they belong together: the key is the certificate's, the
 * certificate is an agent's for this job and the CA's. On failure `why` holds `<field>: <why>`.
 */
struct identity *identity_new(const struct launch *launch, char *why, size_t why_capacity);
void identity_free(struct identity *identity);

/* One connection over a connected socket, which it owns. `unix_time` is the assistant's clock now. */
struct channel;

struct channel *channel_new(struct identity *identity, net_socket socket, const char *protocol, int64_t unix_time);
/* Says goodbye if it can without waiting, and closes the socket; with `patience_ms` only after the peer has. */
void channel_free(struct channel *channel, unsigned patience_ms);

enum channel_status {
	CHANNEL_OK,
	CHANNEL_AGAIN, /* wait for channel_wants() */
	CHANNEL_CLOSED, /* the peer ended the connection */
	CHANNEL_FAILED /* channel_error() says why */
};

enum channel_status channel_handshake(struct channel *channel);
enum channel_status channel_read(struct channel *channel, uint8_t *bytes, size_t capacity, size_t *got);
/* Takes what it can of `bytes`; what it took is on its way once channel_flush() says CHANNEL_OK. */
enum channel_status channel_write(struct channel *channel, const uint8_t *bytes, size_t length, size_t *taken);
enum channel_status channel_flush(struct channel *channel);
/* NET_READABLE, NET_WRITABLE: what the last CHANNEL_AGAIN waits for. */
unsigned channel_wants(const struct channel *channel);
net_socket channel_socket(const struct channel *channel);
const char *channel_error(const struct channel *channel);

#endif
