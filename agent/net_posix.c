#include "net.h"

#include <errno.h>
#include <fcntl.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "os.h"

#ifndef TCP_USER_TIMEOUT
#define TCP_USER_TIMEOUT 18
#endif

/* A peer whose machine is gone is noticed after about this long, in either direction. */
enum { SILENT_AFTER_SECONDS = 60 };

static void prepare(int fd)
{
	fcntl(fd, F_SETFD, FD_CLOEXEC);
	fcntl(fd, F_SETFL, fcntl(fd, F_GETFL) | O_NONBLOCK);
}

bool net_waker_init(struct net_waker *waker)
{
	int fds[2];

	if (pipe(fds) != 0)
		return false;
	prepare(fds[0]);
	prepare(fds[1]);
	waker->read = fds[0];
	waker->write = fds[1];
	return true;
}

void net_waker_destroy(struct net_waker *waker)
{
	close(waker->read);
	close(waker->write);
}

void net_wake(struct net_waker *waker)
{
	/* A full pipe wakes as well. */
	ssize_t n = write(waker->write, "", 1);

	(void)n;
}

unsigned net_wait(net_socket socket, unsigned wanted, struct net_waker *waker, unsigned ms)
{
	struct pollfd fds[2] = {{socket, 0, 0}, {waker == NULL ? -1 : waker->read, POLLIN, 0}};
	unsigned got = 0;

	if (wanted & NET_READABLE)
		fds[0].events |= POLLIN;
	if (wanted & NET_WRITABLE)
		fds[0].events |= POLLOUT;
	if (poll(fds, 2, ms > 3600000 ? 3600000 : (int)ms) <= 0)
		return 0;
	if (fds[0].revents & POLLIN)
		got |= NET_READABLE;
	if (fds[0].revents & POLLOUT)
		got |= NET_WRITABLE;
	if (fds[0].revents & (POLLERR | POLLHUP | POLLNVAL))
		got |= NET_READABLE | NET_WRITABLE;
	if (fds[1].revents & POLLIN) {
		char scrap[64];

		while (read(waker->read, scrap, sizeof scrap) == (ssize_t)sizeof scrap)
			;
		got |= NET_WOKEN;
	}
	return got;
}

static void set_option(int fd, int level, int option, int value)
{
	/* Kernels that lack an option lose only its effect. */
	(void)setsockopt(fd, level, option, &value, sizeof value);
}

static void tune(int fd)
{
	set_option(fd, IPPROTO_TCP, TCP_NODELAY, 1);
	set_option(fd, SOL_SOCKET, SO_KEEPALIVE, 1);
	set_option(fd, IPPROTO_TCP, TCP_KEEPIDLE, SILENT_AFTER_SECONDS / 2);
	set_option(fd, IPPROTO_TCP, TCP_KEEPINTVL, SILENT_AFTER_SECONDS / 6);
	set_option(fd, IPPROTO_TCP, TCP_KEEPCNT, 3);
	set_option(fd, IPPROTO_TCP, TCP_USER_TIMEOUT, SILENT_AFTER_SECONDS * 1000);
}

/* 0 connected, otherwise an errno value. */
static int finish_connecting(int fd, uint64_t deadline, net_give_up give_up, void *context)
{
	int error = 0;
	socklen_t length = sizeof error;

	while (!give_up(context)) {
		uint64_t now = os_now_us();
		uint64_t ms = now < deadline ? (deadline - now) / 1000 + 1 : 0;

		/* Asked also when the time is over: it may be this process that was slow. */
		if (net_wait(fd, NET_WRITABLE, NULL, ms < 200 ? (unsigned)ms : 200) == 0) {
			if (ms == 0)
				return ETIMEDOUT;
			continue;
		}
		if (getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &length) != 0)
			return errno;
		return error;
	}
	return EINTR;
}

net_socket net_connect(const char *host, uint16_t port, unsigned ms, net_give_up give_up, void *context, char *why,
		       size_t why_capacity)
{
	uint64_t deadline = os_now_us() + (uint64_t)ms * 1000;
	struct addrinfo hints, *all = NULL;
	unsigned left = 0;
	char service[8];
	int fd = NET_NO_SOCKET, error;

	memset(&hints, 0, sizeof hints);
	hints.ai_socktype = SOCK_STREAM;
	snprintf(service, sizeof service, "%u", port);
	error = getaddrinfo(host, service, &hints, &all);
	if (error != 0) {
		snprintf(why, why_capacity, "%s", gai_strerror(error));
		return NET_NO_SOCKET;
	}
	for (struct addrinfo *one = all; one != NULL; one = one->ai_next)
		left++;
	for (struct addrinfo *one = all; one != NULL && !give_up(context); one = one->ai_next) {
		const uint64_t turn_ends = net_turn_ends(os_now_us(), deadline, left--);

		fd = socket(one->ai_family, SOCK_STREAM, 0);
		if (fd < 0) {
			snprintf(why, why_capacity, "%s", strerror(errno));
			continue;
		}
		prepare(fd);
		error = connect(fd, one->ai_addr, one->ai_addrlen) == 0 ? 0 : errno;
		if (error == EINPROGRESS)
			error = finish_connecting(fd, turn_ends, give_up, context);
		if (error == 0) {
			tune(fd);
			break;
		}
		snprintf(why, why_capacity, "%s", strerror(error));
		close(fd);
		fd = NET_NO_SOCKET;
	}
	freeaddrinfo(all);
	return fd;
}

void net_close(net_socket socket)
{
	if (socket != NET_NO_SOCKET)
		close(socket);
}

long net_send(net_socket socket, const void *bytes, size_t length)
{
	for (;;) {
		ssize_t n = send(socket, bytes, length, MSG_NOSIGNAL);

		if (n >= 0)
			return (long)n;
		if (errno != EINTR)
			return errno == EAGAIN || errno == EWOULDBLOCK ? NET_WOULD_BLOCK : NET_FAILED;
	}
}

long net_receive(net_socket socket, void *bytes, size_t length)
{
	for (;;) {
		ssize_t n = recv(socket, bytes, length, 0);

		if (n >= 0)
			return (long)n;
		if (errno != EINTR)
			return errno == EAGAIN || errno == EWOULDBLOCK ? NET_WOULD_BLOCK : NET_FAILED;
	}
}

void net_finish(net_socket socket, unsigned ms)
{
	uint64_t until = os_now_us() + (uint64_t)ms * 1000;
	char scrap[4096];
	long n = NET_WOULD_BLOCK;

	if (shutdown(socket, SHUT_WR) != 0)
		return;
	while (n != NET_END && n != NET_FAILED && os_now_us() < until) {
		n = net_receive(socket, scrap, sizeof scrap);
		if (n == NET_WOULD_BLOCK)
			net_wait(socket, NET_READABLE, NULL, 50);
	}
}
