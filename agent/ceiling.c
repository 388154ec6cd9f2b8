#include "ceiling.h"

#include <string.h>

enum {
	/* In percent of all processors: less is idle, and others that use less do not count. */
	SPARE = 6,
	WANTED = 10,
	/* In percent of the time: who waits for the disk that much, wants it. */
	DISK_WANTED = 10,
	/* Logs and the like go on always. */
	LEAST_RATE = 128 * 1024,
	LONGEST_REST_US = 2000000
};

void ceiling_start(struct ceiling *ceiling, unsigned percent)
{
	/* Nothing is known yet: a source that is busy must not pay for the time until it is. */
	bool first = ceiling->percent == 0;
	bool disk_wanted = first || ceiling->disk_wanted, processors_wanted = first || ceiling->processors_wanted;

	memset(ceiling, 0, sizeof *ceiling);
	ceiling->percent = percent < 1 || percent > NO_CEILING ? NO_CEILING : percent;
	/* What was known holds until the next samples say otherwise. */
	ceiling->disk_wanted = disk_wanted;
	ceiling->processors_wanted = processors_wanted;
}

bool ceiling_is_due(const struct ceiling *ceiling, uint64_t now_us)
{
	return ceiling->percent != NO_CEILING &&
	       (!ceiling->has_last || now_us - ceiling->last_us >= LOAD_SAMPLE_EVERY_US);
}

static uint64_t less(uint64_t a, uint64_t b)
{
	return a > b ? a - b : 0;
}

static bool processors_are_wanted(const struct load_sample *now, const struct load_sample *last)
{
	uint64_t busy = less(now->busy_us, last->busy_us), idle = less(now->idle_us, last->idle_us);
	uint64_t others = less(busy, less(now->own_us, last->own_us));
	uint64_t all = busy + idle;

	return all > 0 && idle * 100 < all * SPARE && others * 100 >= all * WANTED;
}

/* Others' part of the disk's work: what their requests took, as if all requests took equally long. */
static bool disk_is_wanted(const struct load_sample *now, const struct load_sample *last, uint64_t spent_us)
{
	uint64_t requests = less(now->requests, last->requests);
	uint64_t others = less(requests, less(now->own_requests, last->own_requests));
	uint64_t bytes = less(less(now->bytes, last->bytes), less(now->own_bytes, last->own_bytes));
	double took;

	if (requests == 0 || bytes * 1000000 < spent_us * LEAST_RATE)
		return false;
	took = (double)less(now->request_us, last->request_us) / (double)requests * (double)others;
	return took * 100 >= (double)spent_us * DISK_WANTED;
}

void ceiling_note(struct ceiling *ceiling, const struct load_sample *sample, uint64_t now_us)
{
	uint64_t spent = now_us - ceiling->last_us;

	if (ceiling->has_last && spent > 0) {
		ceiling->processors_wanted =
			sample->has_processors && processors_are_wanted(sample, &ceiling->last);
		ceiling->disk_wanted = sample->has_disk && ceiling->last.has_disk &&
				       disk_is_wanted(sample, &ceiling->last, spent);
	}
	ceiling->last = *sample;
	ceiling->last_us = now_us;
	ceiling->has_last = true;
}

uint64_t ceiling_rest(const struct ceiling *ceiling, unsigned workers, uint64_t processor_us, uint64_t reading_us)
{
	uint64_t counted = 0, rest;

	if (ceiling->percent == NO_CEILING)
		return 0;
	if (ceiling->processors_wanted) {
		/* All of them together may take their share of every processor. */
		unsigned processors = ceiling->last.processors < 1 ? 1 : ceiling->last.processors;

		counted = processor_us * workers / processors;
	}
	if (ceiling->disk_wanted && reading_us * workers > counted)
		counted = reading_us * workers;
	rest = less(counted * 100 / ceiling->percent, processor_us > reading_us ? processor_us : reading_us);
	return rest < LONGEST_REST_US ? rest : LONGEST_REST_US;
}
