#ifndef SMA_NET_H
#define SMA_NET_H

/* TCP client sockets that never block, and a way to wake a thread that waits on one. */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef _WIN32
#include <winsock2.h>
typedef SOCKET net_socket;
#define NET_NO_SOCKET INVALID_SOCKET
#else
typedef int net_socket;
#define NET_NO_SOCKET (-1)
#endif

/* Waking is safe from any thread and from a signal handler. */
struct net_waker {
	net_socket read, write;
};

bool net_waker_init(struct net_waker *waker);
void net_waker_destroy(struct net_waker *waker);
void net_wake(struct net_waker *waker);

enum { NET_READABLE = 1, NET_WRITABLE = 2, NET_WOKEN = 4 };

/*
 * Waits up to `ms` for the wanted of NET_READABLE and NET_WRITABLE, or for a wake (which is then used up). `waker` may
 * be NULL. An error on the socket counts as both.
 */
unsigned net_wait(net_socket socket, unsigned wanted, struct net_waker *waker, unsigned ms);

/* Should the attempt be given up? Asked now and then while connecting. */
typedef bool (*net_give_up)(void *context);

/*
 * Connects to an address or name, each of its addresses in turn, within `ms` in all: one that never answers leaves the
 * others their share of the time. `why` gets the reason of the last failure.
 */
net_socket net_connect(const char *host, uint16_t port, unsigned ms, net_give_up give_up, void *context, char *why,
		       size_t why_capacity);
void net_close(net_socket socket);

/*
 * Says that nothing more will be sent and throws away what still comes, until the peer has closed too or `ms` are over.
 * Closing while bytes are unread would make the system reset the connection, and the peer lose our last words.
 */
void net_finish(net_socket socket, unsigned ms);

/* Until when one of `left` addresses may be tried, so that each of those behind it has as long. */
uint64_t net_turn_ends(uint64_t now_us, uint64_t deadline_us, unsigned left);

/* True when both ends of a connected socket have the same address. */
bool net_is_local(net_socket socket);

enum { NET_WOULD_BLOCK = -2, NET_FAILED = -1, NET_END = 0 };

/* Bytes moved, or one of the above; NET_END only from receiving. */
long net_send(net_socket socket, const void *bytes, size_t length);
long net_receive(net_socket socket, void *bytes, size_t length);

#endif
