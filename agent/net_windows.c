#include "net.h"

#include <ws2tcpip.h>
#include <mstcpip.h>
#include <stdio.h>
#include <string.h>

#include "os.h"
#include "text_windows.h"

/* Of Vista; earlier systems refuse it and lose only its effect. */
#ifndef TCP_MAXRT
#define TCP_MAXRT 5
#endif

enum {
	/* A peer whose machine is gone is noticed after about this long, in either direction. */
	SILENT_AFTER_SECONDS = 60,
	/* Old systems' own is 8 KiB, which makes every send of a record wait. */
	SEND_BUFFER = 512 * 1024
};

static bool start_winsock(void)
{
	static volatile LONG started;
	WSADATA data;

	/* Starting it twice does no harm. */
	if (started)
		return true;
	started = WSAStartup(MAKEWORD(2, 2), &data) == 0;
	return started;
}

static void prepare(SOCKET socket)
{
	u_long on = 1;

	ioctlsocket(socket, FIONBIO, &on);
	SetHandleInformation((HANDLE)socket, HANDLE_FLAG_INHERIT, 0);
}

/* A datagram socket of this machine that sends to itself: winsock has no pipes to wait on. */
bool net_waker_init(struct net_waker *waker)
{
	struct sockaddr_in address;
	int length = sizeof address;
	SOCKET self;

	if (!start_winsock())
		return false;
	self = socket(AF_INET, SOCK_DGRAM, IPPROTO_UDP);
	if (self == INVALID_SOCKET)
		return false;
	memset(&address, 0, sizeof address);
	address.sin_family = AF_INET;
	address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	if (bind(self, (struct sockaddr *)&address, sizeof address) != 0 ||
	    getsockname(self, (struct sockaddr *)&address, &length) != 0 ||
	    /* Connected, it hears nobody else. */
	    connect(self, (struct sockaddr *)&address, length) != 0) {
		closesocket(self);
		return false;
	}
	prepare(self);
	waker->read = waker->write = self;
	return true;
}

void net_waker_destroy(struct net_waker *waker)
{
	closesocket(waker->read);
}

void net_wake(struct net_waker *waker)
{
	/* A full buffer wakes as well. */
	(void)send(waker->write, "", 1, 0);
}

static void drain(SOCKET socket)
{
	char scrap[64];

	while (recv(socket, scrap, sizeof scrap, 0) > 0)
		;
}

/* select: WSAPoll is newer than Server 2003, and wrong about refused connections until late. */
unsigned net_wait(net_socket socket, unsigned wanted, struct net_waker *waker, unsigned ms)
{
	fd_set reading, writing, failing;
	struct timeval timeout = {(long)(ms / 1000), (long)(ms % 1000 * 1000)};
	unsigned got = 0;

	if (socket == NET_NO_SOCKET && waker == NULL) {
		Sleep(ms);
		return 0;
	}
	FD_ZERO(&reading);
	FD_ZERO(&writing);
	FD_ZERO(&failing);
	if (socket != NET_NO_SOCKET) {
		if (wanted & NET_READABLE)
			FD_SET(socket, &reading);
		if (wanted & NET_WRITABLE)
			FD_SET(socket, &writing);
		FD_SET(socket, &failing);
	}
	if (waker != NULL)
		FD_SET(waker->read, &reading);
	if (select(0, &reading, &writing, &failing, &timeout) <= 0)
		return 0;
	if (socket != NET_NO_SOCKET) {
		if (FD_ISSET(socket, &reading))
			got |= NET_READABLE;
		if (FD_ISSET(socket, &writing))
			got |= NET_WRITABLE;
		if (FD_ISSET(socket, &failing))
			got |= NET_READABLE | NET_WRITABLE;
	}
	if (waker != NULL && FD_ISSET(waker->read, &reading)) {
		drain(waker->read);
		got |= NET_WOKEN;
	}
	return got;
}

static void set_option(SOCKET socket, int level, int option, DWORD value)
{
	/* Systems that lack an option lose only its effect. */
	(void)setsockopt(socket, level, option, (const char *)&value, sizeof value);
}

