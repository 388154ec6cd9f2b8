#ifndef SMA_CEILING_H
#define SMA_CEILING_H

/*
 * The load ceiling: how much of the processors and of the disk's time the copy takes while the source's own work wants
 * them. Where nobody else wants them there is no ceiling. No clock of its own, no I/O.
 *
 * Priorities alone do not do: a nice value counts within the processes of one group only, most disks' queues know no
 * classes, and a copy at the lowest priority of all would stand still on a busy source.
 */

#include <stdbool.h>
#include <stdint.h>

enum { NO_CEILING = 100, DEFAULT_CEILING = 10 };

/* What the system counts, since whenever it began; everything but the times of our own is everybody's. */
struct load_sample {
	bool has_processors, has_disk;
	unsigned processors;
	/* Microseconds of all processors. */
	uint64_t busy_us, idle_us, own_us;
	/* Requests that the disk has done, bytes that they moved, and microseconds that they took, all added up. */
	uint64_t requests, bytes, request_us;
	/* Ours among them. */
	uint64_t own_requests, own_bytes;
};

struct ceiling {
	unsigned percent; /* NO_CEILING: none */
	bool has_last;
	struct load_sample last;
	uint64_t last_us;
	/* Others want it. */
	bool processors_wanted, disk_wanted;
};

enum { LOAD_SAMPLE_EVERY_US = 250000 };

void ceiling_start(struct ceiling *ceiling, unsigned percent);
/* True when a sample is due; ceiling_note() takes it. */
bool ceiling_is_due(const struct ceiling *ceiling, uint64_t now_us);
void ceiling_note(struct ceiling *ceiling, const struct load_sample *sample, uint64_t now_us);
/*
 * How long one of `workers` equal workers rests after work that took `processor_us` of a processor and `reading_us` of
 * the disk's time.
 */
uint64_t ceiling_rest(const struct ceiling *ceiling, unsigned workers, uint64_t processor_us, uint64_t reading_us);

#endif
