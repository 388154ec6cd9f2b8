#include "check.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <netdb.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include "../net.h"

/* Connecting to a name with several addresses (the program is linked with --wrap for what looks names up). */

int __wrap_getaddrinfo(const char *host, const char *service, const struct addrinfo *hints, struct addrinfo **out);
void __wrap_freeaddrinfo(struct addrinfo *all);

static struct sockaddr_in addresses[2];
static struct addrinfo found[2];

int __wrap_getaddrinfo(const char *host, const char *service, const struct addrinfo *hints, struct addrinfo **out)
{
	(void)host;
	(void)service;
	(void)hints;
	for (int i = 0; i < 2; i++)
		found[i] = (struct addrinfo){
			.ai_family = AF_INET,
			.ai_socktype = SOCK_STREAM,
			.ai_addr = (struct sockaddr *)&addresses[i],
			.ai_addrlen = sizeof addresses[i],
			.ai_next = i == 0 ? &found[1] : NULL,
		};
	*out = found;
	return 0;
}

void __wrap_freeaddrinfo(struct addrinfo *all)
{
	CHECK(all == found);
}

static bool go_on(void *unused)
{
	(void)unused;
	return false;
}

static int listen_at(struct sockaddr_in *address, int backlog)
{
	int fd = socket(AF_INET, SOCK_STREAM, 0);
	socklen_t length = sizeof *address;

	memset(address, 0, sizeof *address);
	address->sin_family = AF_INET;
	address->sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	CHECK(fd >= 0 && bind(fd, (struct sockaddr *)address, sizeof *address) == 0 && listen(fd, backlog) == 0);
	CHECK(getsockname(fd, (struct sockaddr *)address, &length) == 0);
	return fd;
}

enum { WAITING = 4 };

TEST("an address that never answers leaves the next one its share of the time")
{
	int waiting[WAITING];
	/* Nobody accepts: once the queue is full the system answers nobody, as behind a firewall that drops. */
	int silent = listen_at(&addresses[0], 0), open = listen_at(&addresses[1], 4);
	struct sockaddr_in peer = {0};
	socklen_t length = sizeof peer;
	char why[160] = "";
	net_socket made;

	for (int i = 0; i < WAITING; i++) {
		waiting[i] = socket(AF_INET, SOCK_STREAM, 0);
		fcntl(waiting[i], F_SETFL, O_NONBLOCK);
		(void)!connect(waiting[i], (struct sockaddr *)&addresses[0], sizeof addresses[0]);
	}
	made = net_connect("name", 1, 600, go_on, NULL, why, sizeof why);
	CHECK(made != NET_NO_SOCKET);
	CHECK(getpeername(made, (struct sockaddr *)&peer, &length) == 0);
	CHECK_NUMBER(ntohs(peer.sin_port), ntohs(addresses[1].sin_port));
	net_close(made);
	for (int i = 0; i < WAITING; i++)
		close(waiting[i]);
	close(open);
	close(silent);
}

TEST("turns share what is left of the time")
{
	CHECK_NUMBER(net_turn_ends(100, 400, 3), 200);
	CHECK_NUMBER(net_turn_ends(200, 400, 2), 300);
	CHECK_NUMBER(net_turn_ends(300, 400, 1), 400);
	/* An address that failed at once leaves its time to those behind it. */
	CHECK_NUMBER(net_turn_ends(100, 400, 1), 400);
	CHECK_NUMBER(net_turn_ends(500, 400, 3), 400);
}
