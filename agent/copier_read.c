#include "copier_internal.h"

#include <stdio.h>
#include <string.h>

#include "salvage.h"

/* A copier's chunk from the disk, with bad sectors and what nobody uses. */

void copier_add_notice(struct pipeline *p, const struct read_notice *notice)
{
	os_lock(&p->lock);
	while (p->notice_count == MOST_NOTICES && !p->stopping)
		os_wait(&p->work, &p->lock);
	if (!p->stopping)
		p->notices[(p->notice_head + p->notice_count++) % MOST_NOTICES] = *notice;
	os_unlock(&p->lock);
	net_wake(p->options.control);
}

static void on_bad_range(void *context, const struct bad_range *range, const char *why)
{
	struct hands *h = context;
	struct held *held = h->reading;
	struct pipeline *p = h->p;
	struct read_notice notice;

	/* Nobody misses it. */
	if (unused_covers(&p->unused, range->offset, range->length))
		return;
	held->unreadable = true;
	if (!p->options.continue_on_read_errors) {
		if (!held->read_failed && disk_size_now(p->disk) != p->planned_size)
			pipeline_fail(p, FAILURE_ABORT, ABORT_DISK_MISSING, "disk %u (%s) is gone: %s", h->disk, p->path,
				      why);
		else if (!held->read_failed)
			pipeline_fail(p, FAILURE_ABORT, ABORT_READ_ERROR, "disk %u (%s) offset %llu length %llu: %s",
				      h->disk, p->path, (unsigned long long)range->offset,
				      (unsigned long long)range->length, why);
		held->read_failed = true;
		return;
	}
	notice = (struct read_notice){NOTICE_READ_ERROR, h->disk, range->offset, range->length, ""};
	snprintf(notice.detail, sizeof notice.detail, "%s", why);
	copier_add_notice(p, &notice);
}

bool copier_read(struct hands *h, struct held *held)
{
	struct pipeline *p = h->p;
	char why[128] = "";
	enum disk_status status;
	uint64_t offset = held->work.offset, length = held->work.length;
	size_t head;

	h->reading = held;
	held->unreadable = false;
	held->read_failed = false;
	/* From the first used byte to the last, in whole pages: what is before and behind is zero anyway. */
	unused_trim(&p->unused, &offset, &length);
	head = (size_t)(offset - held->work.offset) / DISK_ALIGNMENT * DISK_ALIGNMENT;
	length += offset - held->work.offset - head;
	offset = held->work.offset + head;
	length = (length + DISK_ALIGNMENT - 1) / DISK_ALIGNMENT * DISK_ALIGNMENT;
	if (length > held->work.length - head)
		length = held->work.length - head;
	held->read_bytes = (size_t)length;
	memset(held->raw->bytes, 0, head);
	memset(held->raw->bytes + head + length, 0, held->work.length - head - (size_t)length);
	status = salvage_read(p->disk, offset, held->raw->bytes + head, (size_t)length, on_bad_range, h, why, sizeof why);
	unused_mask(&p->unused, held->work.offset, held->raw->bytes, held->work.length);
	switch (status) {
	case DISK_OK:
		return true;
	case DISK_UNREADABLE:
		return !held->read_failed;
	case DISK_CHANGED:
		pipeline_fail(p, FAILURE_ABORT, ABORT_DISK_CHANGED, "disk %u (%s): %s", h->disk, p->path, why);
		return false;
	case DISK_NO_MEMORY:
		pipeline_fail(p, FAILURE_ABORT, ABORT_RESOURCES, "disk %u (%s): %s", h->disk, p->path, why);
		return false;
	case DISK_MISSING:
		break;
	}
	pipeline_fail(p, FAILURE_ABORT, ABORT_DISK_MISSING, "disk %u (%s): %s", h->disk, p->path, why);
	return false;
}
