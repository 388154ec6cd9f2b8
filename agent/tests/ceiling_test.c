#include "check.h"

#include "../ceiling.h"

/* A machine that is simulated: samples are made of what happened in a quarter of a second. */

enum { ROUND = LOAD_SAMPLE_EVERY_US, CPUS = 2 };

static struct ceiling ceiling;
static struct load_sample sample;
static uint64_t now;

/* How long one of so many workers rests after reading 2 MiB. */
static uint64_t rest(unsigned workers, uint64_t processor_us, uint64_t reading_us)
{
	struct ceiling_work work = {processor_us + reading_us, processor_us, reading_us, 2 << 20};

	return ceiling_rest(&ceiling, workers, &work);
}

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

/* Samples in which others are seen no more before they are taken to be gone. */
enum { GONE = 3 };

TEST("keeps to its share until it knows that nobody else wants more")
{
	start(10);
	/* Four fifths of the ceiling: 1.5 ms of each of two processors, and a twelfth and a half of all time. */
	CHECK_NUMBER(rest(3, 1000, 0), 17750);
	CHECK_NUMBER(rest(2, 0, 1000), 24000);
	processors(190, 5);
	CHECK_NUMBER(rest(3, 1000, 1000), 0);
}

TEST("takes all that nobody else wants")
{
	start(10);
	processors(190, 5);
	CHECK_NUMBER(rest(3, 1000, 1000), 0);
	processors(100, 80);
	CHECK_NUMBER(rest(3, 1000, 1000), 0);
	disk(200, 0, 0, 1000);
	CHECK_NUMBER(rest(3, 1000, 1000), 0);
	/* A log that is written now and then. */
	disk(100, 4, 4096, 1000);
	CHECK_NUMBER(rest(3, 1000, 1000), 0);
	/* Small requests that a fast disk answers at once. */
	disk(100, 100, 4096, 100);
	CHECK_NUMBER(rest(3, 1000, 1000), 0);
}

TEST("keeps to its share of processors that others want, all workers together")
{
	start(10);
	processors(100, 98);
	CHECK(ceiling.processors_wanted);
	CHECK_NUMBER(rest(3, 1000, 0), 17750);
	/* Reading does not count as long as nobody wants the disk. */
	CHECK_NUMBER(rest(3, 1000, 900), 16850);
}

TEST("goes on holding back for a moment: whoever wanted something comes back to it")
{
	start(10);
	processors(100, 98);
	for (unsigned i = 1; i < GONE; i++) {
		processors(20, 100);
		CHECK(ceiling.processors_wanted);
	}
	processors(20, 100);
	CHECK(!ceiling.processors_wanted);
	CHECK_NUMBER(rest(3, 1000, 0), 0);
}

TEST("keeps to its share of a disk that others wait for")
{
	start(20);
	disk(50, 250, 4096, 500);
	CHECK(ceiling.disk_wanted);
	CHECK_NUMBER(rest(2, 100, 1000), 11400);
	for (unsigned i = 0; i < GONE; i++)
		disk(50, 0, 4096, 500);
	CHECK(!ceiling.disk_wanted);
}

TEST("counts processors and disk together: work that needs both in turn loses both")
{
	start(10);
	sample.requests += 250;
	sample.bytes += 250 * 4096;
	sample.request_us += 250 * 500;
	processors(100, 98);
	CHECK(ceiling.processors_wanted && ceiling.disk_wanted);
	/* 1 ms of one of two processors and 1 ms of the disk are a twelfth and a half of 18.75 ms. */
	CHECK_NUMBER(rest(1, 1000, 1000), 16750);
}

TEST("counts what other threads of ours do for each chunk")
{
	start(10);
	/* Half of our processor time is encryption. */
	for (unsigned i = 0; i < 40; i++) {
		sample.told_us += ROUND / 2;
		processors(100, 98);
	}
	CHECK(ceiling.per_told > 1.99 && ceiling.per_told < 2.01);
	CHECK(rest(1, 1000, 0) > 11000);
	/* Too little to say anything. */
	sample.told_us += 10;
	processors(100, 98);
	CHECK(ceiling.per_told > 1.99);
}

TEST("leaves others at least nine tenths of a disk and a processor, whatever the copy's own speed")
{
	start(10);
	sample.requests += 250;
	sample.bytes += 250 * 4096;
	sample.request_us += 250 * 500;
	processors(100, 98);
	for (uint64_t reading = 500; reading < 20000; reading = reading * 3 / 2) {
		for (uint64_t hashing = 500; hashing < 20000; hashing = hashing * 3 / 2) {
			double cycle = (double)(reading + hashing + rest(2, hashing, reading)) / 2;

			CHECK((double)hashing / CPUS + (double)reading <= cycle * 0.1);
		}
	}
}

TEST("reads 4 MiB a second however slow the machine is")
{
	start(1);
	processors(10, 190);
	/* 2 MiB in 100 ms: two workers rest until a second is over. */
	CHECK_NUMBER(rest(2, 100000, 0), 900000);
	/* And not at all where the machine cannot do more. */
	CHECK_NUMBER(rest(2, 1200000, 0), 0);
}

TEST("has no ceiling at 100 percent, and rests at most two seconds")
{
	struct ceiling_work work = {1000, 1000, 0, 1u << 30};

	start(NO_CEILING);
	processors(10, 190);
	disk(50, 250, 4096, 500);
	CHECK_NUMBER(rest(3, 1000, 1000), 0);
	ceiling_start(&ceiling, 1);
	work.processor_us = work.took_us = 1000000;
	CHECK_NUMBER(ceiling_rest(&ceiling, 3, &work), 2000000);
	/* What was seen holds over a change of the ceiling. */
	ceiling_start(&ceiling, 50);
	CHECK_NUMBER(rest(1, 0, 1000), 1500);
}

TEST("does not mind counters that go backwards or are not there")
{
	start(10);
	processors(100, 98);
	for (unsigned i = 0; i < GONE; i++) {
		memset(&sample, 0, sizeof sample);
		now += ROUND;
		ceiling_note(&ceiling, &sample, now);
	}
	CHECK_NUMBER(rest(3, 1000, 1000), 0);
}
