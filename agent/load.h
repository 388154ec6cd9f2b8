#ifndef SMA_LOAD_H
#define SMA_LOAD_H

/* What the system says of how busy it is. */

#include "ceiling.h"

/* Fills in what is about processors. */
void load_ask_processors(struct load_sample *sample);
/* Processor time of the calling thread so far, microseconds. */
uint64_t load_thread_us(void);
/* Bytes that storage was asked for on behalf of this process so far; holes of files are none. False: unknown. */
bool load_own_reads(uint64_t *bytes);

#endif
