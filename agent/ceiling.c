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
	/* Whoever wanted something comes back to it: so many samples without it, one after the other, are the end of that. */
	QUIET = 3,
	LONGEST_REST_US = 2000000
};

/*
 * Of a ceiling only so much is used: interrupts, caches that others find empty, and a disk's arm that has to come back
 * are the copy's doing too, and nobody counts them.
 */
static const double COUNTABLE = 0.8;
static const double MOST_PER_TOLD = 4;

void ceiling_start(struct ceiling *ceiling, unsigned percent)
{
	const struct ceiling before = *ceiling;

	memset(ceiling, 0, sizeof *ceiling);
	ceiling->percent = percent < 1 || percent > NO_CEILING ? NO_CEILING : percent;
	if (before.percent == 0) {
		/* Nothing is known yet: a source that is busy must not pay for the time until it is. */
		ceiling->disk_wanted = ceiling->processors_wanted = true;
		ceiling->disk_quiet = ceiling->processors_quiet = QUIET;
		ceiling->per_told = 1;
		return;
	}
	/* What was known holds until the next samples say otherwise. */
	ceiling->disk_wanted = before.disk_wanted;
	ceiling->processors_wanted = before.processors_wanted;
	ceiling->disk_quiet = before.disk_quiet;
	ceiling->processors_quiet = before.processors_quiet;
	ceiling->per_told = before.per_told;
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

/* Wanted is what somebody wants now, or wanted in one of the last samples. */
static void hold(bool *wanted, unsigned *quiet, bool now)
{
	*quiet = now ? 0 : *quiet < QUIET ? *quiet + 1 : QUIET;
	*wanted = *quiet < QUIET;
}

static void note_overhead(struct ceiling *ceiling, const struct load_sample *sample)
{
	uint64_t own = less(sample->own_us, ceiling->last.own_us), told = less(sample->told_us, ceiling->last.told_us);
	double ratio;

	/* Counters of processor time move in ticks: a few tell nothing. */
	if (told < LOAD_SAMPLE_EVERY_US / 100)
		return;
	ratio = (double)own / (double)told;
	ratio = ratio < 1 ? 1 : ratio > MOST_PER_TOLD ? MOST_PER_TOLD : ratio;
	ceiling->per_told = (3 * ceiling->per_told + ratio) / 4;
}

void ceiling_note(struct ceiling *ceiling, const struct load_sample *sample, uint64_t now_us)
{
	uint64_t spent = now_us - ceiling->last_us;

	if (ceiling->has_last && spent > 0) {
		hold(&ceiling->processors_wanted, &ceiling->processors_quiet,
		     sample->has_processors && processors_are_wanted(sample, &ceiling->last));
		hold(&ceiling->disk_wanted, &ceiling->disk_quiet,
		     sample->has_disk && ceiling->last.has_disk && disk_is_wanted(sample, &ceiling->last, spent));
		note_overhead(ceiling, sample);
	}
	ceiling->last = *sample;
	ceiling->last_us = now_us;
	ceiling->has_last = true;
}

uint64_t ceiling_rest(const struct ceiling *ceiling, unsigned workers, const struct ceiling_work *work)
{
	double counted = 0, cycle, longest;

	if (ceiling->percent == NO_CEILING)
		return 0;
	if (ceiling->processors_wanted) {
		/* All of them together may take their share of every processor. */
		unsigned processors = ceiling->last.processors < 1 ? 1 : ceiling->last.processors;

		counted += (double)work->processor_us * ceiling->per_told / processors;
	}
	/* Work that needs both in turn loses both. */
	if (ceiling->disk_wanted)
		counted += (double)work->reading_us;
	cycle = counted * workers * 100 / (ceiling->percent * COUNTABLE);
	longest = (double)work->read_bytes * workers * 1000000 / CEILING_FLOOR;
	if (cycle > longest)
		cycle = longest;
	if (cycle > (double)work->took_us + LONGEST_REST_US)
		return LONGEST_REST_US;
	return less((uint64_t)cycle, work->took_us);
}
