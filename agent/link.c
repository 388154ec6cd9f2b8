#include "link.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "os.h"

enum {
	HANDSHAKE_MS = 30000,
	CLOSING_MS = 1000,
	QUEUE_CAPACITY = 256 * 1024,
	/* ACK is the largest frame that a data connection may bring. */
	DATA_FRAME_MOST = 8 + ACK_MAX_RUNS * 12 + 4096,
	WHY_CAPACITY = 320
};

struct link {
	struct channel *channel;
	enum frame_side receives;
	uint32_t sent_sequence, received_sequence;
	uint64_t last_received, bytes_sent;
	bool reading_wants_write;
	bool said_last;

	/* Of the frame that is coming in: header, then payload. */
	uint8_t *in;
	size_t in_capacity, in_length;
	bool have_header;
	struct frame_header header;

	uint8_t *queue;
	size_t queue_start, queue_end;
	char why[WHY_CAPACITY];
};

static enum link_status lost(struct link *link)
{
	if (link->why[0] == '\0')
		snprintf(link->why, sizeof link->why, "%s",
			 channel_error(link->channel)[0] == '\0' ? "the peer closed the connection" : channel_error(link->channel));
	return LINK_LOST;
}

static bool shake_hands(struct link *link, const struct link_target *target)
{
	uint64_t deadline = os_now_us() + (uint64_t)HANDSHAKE_MS * 1000;
	enum channel_status status = channel_handshake(link->channel);

	while (status == CHANNEL_AGAIN) {
		if (target->give_up(target->context) || os_now_us() >= deadline) {
			snprintf(link->why, sizeof link->why, "TLS handshake: no answer");
			return false;
		}
		net_wait(channel_socket(link->channel), channel_wants(link->channel), NULL, 200);
		status = channel_handshake(link->channel);
	}
	if (status == CHANNEL_OK)
		return true;
	lost(link);
	return false;
}

static struct link *link_new(const struct link_target *target, net_socket socket)
{
	struct link *link = calloc(1, sizeof *link);

	if (link == NULL) {
		net_close(socket);
		return NULL;
	}
	link->receives = target->control ? CONTROL_I2A : DATA_I2A;
	link->in_capacity = FRAME_HEADER_SIZE + (target->control ? FRAME_KNOWN_CAP : DATA_FRAME_MOST);
	link->in = malloc(link->in_capacity);
	link->queue = malloc(QUEUE_CAPACITY);
	link->last_received = os_now_us();
	if (link->in == NULL || link->queue == NULL) {
		net_close(socket);
		link_close(link);
		return NULL;
	}
	link->channel = channel_new(target->identity, socket, target->control ? "sma-control/1" : "sma-data/1",
			    target->unix_time);
	if (link->channel == NULL) {
		link_close(link);
		return NULL;
	}
	return link;
}

struct link *link_open(const struct link_target *target, char *why, size_t why_capacity)
{
	char reason[160] = "given up";
	net_socket socket = net_connect(target->host, target->port, HANDSHAKE_MS, target->give_up, target->context,
					reason, sizeof reason);
	struct link *link;

	if (socket == NET_NO_SOCKET) {
		snprintf(why, why_capacity, "%s port %u: %s", target->host, target->port, reason);
		return NULL;
	}
	link = link_new(target, socket);
	if (link == NULL) {
		snprintf(why, why_capacity, "out of memory");
		return NULL;
	}
	if (shake_hands(link, target))
		return link;
	snprintf(why, why_capacity, "%s port %u: %s", target->host, target->port, link->why);
	link_close(link);
	return NULL;
}

void link_close(struct link *link)
{
	if (link == NULL)
		return;
	channel_free(link->channel, link->said_last ? CLOSING_MS : 0);
	free(link->in);
	free(link->queue);
	free(link);
}

static enum link_status violation(struct link *link, enum frame_error error)
{
	const char *name = link->have_header ? frame_type_name(link->header.type) : NULL;

	snprintf(link->why, sizeof link->why, "%s frame: wrong %s", name == NULL ? "a" : name, frame_error_name(error));
	return LINK_VIOLATION;
}

/* Reads until `length` bytes of the coming frame are there. */
static enum link_status fill(struct link *link, size_t length)
{
	while (link->in_length < length) {
		size_t got;
		enum channel_status status =
			channel_read(link->channel, link->in + link->in_length, length - link->in_length, &got);

		if (status == CHANNEL_AGAIN) {
			link->reading_wants_write = (channel_wants(link->channel) & NET_WRITABLE) != 0;
			return LINK_AGAIN;
		}
		if (status != CHANNEL_OK)
			return lost(link);
		link->in_length += got;
	}
	return LINK_OK;
}

