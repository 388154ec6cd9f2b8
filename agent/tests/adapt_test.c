#include "../adapt.h"

#include "check.h"

/* Two machines and a link, as rates in bytes a microsecond. */
struct world {
	double link; /* of packed bytes */
	double spare; /* processor: bytes packed a microsecond at level 1 */
};

/* What a step costs and brings: packing time relative to level 1, and packed size. */
static const double cost[ADAPT_STEPS] = {0.05, 0.55, 0.8, 1, 1.8, 4, 8};
static const double size[ADAPT_STEPS] = {1, 0.62, 0.5, 0.42, 0.39, 0.36, 0.345};

static double rate_of(const struct world *world, unsigned step)
{
	double packing = world->spare / cost[step], sending = world->link / size[step];

	return packing < sending ? packing : sending;
}

static unsigned best_of(const struct world *world)
{
	unsigned best = 0;

	for (unsigned step = 1; step < ADAPT_STEPS; step++)
		if (rate_of(world, step) > rate_of(world, best))
			best = step;
	return best;
}

/* Bytes that are packed and wait to be sent, and what was packed from which byte on. */
static double queue;
static struct {
	double from;
	unsigned step;
} packed_as[4096];
static unsigned packings, sending;

static void begin(struct adapt *adapt, double queued)
{
	queue = queued;
	packings = sending = 0;
	adapt_start(adapt);
}

/* The step that the byte to be sent next was packed with. */
static unsigned step_at(double bytes, unsigned trying)
{
	if (packings == 0 || packed_as[packings - 1].step != trying) {
		packed_as[packings].from = packings == 0 ? 0 : bytes + queue;
		packed_as[packings++].step = trying;
	}
	while (sending + 1 < packings && packed_as[sending + 1].from <= bytes)
		sending++;
	return packed_as[sending].step;
}

/* Runs for `seconds`; returns the bytes carried. Every rate wavers by up to a twentieth. */
static double run(struct adapt *adapt, const struct world *world, unsigned seconds, uint64_t *now, double *bytes)
{
	double begun = *bytes;
	uint32_t noise = 1;

	for (unsigned i = 0; i < seconds * 100; i++) {
		noise = noise * 1664525u + 1013904223u;
		*bytes += rate_of(world, step_at(*bytes, adapt->trying)) * 10000 * (0.95 + (noise >> 16) % 1000 / 10000.0);
		*now += 10000;
		adapt_note(adapt, (uint64_t)*bytes, (uint64_t)(*bytes + queue), *now);
	}
	return *bytes - begun;
}

static void check_settles(struct world world)
{
	struct adapt adapt;
	uint64_t now = 0;
	double bytes = 0, carried;

	begin(&adapt, 0);
	run(&adapt, &world, 40, &now, &bytes);
	carried = run(&adapt, &world, 60, &now, &bytes);
	/* A tenth may go into trying the neighbours. */
	CHECK(carried > rate_of(&world, best_of(&world)) * 60e6 * 0.88);
}

TEST("settles near the best level for links from 10 Mbit/s to 100 Gbit/s")
{
	for (double link = 1.25; link < 12500; link *= 3)
		check_settles((struct world){link, 500});
}

TEST("settles near the best level on machines that are slow")
{
	for (double spare = 20; spare < 2000; spare *= 3)
		check_settles((struct world){118, spare});
}

TEST("finds out what a slow link wants although seconds of chunks wait to be sent")
{
	struct world world = {12, 500};
	struct adapt adapt;
	uint64_t now = 0;
	double bytes = 0;

	begin(&adapt, 28 << 20);
	/* Half of what there is to gain within the first half minute. */
	CHECK(run(&adapt, &world, 30, &now, &bytes) > (rate_of(&world, 0) + rate_of(&world, best_of(&world))) / 2 * 30e6);
	CHECK(run(&adapt, &world, 60, &now, &bytes) > rate_of(&world, best_of(&world)) * 60e6 * 0.88);
}

TEST("gives up a far worse setting within a tenth of a second where the link is fast, and begins without any")
{
	struct world world = {2000, 250};
	struct adapt adapt;
	uint64_t now = 0;
	double bytes = 0;
	unsigned compressed = 0;

	begin(&adapt, 0);
	for (unsigned i = 0; i < 600; i++) {
		compressed += adapt_compresses(&adapt);
		bytes += rate_of(&world, adapt.trying) * 10000;
		now += 10000;
		adapt_note(&adapt, (uint64_t)bytes, (uint64_t)bytes, now);
	}
	/* Hundredths of a second out of six: two tries, and what was packed around them. */
	CHECK(compressed > 0 && compressed < 48);
}

TEST("follows a link that becomes slow, and one that becomes fast again")
{
	struct world fast = {2000, 500}, slow = {12, 500};
	struct adapt adapt;
	uint64_t now = 0;
	double bytes = 0;

	begin(&adapt, 0);
	run(&adapt, &fast, 20, &now, &bytes);
	CHECK(rate_of(&fast, adapt.here) > rate_of(&fast, best_of(&fast)) * 0.9);
	run(&adapt, &slow, 60, &now, &bytes);
	CHECK(rate_of(&slow, adapt.here) > rate_of(&slow, best_of(&slow)) * 0.85);
	run(&adapt, &fast, 60, &now, &bytes);
	CHECK(rate_of(&fast, adapt.here) > rate_of(&fast, best_of(&fast)) * 0.85);
}

TEST("takes nothing from a pause")
{
	struct world world = {118, 500};
	struct adapt adapt;
	uint64_t now = 0;
	double bytes = 0;
	unsigned here;

	begin(&adapt, 0);
	run(&adapt, &world, 20, &now, &bytes);
	here = adapt.here;
	for (unsigned i = 0; i < 10; i++) {
		adapt_interrupt(&adapt);
		now += 60000000;
		run(&adapt, &world, 1, &now, &bytes);
	}
	run(&adapt, &world, 10, &now, &bytes);
	CHECK(rate_of(&world, adapt.here) > rate_of(&world, here) * 0.85);
}
