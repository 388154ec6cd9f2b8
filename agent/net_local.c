#include "net.h"

#include <string.h>

#ifdef _WIN32
#include <ws2tcpip.h>
#else
#include <netinet/in.h>
#include <sys/socket.h>
#endif

uint64_t net_turn_ends(uint64_t now_us, uint64_t deadline_us, unsigned left)
{
	return deadline_us > now_us && left > 1 ? now_us + (deadline_us - now_us) / left : deadline_us;
}

/* Sockets are asked alike everywhere; only the headers differ. */
bool net_is_local(net_socket socket)
{
	struct sockaddr_storage own, peer;
	socklen_t own_length = sizeof own, peer_length = sizeof peer;

	memset(&own, 0, sizeof own);
	memset(&peer, 0, sizeof peer);
	if (getsockname(socket, (struct sockaddr *)&own, &own_length) != 0 ||
	    getpeername(socket, (struct sockaddr *)&peer, &peer_length) != 0 || own.ss_family != peer.ss_family)
		return false;
	if (own.ss_family == AF_INET)
		return memcmp(&((struct sockaddr_in *)&own)->sin_addr, &((struct sockaddr_in *)&peer)->sin_addr,
			      sizeof(struct in_addr)) == 0;
	return own.ss_family == AF_INET6 &&
	       memcmp(&((struct sockaddr_in6 *)&own)->sin6_addr, &((struct sockaddr_in6 *)&peer)->sin6_addr,
		      sizeof(struct in6_addr)) == 0;
}
