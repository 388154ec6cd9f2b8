#include "channel.h"

#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "identity.h"

/* Records are gathered and sent together: a system call for every 16 KiB costs a tenth of the throughput. */
enum { OUT_CAPACITY = 128 * 1024, WHY_CAPACITY = 240 };

struct channel {
	SSL *ssl;
	net_socket socket;
	struct peer_check peer;
	unsigned wants;
	bool broken;
	size_t out_start, out_end;
	uint8_t protocol[32]; /* ALPN: length and name */
	char why[WHY_CAPACITY];
	uint8_t out[OUT_CAPACITY];
};

static void set_why(struct channel *channel, const char *what)
{
	unsigned long error = ERR_peek_last_error();
	long verdict = SSL_get_verify_result(channel->ssl);
	const char *reason = error == 0 ? NULL : ERR_reason_error_string(error);

	if (channel->why[0] != '\0')
		return;
	if (verdict != X509_V_OK)
		snprintf(channel->why, sizeof channel->why, "the intermediate's certificate is refused: %s",
			 channel->peer.fault != NULL ? channel->peer.fault : X509_verify_cert_error_string(verdict));
	else
		snprintf(channel->why, sizeof channel->why, "%s: %s", what, reason == NULL ? "connection lost" : reason);
}

/* Sends what is gathered; false when the socket takes no more now or has failed. */
static bool drain(struct channel *channel)
{
	while (channel->out_start < channel->out_end) {
		long n = net_send(channel->socket, channel->out + channel->out_start, channel->out_end - channel->out_start);

		if (n == NET_WOULD_BLOCK)
			return false;
		if (n < 0) {
			channel->broken = true;
			return false;
		}
		channel->out_start += (size_t)n;
	}
	channel->out_start = channel->out_end = 0;
	return true;
}

static int bio_write(BIO *bio, const char *bytes, size_t length, size_t *written)
{
	struct channel *channel = BIO_get_data(bio);

	BIO_clear_retry_flags(bio);
	*written = 0;
	if (length > OUT_CAPACITY - channel->out_end && !drain(channel) && !channel->broken && channel->out_start > 0) {
		memmove(channel->out, channel->out + channel->out_start, channel->out_end - channel->out_start);
		channel->out_end -= channel->out_start;
		channel->out_start = 0;
	}
	if (channel->broken)
		return 0;
	if (length > OUT_CAPACITY - channel->out_end) {
		BIO_set_retry_write(bio);
		return 0;
	}
	memcpy(channel->out + channel->out_end, bytes, length);
	channel->out_end += length;
	*written = length;
	return 1;
}

static int bio_read(BIO *bio, char *bytes, size_t capacity, size_t *got)
{
	struct channel *channel = BIO_get_data(bio);
	long n = net_receive(channel->socket, bytes, capacity);

	BIO_clear_retry_flags(bio);
	*got = 0;
	if (n > 0) {
		*got = (size_t)n;
		return 1;
	}
	if (n == NET_WOULD_BLOCK)
		BIO_set_retry_read(bio);
	else if (n == NET_END)
		BIO_set_flags(bio, BIO_FLAGS_IN_EOF);
	return 0;
}

static long bio_control(BIO *bio, int command, long number, void *pointer)
{
	(void)number;
	(void)pointer;
	if (command == BIO_CTRL_FLUSH)
		return 1;
	if (command == BIO_CTRL_EOF)
		return BIO_test_flags(bio, BIO_FLAGS_IN_EOF) != 0;
	return 0;
}

BIO_METHOD *channel_bio_method(void)
{
	BIO_METHOD *method = BIO_meth_new(BIO_get_new_index() | BIO_TYPE_SOURCE_SINK, "agent socket");

	if (method != NULL) {
		BIO_meth_set_write_ex(method, bio_write);
		BIO_meth_set_read_ex(method, bio_read);
		BIO_meth_set_ctrl(method, bio_control);
	}
	return method;
}

