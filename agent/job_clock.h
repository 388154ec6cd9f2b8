#ifndef SMA_JOB_CLOCK_H
#define SMA_JOB_CLOCK_H

/* The assistant's clock, carried on by the monotonic one: the source's own may be wrong by years. */

#include <stdint.h>

#include "os.h"

struct job_clock {
	int64_t unix_at_start;
	uint64_t us_at_start;
};

static inline int64_t job_clock_now(const struct job_clock *clock)
{
	return clock->unix_at_start + (int64_t)((os_now_us() - clock->us_at_start) / 1000000);
}

#endif
