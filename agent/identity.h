#ifndef SMA_IDENTITY_H
#define SMA_IDENTITY_H

/* Between channel.c and identity.c. */

#include <openssl/bio.h>
#include <openssl/ssl.h>

#include "channel.h"

/* What a connection's SSL carries as application data, for the check of its peer. */
struct peer_check {
	struct identity *identity;
	const char *fault; /* set when the peer is not whom it must be */
};

SSL_CTX *identity_context(struct identity *identity);
BIO_METHOD *identity_bio_method(struct identity *identity);
const char *identity_server_name(struct identity *identity);
/* In channel.c. */
BIO_METHOD *channel_bio_method(void);

#endif
