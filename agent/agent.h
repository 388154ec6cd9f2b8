#ifndef SMA_AGENT_H
#define SMA_AGENT_H

/* What lives as long as the agent, over all its sessions. The build defines SMA_VERSION and SMA_PLATFORM. */

#include "channel.h"
#include "frame.h"
#include "job_clock.h"
#include "launch.h"
#include "net.h"
#include "pass_memory.h"
#include "status.h"

enum {
	MOST_PLANNED_DISKS = 64,
	/* Of the memories of all disks together; a chunk size that would need more is refused. */
	MEMORY_LIMIT = 10 * 1024 * 1024
};

struct agent {
	const struct launch *launch;
	struct identity *identity;
	struct job_clock clock;
	uint8_t instance[ID_SIZE];
	struct net_waker waker;
	struct log log;
	struct status status;
	struct status_file status_file;
	/* By place in the plan. */
	struct pass_memory memories[MOST_PLANNED_DISKS];
	/* Monotonic microseconds when the intermediate was last heard in a working session. */
	uint64_t worked_at_us;
};

enum session_result {
	SESSION_LOST, /* try again */
	SESSION_ABORTED, /* by either side, with `code` */
	SESSION_FINISHED,
	SESSION_STOPPED /* somebody asked the agent to end */
};

struct session_end {
	enum session_result result;
	unsigned code;
	bool remove; /* FINISH said so */
	bool connected; /* the host answered as it should */
	bool progressed; /* something was acknowledged */
	char reason[400];
};

/* One conversation with the intermediate at `host`, from HELLO to its end. */
void session_run(struct agent *agent, const char *host, struct session_end *end);

/* Sessions until the job is done or hopeless; the process's exit code. Removes the directory when told to. */
int agent_run(struct agent *agent);

#endif
