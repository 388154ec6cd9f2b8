#include "load.h"
#include "pipeline_internal.h"

/* The load ceiling at work: how busy the system is, and copiers that rest because of it. */

void pipeline_sample_load(struct pipeline *p)
{
	struct load_sample sample = {0};
	struct disk_work work;
	bool is_mine;

	os_lock(&p->lock);
	is_mine = !p->sampling && ceiling_is_due(&p->ceiling, os_now_us());
	p->sampling = p->sampling || is_mine;
	sample.own_requests = p->own_requests;
	sample.own_bytes = p->own_bytes;
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
	os_lock(&p->lock);
	p->sampling = false;
	ceiling_note(&p->ceiling, &sample, os_now_us());
	os_unlock(&p->lock);
}

void pipeline_rest(struct pipeline *p, uint64_t processor_us, uint64_t reading_us)
{
	uint64_t begun = os_now_us(), now = begun;
	uint64_t rest_us = ceiling_rest(&p->ceiling, p->copier_count, processor_us, reading_us);

	while (!p->stopping && p->ceiling.percent != NO_CEILING && now - begun < rest_us) {
		os_wait_for(&p->work, &p->lock, (unsigned)((rest_us - (now - begun)) / 1000 + 1));
		now = os_now_us();
	}
	p->times.held += now - begun;
}