enum link_status link_receive(struct link *link, struct frame *out)
{
	enum link_status status;
	enum frame_error error;

	if (!link->have_header) {
		status = fill(link, FRAME_HEADER_SIZE);
		if (status != LINK_OK)
			return status;
		error = frame_header_decode(link->receives, link->in, link->received_sequence, &link->header);
		if (error == FRAME_OK && link->header.length > link->in_capacity - FRAME_HEADER_SIZE)
			error = FRAME_BAD_LENGTH;
		if (error != FRAME_OK)
			return violation(link, error);
		link->have_header = true;
	}
	status = fill(link, FRAME_HEADER_SIZE + link->header.length);
	if (status != LINK_OK)
		return status;
	error = frame_decode(link->header.type, link->in + FRAME_HEADER_SIZE, link->header.length, out);
	if (error != FRAME_OK)
		return violation(link, error);
	link->received_sequence++;
	link->have_header = false;
	link->in_length = 0;
	link->last_received = os_now_us();
	return LINK_OK;
}

bool link_queue(struct link *link, const struct frame *frame)
{
	size_t n;

	if (link->queue_start > 0) {
		memmove(link->queue, link->queue + link->queue_start, link->queue_end - link->queue_start);
		link->queue_end -= link->queue_start;
		link->queue_start = 0;
	}
	n = frame_encode(frame, link->sent_sequence, link->queue + link->queue_end, QUEUE_CAPACITY - link->queue_end);
	if (n == 0)
		return false;
	link->queue_end += n;
	link->sent_sequence++;
	link->bytes_sent += n;
	return true;
}

bool link_say_last(struct link *link, const struct frame *frame)
{
	link->said_last = true;
	return link_queue(link, frame);
}

size_t link_queued(const struct link *link)
{
	return link->queue_end - link->queue_start;
}

void link_start(struct link *link, uint16_t type, uint32_t length, uint8_t header[FRAME_HEADER_SIZE])
{
	frame_header_encode(header, type, length, link->sent_sequence++);
	link->bytes_sent += FRAME_HEADER_SIZE + length;
}

static enum link_status write_some(struct link *link, const uint8_t *bytes, size_t length, size_t *sent)
{
	enum channel_status status;
	size_t taken;

	*sent = 0;
	while (*sent < length) {
		status = channel_write(link->channel, bytes + *sent, length - *sent, &taken);
		if (status == CHANNEL_AGAIN)
			return LINK_AGAIN;
		if (status != CHANNEL_OK)
			return lost(link);
		*sent += taken;
	}
	return LINK_OK;
}

static enum link_status write_queue(struct link *link)
{
	size_t sent;
	enum link_status status =
		write_some(link, link->queue + link->queue_start, link->queue_end - link->queue_start, &sent);

	link->queue_start += sent;
	if (link->queue_start == link->queue_end)
		link->queue_start = link->queue_end = 0;
	return status;
}

enum link_status link_send(struct link *link, const uint8_t *bytes, size_t length, size_t *sent)
{
	enum link_status status = write_queue(link);

	*sent = 0;
	return status == LINK_OK ? write_some(link, bytes, length, sent) : status;
}

enum link_status link_flush(struct link *link)
{
	enum link_status status = write_queue(link);

	if (status != LINK_OK)
		return status;
	switch (channel_flush(link->channel)) {
	case CHANNEL_OK:
		return LINK_OK;
	case CHANNEL_AGAIN:
		return LINK_AGAIN;
	default:
		return lost(link);
	}
}

unsigned link_wait(struct link *link, bool sending, struct net_waker *waker, unsigned ms)
{
	unsigned wanted = NET_READABLE;

	if (sending || link->reading_wants_write)
		wanted |= NET_WRITABLE;
	link->reading_wants_write = false;
	return net_wait(channel_socket(link->channel), wanted, waker, ms);
}

const char *link_error(const struct link *link)
{
	return link->why;
}

uint64_t link_last_received(const struct link *link)
{
	return link->last_received;
}

uint64_t link_bytes_sent(const struct link *link)
{
	return link->bytes_sent;
}

bool link_is_local(const struct link *link)
{
	return net_is_local(channel_socket(link->channel));
}