static void tune(SOCKET socket)
{
	struct tcp_keepalive alive = {1, SILENT_AFTER_SECONDS / 2 * 1000, SILENT_AFTER_SECONDS / 6 * 1000};
	DWORD none;

	set_option(socket, IPPROTO_TCP, TCP_NODELAY, 1);
	set_option(socket, SOL_SOCKET, SO_SNDBUF, SEND_BUFFER);
	set_option(socket, IPPROTO_TCP, TCP_MAXRT, SILENT_AFTER_SECONDS);
	(void)WSAIoctl(socket, SIO_KEEPALIVE_VALS, &alive, sizeof alive, NULL, 0, &none, NULL, NULL);
}

/* 0 connected, otherwise a winsock error. */
static int finish_connecting(SOCKET socket, uint64_t deadline, net_give_up give_up, void *context)
{
	int error = 0, length = sizeof error;

	while (!give_up(context)) {
		uint64_t now = os_now_us();
		uint64_t ms = now < deadline ? (deadline - now) / 1000 + 1 : 0;

		/* Asked also when the time is over: it may be this process that was slow. */
		if (net_wait(socket, NET_WRITABLE, NULL, ms < 200 ? (unsigned)ms : 200) == 0) {
			if (ms == 0)
				return WSAETIMEDOUT;
			continue;
		}
		if (getsockopt(socket, SOL_SOCKET, SO_ERROR, (char *)&error, &length) != 0)
			return WSAGetLastError();
		return error;
	}
	return WSAEINTR;
}

net_socket net_connect(const char *host, uint16_t port, unsigned ms, net_give_up give_up, void *context, char *why,
		       size_t why_capacity)
{
	uint64_t deadline = os_now_us() + (uint64_t)ms * 1000;
	struct addrinfo hints, *all = NULL;
	unsigned left = 0;
	char service[8];
	SOCKET made = NET_NO_SOCKET;
	int error;

	if (!start_winsock()) {
		snprintf(why, why_capacity, "winsock cannot be had");
		return NET_NO_SOCKET;
	}
	memset(&hints, 0, sizeof hints);
	hints.ai_socktype = SOCK_STREAM;
	snprintf(service, sizeof service, "%u", port);
	error = getaddrinfo(host, service, &hints, &all);
	if (error != 0) {
		text_of_error((DWORD)error, why, why_capacity);
		return NET_NO_SOCKET;
	}
	for (struct addrinfo *one = all; one != NULL; one = one->ai_next)
		left++;
	for (struct addrinfo *one = all; one != NULL && !give_up(context); one = one->ai_next) {
		const uint64_t turn_ends = net_turn_ends(os_now_us(), deadline, left--);

		made = socket(one->ai_family, SOCK_STREAM, 0);
		if (made == INVALID_SOCKET) {
			text_of_error((DWORD)WSAGetLastError(), why, why_capacity);
			continue;
		}
		prepare(made);
		error = connect(made, one->ai_addr, (int)one->ai_addrlen) == 0 ? 0 : WSAGetLastError();
		if (error == WSAEWOULDBLOCK)
			error = finish_connecting(made, turn_ends, give_up, context);
		if (error == 0) {
			tune(made);
			break;
		}
		text_of_error((DWORD)error, why, why_capacity);
		closesocket(made);
		made = NET_NO_SOCKET;
	}
	freeaddrinfo(all);
	return made;
}

void net_close(net_socket socket)
{
	if (socket != NET_NO_SOCKET)
		closesocket(socket);
}

static int at_most(size_t length)
{
	return length > 1 << 30 ? 1 << 30 : (int)length;
}

static long outcome(int n)
{
	if (n >= 0)
		return n;
	return WSAGetLastError() == WSAEWOULDBLOCK ? NET_WOULD_BLOCK : NET_FAILED;
}

long net_send(net_socket socket, const void *bytes, size_t length)
{
	return outcome(send(socket, bytes, at_most(length), 0));
}

long net_receive(net_socket socket, void *bytes, size_t length)
{
	return outcome(recv(socket, bytes, at_most(length), 0));
}

void net_finish(net_socket socket, unsigned ms)
{
	uint64_t until = os_now_us() + (uint64_t)ms * 1000;
	char scrap[4096];
	long n = NET_WOULD_BLOCK;

	if (shutdown(socket, SD_SEND) != 0)
		return;
	while (n != NET_END && n != NET_FAILED && os_now_us() < until) {
		n = net_receive(socket, scrap, sizeof scrap);
		if (n == NET_WOULD_BLOCK)
			net_wait(socket, NET_READABLE, NULL, 50);
	}
}
