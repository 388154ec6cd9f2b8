#include "agent.h"

#include <stdio.h>
#include <string.h>

/* Session after session, with patience. */

enum { FIRST_PAUSE_MS = 1000, LONGEST_PAUSE_MS = 30000 };

static bool worth_another_try(unsigned code)
{
	switch (code) {
	case ABORT_VERSION:
	case ABORT_DISK_MISSING:
	case ABORT_DISK_CHANGED:
	case ABORT_READ_ERROR:
	case ABORT_CANCELLED:
		return false;
	default:
		/* protocol, busy, no-space, storage, not-ready, resources, internal, and what later versions add */
		return true;
	}
}

static void set_state(struct agent *agent, const char *state)
{
	agent->status.state = state;
	status_write(&agent->status_file, &agent->status);
}

/* False: somebody asked the agent to end. */
static bool pause_for(struct agent *agent, unsigned ms)
{
	uint64_t until = os_now_us() + (uint64_t)ms * 1000;

	while (os_now_us() < until) {
		if (os_stop_requested())
			return false;
		net_wait(NET_NO_SOCKET, 0, &agent->waker, 200);
		status_write(&agent->status_file, &agent->status);
	}
	return true;
}

/* One try at every host until one answers. */
static void try_hosts(struct agent *agent, unsigned *host, struct session_end *end)
{
	for (unsigned i = 0; i < agent->launch->host_count; i++) {
		session_run(agent, agent->launch->hosts[*host], end);
		if (end->connected || end->result == SESSION_STOPPED)
			return;
		log_line(&agent->log, "%s", end->reason);
		*host = (*host + 1) % agent->launch->host_count;
	}
}

static bool out_of_patience(const struct agent *agent)
{
	uint32_t limit = agent->launch->retry_seconds;

	return limit != 0 && os_now_us() - agent->worked_at_us >= (uint64_t)limit * 1000000;
}

static int leave(struct agent *agent, const char *state, bool remove, int exit_code)
{
	char why[PATH_CAPACITY + 400];

	set_state(agent, state);
	log_line(&agent->log, "%s", state);
	if (remove && !own_files_remove(agent->status_file.files, why, sizeof why))
		log_line(&agent->log, "%s", why);
	return exit_code;
}

static void note_failure(struct agent *agent, const struct session_end *end)
{
	char *last_error = agent->status.last_error;
	size_t capacity = sizeof agent->status.last_error;

	if (end->result == SESSION_ABORTED)
		snprintf(last_error, capacity, "%s: %.300s", abort_code_name(end->code), end->reason);
	else
		snprintf(last_error, capacity, "%s", end->reason);
	log_line(&agent->log, "session over: %s", last_error);
}

int agent_run(struct agent *agent)
{
	unsigned pause_ms = FIRST_PAUSE_MS, host = 0;
	struct session_end end;

	agent->worked_at_us = os_now_us();
	for (;;) {
		set_state(agent, "connecting");
		try_hosts(agent, &host, &end);
		agent->status.disk = -1;
		if (end.result == SESSION_STOPPED)
			return leave(agent, "stopped", false, 0);
		if (end.result == SESSION_FINISHED)
			return leave(agent, "finished", end.remove, 0);
		note_failure(agent, &end);
		if (end.result == SESSION_ABORTED && !worth_another_try(end.code))
			return leave(agent, "failed", end.code == ABORT_CANCELLED, 1);
		if (out_of_patience(agent))
			return leave(agent, "failed", false, 1);
		if (end.progressed)
			pause_ms = FIRST_PAUSE_MS;
		set_state(agent, "retrying");
		if (!pause_for(agent, pause_ms))
			return leave(agent, "stopped", false, 0);
		pause_ms = pause_ms * 2 < LONGEST_PAUSE_MS ? pause_ms * 2 : LONGEST_PAUSE_MS;
	}
}
