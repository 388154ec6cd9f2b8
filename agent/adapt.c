#include "adapt.h"

#include <string.h>

enum {
	ROUND_US = 250000,
	LEAST_BYTES = 4 << 20, /* fewer say nothing */
	LEAST_PATIENCE = 3,
	MOST_PATIENCE = 24,
	/* More than is between reading and sending: after it nothing counts that was packed before a change. */
	SETTLED_BYTES = 24 << 20,
	/* On a fast link these tell soon that a try is far worse. */
	GLANCE_US = 60000,
	GLANCE_BYTES = 24 << 20,
	/* Bytes of the disk a microsecond. Every machine encrypts faster: a link this slow wants compression. */
	SLOW = 60
};

/* Step 0 does not compress; these are the levels of the others. */
static const int levels[ADAPT_STEPS] = {0, -5, -1, 1, 3, 6, 9};

/* What a neighbour must be better by, and what `here` is smoothed with. */
static const double WORTH_IT = 1.06, MEMORY = 0.6, FAR_WORSE = 0.8;

void adapt_start(struct adapt *adapt)
{
	memset(adapt, 0, sizeof *adapt);
	adapt->patience = LEAST_PATIENCE;
}

void adapt_interrupt(struct adapt *adapt)
{
	adapt->started = false;
	adapt->settling = true;
}

/* Where the next try goes; turns round at the ends. */
static unsigned neighbour(struct adapt *adapt)
{
	if (adapt->here == 0)
		adapt->upwards = true;
	else if (adapt->here == ADAPT_STEPS - 1)
		adapt->upwards = false;
	return adapt->upwards ? adapt->here + 1 : adapt->here - 1;
}

static bool use(struct adapt *adapt, unsigned step)
{
	bool changed = adapt->trying != step;

	adapt->trying = step;
	adapt->settling = changed;
	if (changed)
		adapt->until = adapt->packed;
	return changed;
}

static bool judge_try(struct adapt *adapt, double rate)
{
	if (rate > adapt->rate * WORTH_IT) {
		/* The same way again, at once: a slow start must not take long. */
		adapt->here = adapt->trying;
		adapt->rate = rate;
		adapt->rounds = adapt->patience = LEAST_PATIENCE;
		return false;
	}
	adapt->upwards = !adapt->upwards;
	adapt->rounds = 0;
	adapt->patience += rate < adapt->rate * FAR_WORSE ? 3 * LEAST_PATIENCE : LEAST_PATIENCE;
	if (adapt->patience > MOST_PATIENCE)
		adapt->patience = MOST_PATIENCE;
	return use(adapt, adapt->here);
}

static bool judge_here(struct adapt *adapt, double rate)
{
	adapt->rate = adapt->rate == 0 ? rate : adapt->rate * MEMORY + rate * (1 - MEMORY);
	adapt->rounds++;
	if (!adapt->tried) {
		/* At once where it will be right: a copy may be short. */
		adapt->tried = true;
		if (rate < SLOW)
			return use(adapt, neighbour(adapt));
	}
	return adapt->rounds >= adapt->patience && use(adapt, neighbour(adapt));
}

/* Whether what was sent since the last measure is worth one. */
static bool is_round(const struct adapt *adapt, uint64_t sent, uint64_t spent)
{
	if (spent >= ROUND_US)
		return sent >= LEAST_BYTES;
	if (adapt->settling)
		return sent >= SETTLED_BYTES;
	return adapt->trying != adapt->here && spent >= GLANCE_US && sent >= GLANCE_BYTES &&
	       (double)sent / (double)spent < adapt->rate * FAR_WORSE;
}

bool adapt_note(struct adapt *adapt, uint64_t bytes, uint64_t packed, uint64_t now_us)
{
	uint64_t sent = bytes - adapt->bytes, spent = now_us - adapt->since_us;
	double rate;

	adapt->packed = packed;
	if (adapt->started && bytes < adapt->until) {
		adapt->bytes = bytes;
		adapt->since_us = now_us;
		return false;
	}
	if (adapt->started && !is_round(adapt, sent, spent))
		return false;
	adapt->bytes = bytes;
	adapt->since_us = now_us;
	if (!adapt->started || adapt->settling) {
		/* The first of two rounds after a change carries what was packed before it. */
		adapt->settling = !adapt->started && adapt->settling;
		adapt->started = true;
		return false;
	}
	rate = (double)sent / (double)spent;
	return adapt->trying == adapt->here ? judge_here(adapt, rate) : judge_try(adapt, rate);
}

bool adapt_compresses(const struct adapt *adapt)
{
	return adapt->trying > 0;
}

int adapt_level(const struct adapt *adapt)
{
	return levels[adapt->trying];
}
