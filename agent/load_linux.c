#include "load.h"

#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

#include "os.h"

/* Of each line of /proc/stat: user nice system idle iowait irq softirq; what a hypervisor stole is nobody's here. */
enum { USER, NICE, SYSTEM, IDLE, IOWAIT, IRQ, SOFTIRQ, STATES };

/* Room for the lines of some hundred processors; those that do not fit are not looked at one by one. */
enum { STAT_SIZE = 32 * 1024 };

static uint64_t us_of(const struct timeval *time)
{
	return (uint64_t)time->tv_sec * 1000000 + (uint64_t)time->tv_usec;
}

/* Adds what a line tells, in microseconds. False: it is no such line. */
static bool add_line(const char *numbers, uint64_t tick_us, struct load_sample *sample)
{
	unsigned long long t[STATES] = {0};

	if (sscanf(numbers, "%llu %llu %llu %llu %llu %llu %llu", &t[USER], &t[NICE], &t[SYSTEM], &t[IDLE], &t[IOWAIT],
		   &t[IRQ], &t[SOFTIRQ]) <= IDLE)
		return false;
	sample->busy_us += (t[USER] + t[NICE] + t[SYSTEM] + t[IRQ] + t[SOFTIRQ]) * tick_us;
	sample->idle_us += (t[IDLE] + t[IOWAIT]) * tick_us;
	return true;
}

/* The processors that this process may run on: what others do elsewhere is not in each other's way. */
static unsigned add_own_processors(const char *text, uint64_t tick_us, struct load_sample *sample)
{
	unsigned found = 0;
	cpu_set_t own;

	if (sched_getaffinity(0, sizeof own, &own) != 0)
		return 0;
	for (const char *line = strstr(text, "\ncpu"); line != NULL; line = strstr(line + 1, "\ncpu")) {
		char *numbers;
		unsigned long number = strtoul(line + 4, &numbers, 10);

		/* A line that the buffer's end cut says less than it should. */
		if (strchr(numbers, '\n') == NULL)
			break;
		if (number < CPU_SETSIZE && CPU_ISSET(number, &own) && add_line(numbers, tick_us, sample))
			found++;
	}
	return found == (unsigned)CPU_COUNT(&own) ? found : 0;
}

void load_ask_processors(struct load_sample *sample)
{
	char *text = malloc(STAT_SIZE);
	long ticks = sysconf(_SC_CLK_TCK);
	struct rusage usage;

	sample->has_processors = false;
	if (text != NULL && ticks > 0 && os_read_file("/proc/stat", text, STAT_SIZE) > 0 && strncmp(text, "cpu ", 4) == 0 &&
	    getrusage(RUSAGE_SELF, &usage) == 0) {
		uint64_t tick_us = 1000000 / (unsigned long)ticks;

		sample->busy_us = sample->idle_us = 0;
		sample->processors = add_own_processors(text, tick_us, sample);
		sample->has_processors = sample->processors > 0;
		if (!sample->has_processors) {
			sample->busy_us = sample->idle_us = 0;
			sample->processors = os_online_cpus();
			sample->has_processors = add_line(text + 4, tick_us, sample);
		}
		sample->own_us = us_of(&usage.ru_utime) + us_of(&usage.ru_stime);
	}
	free(text);
}

uint64_t load_thread_us(void)
{
	struct timespec time;

	if (clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time) != 0)
		return 0;
	return (uint64_t)time.tv_sec * 1000000 + (uint64_t)time.tv_nsec / 1000;
}

bool load_own_reads(uint64_t *bytes)
{
	char text[512];
	const char *line;
	unsigned long long n;

	if (os_read_file("/proc/self/io", text, sizeof text) <= 0)
		return false;
	line = strstr(text, "\nread_bytes: ");
	if (line == NULL || sscanf(line + 13, "%llu", &n) != 1)
		return false;
	*bytes = n;
	return true;
}
