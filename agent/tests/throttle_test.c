#include "check.h"

#include "../throttle.h"

/* Drives the bucket with a clock of its own: every answer is followed as a sender would. */
static uint64_t bytes_in(uint64_t rate, uint64_t wanted, uint64_t duration_us)
{
	struct throttle throttle = {0};
	uint64_t now = 5000000, end = now + duration_us, total = 0, wait;

	throttle_set(&throttle, rate, now);
	while (now < end) {
		uint64_t granted = throttle_take(&throttle, wanted, now, &wait);

		total += granted;
		now += granted > 0 ? 1 : wait;
	}
	return total;
}

TEST("lets everything through when there is no limit")
{
	struct throttle throttle = {0};
	uint64_t wait;

	throttle_set(&throttle, 0, 1);
	CHECK_NUMBER(throttle_take(&throttle, UINT64_C(1) << 40, 1, &wait), UINT64_C(1) << 40);
	CHECK_NUMBER(wait, 0);
}

TEST("keeps the rate over ten seconds, for slow and fast limits and large and small requests")
{
	static const uint64_t rates[] = {10000, 1000000, 12500000, UINT64_C(2000000000)};
	static const uint64_t requests[] = {100, 65536, 1048643};

	for (size_t i = 0; i < sizeof rates / sizeof *rates; i++) {
		for (size_t j = 0; j < sizeof requests / sizeof *requests; j++) {
			uint64_t due = rates[i] * 10, have;

			/* Small requests at a high rate would need more of them than microseconds. */
			if (requests[j] * 1000000 < rates[i])
				continue;
			have = bytes_in(rates[i], requests[j], 10000000);
			CHECK(have <= due + rates[i] / 20 + 4096);
			CHECK(have + rates[i] / 20 + 4096 >= due);
		}
	}
}

TEST("a pause in traffic earns no more than a short burst")
{
	struct throttle throttle = {0};
	uint64_t wait, total = 0, granted;

	throttle_set(&throttle, 1000000, 0);
	do {
		granted = throttle_take(&throttle, 1000000, UINT64_C(3600000000), &wait);
		total += granted;
	} while (granted > 0);
	CHECK(total <= 1000000 / 10);
	CHECK(wait > 0);
}

TEST("takes the largest rate and the longest pause without overflow")
{
	struct throttle throttle = {0};
	uint64_t wait;

	throttle_set(&throttle, UINT64_C(9007199254740991), 0);
	CHECK(throttle_take(&throttle, 4194304, UINT64_MAX, &wait) == 4194304);
	throttle_set(&throttle, 1, 0);
	CHECK(throttle_take(&throttle, 4194304, 1000000, &wait) <= 1);
	CHECK(wait > 0);
}

TEST("survives a clock that stands still or runs backwards")
{
	struct throttle throttle = {0};
	uint64_t wait;

	throttle_set(&throttle, 1000, 1000000);
	CHECK_NUMBER(throttle_take(&throttle, 4096, 1000000, &wait), 0);
	CHECK_NUMBER(throttle_take(&throttle, 4096, 5, &wait), 0);
	CHECK(wait > 0);
}
