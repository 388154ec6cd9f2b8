#ifndef SMA_LINK_H
#define SMA_LINK_H

/* Frames over one TLS connection: sequence numbers, gathering of small frames, whole frames in order. */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "frame.h"
#include "net.h"
#include "channel.h"

struct link;

struct link_target {
	struct identity *identity;
	const char *host;
	uint16_t port;
	bool control; /* or data */
	int64_t unix_time;
	/* Asked now and then while connecting. */
	net_give_up give_up;
	void *context;
};

enum link_status {
	LINK_OK,
	LINK_AGAIN, /* nothing (more) without waiting */
	LINK_LOST, /* link_error() says why */
	LINK_VIOLATION /* the peer broke the protocol; link_error() says how */
};

/* Connects and shakes hands, within 30 s. NULL with the reason in `why`. */
struct link *link_open(const struct link_target *target, char *why, size_t why_capacity);
/* After link_say_last, waits a little until the peer has closed too. */
void link_close(struct link *link);
/* Queues the frame after which this side closes: ABORT or GOODBYE. False as in link_queue. */
bool link_say_last(struct link *link, const struct frame *frame);

/* The next frame, valid until the next call on this link. */
enum link_status link_receive(struct link *link, struct frame *out);

/* Queues a small frame; false when more waits than a peer that reads would leave. */
bool link_queue(struct link *link, const struct frame *frame);

/* Bytes of queued frames that wait to be sent. */
size_t link_queued(const struct link *link);

/* A large frame's header, to be followed by its payload through link_send. Takes the sequence number. */
void link_start(struct link *link, uint16_t type, uint32_t length, uint8_t header[FRAME_HEADER_SIZE]);
/* Sends queued frames first, then of `bytes` what can go now. */
enum link_status link_send(struct link *link, const uint8_t *bytes, size_t length, size_t *sent);
/* LINK_OK once everything queued and sent has been given to the system. */
enum link_status link_flush(struct link *link);

/* Waits until the link can go on (receiving, and sending when `sending`), a wake, or `ms`. Returns net_wait's bits. */
unsigned link_wait(struct link *link, bool sending, struct net_waker *waker, unsigned ms);
const char *link_error(const struct link *link);

/* Monotonic microseconds of the last frame received, and bytes of frames sent so far. */
uint64_t link_last_received(const struct link *link);
uint64_t link_bytes_sent(const struct link *link);
/* True when the peer is on this machine. */
bool link_is_local(const struct link *link);

#endif
