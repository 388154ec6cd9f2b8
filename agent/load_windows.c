#include "load.h"

/* Windows gives the agent what nobody else wants by its priority; there is no ceiling beyond that. */

void load_ask_processors(struct load_sample *sample)
{
	sample->has_processors = false;
}

uint64_t load_thread_us(void)
{
	return 0;
}

bool load_own_reads(uint64_t *bytes)
{
	(void)bytes;
	return false;
}
