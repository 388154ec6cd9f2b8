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

/* Bytes a second that the copy reads whatever the ceiling: on a slow machine a share of it would not get anywhere. */
enum { CEILING_FLOOR = 4 * 1024 * 1024 };

/* What the system counts, since whenever it began; everything but the times of our own is everybody's. */
struct load_sample {
	bool has_processors, has_disk;
	/* Those that we may run on, and microseconds of all of them. */
	unsigned processors;
	uint64_t busy_us, idle_us;
	/* Microseconds of ours, and what of it the workers told of in ceiling_rest(). */
	uint64_t own_us, told_us;
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
	/* Others want it, or wanted it a moment ago. */
	bool processors_wanted, disk_wanted;
	unsigned processors_quiet, disk_quiet; /* samples in which nobody else did */
	double per_told; /* processor time of ours for each microsecond that the workers tell of: others work for them */
};

/* What a worker did between two rests. */
struct ceiling_work {
	uint64_t took_us;
	uint64_t processor_us; /* of its thread */
	uint64_t reading_us; /* waiting for the disk */
	uint64_t read_bytes;
};

enum { LOAD_SAMPLE_EVERY_US = 250000 };

void ceiling_start(struct ceiling *ceiling, unsigned percent);
/* True when a sample is due; ceiling_note() takes it. */
bool ceiling_is_due(const struct ceiling *ceiling, uint64_t now_us);
void ceiling_note(struct ceiling *ceiling, const struct load_sample *sample, uint64_t now_us);
/* How long one of `workers` equal workers rests after that work. */
uint64_t ceiling_rest(const struct ceiling *ceiling, unsigned workers, const struct ceiling_work *work);

#endif
