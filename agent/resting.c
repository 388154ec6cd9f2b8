#include "load.h"
#include "pipeline_internal.h"

/* The load ceiling at work: how busy the system is, and copiers that rest because of it. */

/*
 * What of the disk's work is ours. The kernel knows how many bytes it fetched for us (holes of a file need none); how
 * many requests those were follows from what the copiers asked for. Without the kernel's word theirs is taken.
 */
static void note_own_reads(struct own_reads *own, uint64_t requests, uint64_t bytes, struct load_sample *sample)
{
	uint64_t asked = bytes - own->asked_bytes, asked_requests = requests - own->asked_requests;
	uint64_t fetched = 0;
	bool known = load_own_reads(&fetched);
	uint64_t more = known && own->known ? fetched - own->fetched : asked;

	own->bytes += more;
	if (asked_requests > 0)
		own->request_size = asked / asked_requests;
	if (own->request_size > 0)
		own->requests += (more + own->request_size / 2) / own->request_size;
	own->asked_bytes = bytes;
	own->asked_requests = requests;
	own->fetched = fetched;
	own->known = known;
	sample->own_bytes = own->bytes;
	sample->own_requests = own->requests;
}

void pipeline_sample_load(struct pipeline *p)
{
	struct load_sample sample = {0};
	struct disk_work work;
	uint64_t requests, bytes;
	bool is_mine;

	os_lock(&p->lock);
	is_mine = !p->sampling && ceiling_is_due(&p->ceiling, os_now_us());
	p->sampling = p->sampling || is_mine;
	requests = p->asked_requests;
	bytes = p->asked_bytes;
	sample.told_us = p->told_us;
	os_unlock(&p->lock);
	if (!is_mine)
		return;
	load_ask_processors(&sample);
	sample.has_disk = disk_ask_work(p->disk, &work);
	if (sample.has_disk) {
		sample.requests = work.requests;
		sample.bytes = work.bytes;
		sample.request_us = work.request_us;
	}
	note_own_reads(&p->own_reads, requests, bytes, &sample);
	os_lock(&p->lock);
	p->sampling = false;
	ceiling_note(&p->ceiling, &sample, os_now_us());
	os_unlock(&p->lock);
}

void pipeline_rest(struct pipeline *p, const struct ceiling_work *work)
{
	uint64_t begun = os_now_us(), now = begun;
	uint64_t rest_us = ceiling_rest(&p->ceiling, p->copier_count, work);

	p->told_us += work->processor_us;
	while (!p->stopping && p->ceiling.percent != NO_CEILING && now - begun < rest_us) {
		os_wait_for(&p->work, &p->lock, (unsigned)((rest_us - (now - begun)) / 1000 + 1));
		now = os_now_us();
	}
	p->times.held += now - begun;
}
