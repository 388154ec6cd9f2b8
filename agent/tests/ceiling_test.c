#include "check.h"

#include "../ceiling.h"

/* A machine that is simulated: samples are made of what happened in a quarter of a second. */

enum { ROUND = LOAD_SAMPLE_EVERY_US, CPUS = 2 };

static struct ceiling ceiling;
static struct load_sample sample;
static uint64_t now;

static void start(unsigned percent)
{
	memset(&ceiling, 0, sizeof ceiling);
	memset(&sample, 0, sizeof sample);
	ceiling_start(&ceiling, percent);
	now = 1000000;
	sample.has_processors = sample.has_disk = true;
	sample.processors = CPUS;
	CHECK(ceiling_is_due(&ceiling, now) == (percent != NO_CEILING));
	ceiling_note(&ceiling, &sample, now);
}

/* A round in which we and others used so much of one processor, in percent. */
static void processors(unsigned own, unsigned others)
{
	uint64_t busy = (uint64_t)ROUND * (own + others) / 100;

	sample.busy_us += busy;
	sample.own_us += (uint64_t)ROUND * own / 100;
	sample.idle_us += (uint64_t)ROUND * CPUS - busy;
	now += ROUND;
	ceiling_note(&ceiling, &sample, now);
}

/* A round with requests of both that took `took_us` each. */
static void disk(unsigned own, unsigned others, unsigned bytes_of_others, unsigned took_us)
{
	sample.requests += own + others;
	sample.own_requests += own;
	sample.bytes += (uint64_t)own * 1048576 + (uint64_t)others * bytes_of_others;
	sample.own_bytes += (uint64_t)own * 1048576;
	sample.request_us += (uint64_t)(own + others) * took_us;
	now += ROUND;
	ceiling_note(&ceiling, &sample, now);
}

TEST("keeps to its share until it knows that nobody else wants more")
{
	start(10);
	CHECK_NUMBER(ceiling_rest(&ceiling, 3, 1000, 0), 14000);
	CHECK_NUMBER(ceiling_rest(&ceiling, 2, 0, 1000), 19000);
	processors(190, 5);
	CHECK_NUMBER(ceiling_rest(&ceiling, 3, 1000, 1000), 0);
}

TEST("takes all that nobody else wants")
{
	start(10);
	processors(190, 5);
	CHECK_NUMBER(ceiling_rest(&ceiling, 3, 1000, 1000), 0);
	processors(100, 80);
	CHECK_NUMBER(ceiling_rest(&ceiling, 3, 1000, 1000), 0);
	disk(200, 0, 0, 1000);
	CHECK_NUMBER(ceiling_rest(&ceiling, 3, 1000, 1000), 0);
	/* A log that is written now and then. */
	disk(100, 4, 4096, 1000);
	CHECK_NUMBER(ceiling_rest(&ceiling, 3, 1000, 1000), 0);
	/* Small requests that a fast disk answers at once. */
	disk(100, 100, 4096, 100);
	CHECK_NUMBER(ceiling_rest(&ceiling, 3, 1000, 1000), 0);
}

TEST("keeps to its share of processors that others want, all workers together")
{
	start(10);
	processors(100, 98);
	CHECK(ceiling.processors_wanted);
	/* Three workers on two processors with 1 ms each: 3 ms of work want 15 ms of two processors. */
	CHECK_NUMBER(ceiling_rest(&ceiling, 3, 1000, 0), 14000);
	/* Reading does not count as long as nobody wants the disk. */
	CHECK_NUMBER(ceiling_rest(&ceiling, 3, 1000, 900), 14000);
	processors(20, 100);
	CHECK_NUMBER(ceiling_rest(&ceiling, 3, 1000, 0), 0);
}

TEST("keeps to its share of a disk that others wait for")
{
	start(20);
	disk(50, 250, 4096, 500);
	CHECK(ceiling.disk_wanted);
	CHECK_NUMBER(ceiling_rest(&ceiling, 2, 100, 1000), 9000);
	disk(50, 0, 4096, 500);
	CHECK(!ceiling.disk_wanted);
}

TEST("has no ceiling at 100 percent, and rests at most two seconds")
{
	start(NO_CEILING);
	processors(10, 190);
	disk(50, 250, 4096, 500);
	CHECK_NUMBER(ceiling_rest(&ceiling, 3, 1000, 1000), 0);
	ceiling_start(&ceiling, 1);
	CHECK_NUMBER(ceiling_rest(&ceiling, 3, 1000000, 1000000), 2000000);
	/* What was seen holds over a change of the ceiling. */
	ceiling_start(&ceiling, 50);
	CHECK_NUMBER(ceiling_rest(&ceiling, 1, 0, 1000), 1000);
}

TEST("does not mind counters that go backwards or are not there")
{
	start(10);
	processors(100, 98);
	memset(&sample, 0, sizeof sample);
	now += ROUND;
	ceiling_note(&ceiling, &sample, now);
	CHECK_NUMBER(ceiling_rest(&ceiling, 3, 1000, 1000), 0);
}