static bool set_up(struct channel *channel, const char *protocol, int64_t unix_time)
{
	size_t length = strlen(protocol);
	BIO *bio;

	if (length >= sizeof channel->protocol)
		return false;
	channel->protocol[0] = (uint8_t)length;
	memcpy(channel->protocol + 1, protocol, length);
	channel->ssl = SSL_new(identity_context(channel->peer.identity));
	if (channel->ssl == NULL)
		return false;
	X509_VERIFY_PARAM_set_time(SSL_get0_param(channel->ssl), (time_t)unix_time);
	SSL_set_app_data(channel->ssl, &channel->peer);
	bio = BIO_new(identity_bio_method(channel->peer.identity));
	if (bio == NULL)
		return false;
	BIO_set_data(bio, channel);
	BIO_set_init(bio, 1);
	SSL_set_bio(channel->ssl, bio, bio);
	SSL_set_connect_state(channel->ssl);
	return SSL_set_tlsext_host_name(channel->ssl, identity_server_name(channel->peer.identity)) == 1 &&
	       SSL_set_alpn_protos(channel->ssl, channel->protocol, (unsigned)length + 1) == 0;
}

struct channel *channel_new(struct identity *identity, net_socket socket, const char *protocol, int64_t unix_time)
{
	struct channel *channel = calloc(1, sizeof *channel);

	if (channel == NULL) {
		net_close(socket);
		return NULL;
	}
	channel->socket = socket;
	channel->peer.identity = identity;
	if (!set_up(channel, protocol, unix_time)) {
		channel_free(channel, 0);
		return NULL;
	}
	return channel;
}

void channel_free(struct channel *channel, unsigned patience_ms)
{
	if (channel == NULL)
		return;
	if (channel->ssl != NULL && SSL_is_init_finished(channel->ssl) && !channel->broken) {
		ERR_clear_error();
		SSL_shutdown(channel->ssl);
		drain(channel);
		if (patience_ms > 0)
			net_finish(channel->socket, patience_ms);
	}
	SSL_free(channel->ssl);
	net_close(channel->socket);
	free(channel);
}

/* What an SSL call that did not succeed means. */
static enum channel_status outcome(struct channel *channel, int result, const char *what)
{
	switch (SSL_get_error(channel->ssl, result)) {
	case SSL_ERROR_WANT_READ:
		channel->wants = NET_READABLE;
		/* What the handshake wrote must leave before its answer can come. */
		if (!drain(channel) && !channel->broken)
			channel->wants |= NET_WRITABLE;
		return channel->broken ? CHANNEL_FAILED : CHANNEL_AGAIN;
	case SSL_ERROR_WANT_WRITE:
		channel->wants = NET_WRITABLE;
		return CHANNEL_AGAIN;
	case SSL_ERROR_ZERO_RETURN:
		return CHANNEL_CLOSED;
	default:
		set_why(channel, what);
		/* The alert that tells the peer why. */
		drain(channel);
		channel->broken = true;
		return CHANNEL_FAILED;
	}
}

static bool agreed_on_protocol(struct channel *channel)
{
	const unsigned char *chosen;
	unsigned length;

	SSL_get0_alpn_selected(channel->ssl, &chosen, &length);
	return length == channel->protocol[0] && memcmp(chosen, channel->protocol + 1, length) == 0;
}

enum channel_status channel_handshake(struct channel *channel)
{
	int result;

	ERR_clear_error();
	result = SSL_do_handshake(channel->ssl);
	if (result != 1)
		return outcome(channel, result, "TLS handshake");
	if (!agreed_on_protocol(channel)) {
		snprintf(channel->why, sizeof channel->why, "the server does not speak this protocol (ALPN)");
		channel->broken = true;
		return CHANNEL_FAILED;
	}
	return channel_flush(channel);
}

enum channel_status channel_read(struct channel *channel, uint8_t *bytes, size_t capacity, size_t *got)
{
	int result;

	ERR_clear_error();
	result = SSL_read_ex(channel->ssl, bytes, capacity, got);
	if (result == 1)
		return CHANNEL_OK;
	*got = 0;
	return outcome(channel, result, "receiving");
}

enum channel_status channel_write(struct channel *channel, const uint8_t *bytes, size_t length, size_t *taken)
{
	int result;

	ERR_clear_error();
	result = SSL_write_ex(channel->ssl, bytes, length, taken);
	if (result == 1)
		return CHANNEL_OK;
	*taken = 0;
	return outcome(channel, result, "sending");
}

enum channel_status channel_flush(struct channel *channel)
{
	if (drain(channel))
		return CHANNEL_OK;
	channel->wants = NET_WRITABLE;
	if (!channel->broken)
		return CHANNEL_AGAIN;
	ERR_clear_error();
	set_why(channel, "sending");
	return CHANNEL_FAILED;
}

unsigned channel_wants(const struct channel *channel)
{
	return channel->wants;
}

net_socket channel_socket(const struct channel *channel)
{
	return channel->socket;
}

const char *channel_error(const struct channel *channel)
{
	return channel->why;
}
