#ifndef SMA_ADAPT_H
#define SMA_ADAPT_H

/*
 * How hard to compress, found by trying: the setting that lately carried most bytes of the disk a second. On a fast
 * link that is no compression at all, on a slow one a high level, and it changes with whatever else the machines and
 * the link do. No clock of its own, no I/O.
 */

#include <stdbool.h>
#include <stdint.h>

enum { ADAPT_STEPS = 7 };

struct adapt {
	unsigned here; /* the setting that is believed best */
	unsigned trying; /* the one in use */
	bool upwards; /* where the next try goes */
	bool settling; /* the measure after a change also holds what was under way before it */
	unsigned rounds; /* measured at `here` since the last try */
	unsigned patience; /* rounds between tries */
	double rate; /* of `here`, bytes/us, smoothed */
	bool tried; /* a neighbour, at least once */
	uint64_t bytes, since_us;
	uint64_t packed;
	uint64_t until; /* what is sent before this many bytes was packed before the last change */
	bool started;
};

void adapt_start(struct adapt *adapt);
/*
 * Tells how many bytes of the disk have been sent so far, and how many packed, whenever convenient. On a slow link
 * seconds of packed chunks wait to be sent, which say nothing of a setting chosen since. True when the setting has
 * changed.
 */
bool adapt_note(struct adapt *adapt, uint64_t bytes, uint64_t packed, uint64_t now_us);
/* Nothing was sent for a reason that says nothing (a pause, no work): measuring begins anew. */
void adapt_interrupt(struct adapt *adapt);

/* False: send as it is. */
bool adapt_compresses(const struct adapt *adapt);
int adapt_level(const struct adapt *adapt);

#endif
