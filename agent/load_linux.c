#include "load.h"

#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

#include "os.h"

static uint64_t us_of(const struct timeval *time)
{
	return (uint64_t)time->tv_sec * 1000000 + (uint64_t)time->tv_usec;
}

void load_ask_processors(struct load_sample *sample)
{
	/* Of the first line: user nice system idle iowait irq softirq; what a hypervisor stole is nobody's here. */
	unsigned long long t[7] = {0};
	char text[512];
	long ticks = sysconf(_SC_CLK_TCK);
	struct rusage usage;
	int found;

	sample->has_processors = false;
	if (ticks <= 0 || os_read_file("/proc/stat", text, sizeof text) < 0 || getrusage(RUSAGE_SELF, &usage) != 0)
		return;
	found = sscanf(text, "cpu %llu %llu %llu %llu %llu %llu %llu", &t[0], &t[1], &t[2], &t[3], &t[4], &t[5], &t[6]);
	if (found < 4)
		return;
	sample->has_processors = true;
	sample->processors = os_online_cpus();
	sample->busy_us = (t[0] + t[1] + t[2] + t[5] + t[6]) * 1000000 / (unsigned long)ticks;
	sample->idle_us = (t[3] + t[4]) * 1000000 / (unsigned long)ticks;
	sample->own_us = us_of(&usage.ru_utime) + us_of(&usage.ru_stime);
}

uint64_t load_thread_us(void)
{
	struct timespec time;

	if (clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time) != 0)
		return 0;
	return (uint64_t)time.tv_sec * 1000000 + (uint64_t)time.tv_nsec / 1000;
}
