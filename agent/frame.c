#include "frame.h"

#include <string.h>

#include "text.h"
#include "wire.h"

#define EXACT UINT64_C(9007199254740991)

static const uint8_t magic[4] = {'S', 'M', 'A', '1'};

static bool belongs(enum frame_side side, uint16_t type)
{
	switch (side) {
	case CONTROL_A2I:
		return type == FRAME_HELLO || type == FRAME_PLAN_ACCEPTED || type == FRAME_QUERY ||
		       type == FRAME_PASS_DONE || type == FRAME_PROGRESS || type == FRAME_PING ||
		       type == FRAME_PONG || type == FRAME_NOTICE || type == FRAME_ABORT || type == FRAME_GOODBYE ||
		       type == FRAME_USED;
	case CONTROL_I2A:
		return type == FRAME_WELCOME || type == FRAME_PLAN || type == FRAME_PASS_START ||
		       type == FRAME_KNOWN || type == FRAME_TUNE || type == FRAME_CEILING || type == FRAME_PAUSE || type == FRAME_PING ||
		       type == FRAME_PONG || type == FRAME_ABORT || type == FRAME_FINISH;
	case DATA_A2I:
		return type == FRAME_ATTACH || type == FRAME_CHUNK || type == FRAME_ZERO || type == FRAME_SAME ||
		       type == FRAME_UNUSED || type == FRAME_ABORT;
	case DATA_I2A:
		return type == FRAME_ATTACHED || type == FRAME_ACK || type == FRAME_ABORT;
	}
	return false;
}

static uint32_t payload_cap(enum frame_side side, uint16_t type)
{
	if (side == DATA_A2I || side == DATA_I2A)
		return FRAME_DATA_CAP;
	return type == FRAME_KNOWN ? FRAME_KNOWN_CAP : FRAME_CONTROL_CAP;
}

enum frame_error frame_header_decode(enum frame_side side, const uint8_t header[FRAME_HEADER_SIZE],
				     uint32_t expected_sequence, struct frame_header *out)
{
	if (memcmp(header, magic, sizeof magic) != 0)
		return FRAME_BAD_MAGIC;
	out->type = wire_get16(header + 4);
	out->length = wire_get32(header + 8);
	if (!belongs(side, out->type))
		return FRAME_BAD_TYPE;
	if (wire_get16(header + 6) != 0)
		return FRAME_BAD_FLAGS;
	if (out->length > payload_cap(side, out->type))
		return FRAME_BAD_LENGTH;
	if (wire_get32(header + 12) != expected_sequence)
		return FRAME_BAD_SEQUENCE;
	return FRAME_OK;
}

void frame_header_encode(uint8_t header[FRAME_HEADER_SIZE], uint16_t type, uint32_t length, uint32_t sequence)
{
	memcpy(header, magic, sizeof magic);
	wire_put16(header + 4, type);
	wire_put16(header + 6, 0);
	wire_put32(header + 8, length);
	wire_put32(header + 12, sequence);
}

/* A payload being read: `p` never passes `end`. */
struct reader {
	const uint8_t *p;
	const uint8_t *end;
};

static const uint8_t *take(struct reader *r, size_t n)
{
	const uint8_t *at = r->p;

	if ((size_t)(r->end - r->p) < n)
		return NULL;
	r->p += n;
	return at;
}

static const uint8_t *take_text(struct reader *r, size_t *length)
{
	const uint8_t *at = take(r, 2);

	if (at == NULL)
		return NULL;
	*length = wire_get16(at);
	return take(r, *length);
}

/* Steps over one item of a list; false when it does not fit. */
static bool skip_item(struct reader *r, enum field_kind kind)
{
	size_t length;

	switch (kind) {
	case FIELD_PLAN_DISKS:
		return take(r, 10) != NULL && take_text(r, &length) != NULL;
	case FIELD_ACCEPTED_DISKS:
		return take(r, ACCEPTED_DISK_SIZE) != NULL;
	case FIELD_ACK_RUNS:
		return take(r, 12) != NULL;
	case FIELD_USED_VOLUMES:
		return take(r, 16) != NULL && take_text(r, &length) != NULL && take_text(r, &length) != NULL;
	default:
		return false;
	}
}

static bool take_known_runs(struct reader *r, uint64_t count, struct frame_value *value)
{
	uint64_t covered = 0;

	value->bytes = r->p;
	value->number = 0;
	while (covered < count) {
		const uint8_t *head = take(r, 6);
		uint32_t length;

		if (head == NULL)
			return false;
		length = wire_get32(head + 2);
		/* Divided, because a product of what a peer says may not fit 32 bits. */
		if (head[0] == KNOWN_DATA &&
		    (length > (size_t)(r->end - r->p) / HASH_SIZE || take(r, (size_t)length * HASH_SIZE) == NULL))
			return false;
		covered += length;
		value->number++;
	}
	value->length = (size_t)(r->p - value->bytes);
	return true;
}

static bool take_list(struct reader *r, enum field_kind kind, struct frame_value *value)
{
	const uint8_t *count = take(r, 2);

	if (count == NULL)
		return false;
	value->number = wire_get16(count);
	value->bytes = r->p;
	for (uint64_t i = 0; i < value->number; i++)
		if (!skip_item(r, kind))
			return false;
	value->length = (size_t)(r->p - value->bytes);
	return true;
}

static bool take_number(struct reader *r, size_t width, struct frame_value *value)
{
	const uint8_t *at = take(r, width);

	if (at == NULL)
		return false;
	value->number = width == 1 ? at[0] : width == 2 ? wire_get16(at) : width == 4 ? wire_get32(at) : wire_get64(at);
	return true;
}

/* The shape: does every field fit? */
static bool take_field(struct reader *r, enum field_kind kind, struct frame *frame, unsigned i)
{
	struct frame_value *value = &frame->field[i];

	switch (kind) {
	case FIELD_U8:
		return take_number(r, 1, value);
	case FIELD_I8:
		if (!take_number(r, 1, value))
			return false;
		if (value->number >= 128)
			value->number -= 256; /* wraps: sign extension */
		return true;
	case FIELD_U16:
		return take_number(r, 2, value);
	case FIELD_U32:
		return take_number(r, 4, value);
	case FIELD_U64:
		return take_number(r, 8, value);
	case FIELD_ID:
	case FIELD_HASH:
		value->length = kind == FIELD_ID ? ID_SIZE : HASH_SIZE;
		value->bytes = take(r, value->length);
		return value->bytes != NULL;
	case FIELD_TEXT:
		value->bytes = take_text(r, &value->length);
		return value->bytes != NULL;
	case FIELD_PLAN_DISKS:
	case FIELD_ACCEPTED_DISKS:
	case FIELD_ACK_RUNS:
	case FIELD_USED_VOLUMES:
		return take_list(r, kind, value);
	case FIELD_KNOWN_RUNS:
		return take_known_runs(r, frame->field[RANGE_COUNT].number, value);
	case FIELD_TAIL:
		value->bytes = r->p;
		value->length = (size_t)(r->end - r->p);
		r->p = r->end;
		return true;
	case FIELD_END:
		break;
	}
	return false;
}

/* Both are at most 2^53 - 1, or the sum would not be checked. */
static bool sum_fits(uint64_t a, uint64_t b)
{
	return a <= EXACT && b <= EXACT && a + b <= EXACT;
}

static bool seen_twice(const uint16_t *ids, size_t n)
{
	for (size_t i = 0; i + 1 < n; i++)
		if (ids[i] == ids[n - 1])
			return true;
	return false;
}

/* A disk of a plan takes 13 bytes or more. */
enum { MOST_DISKS = FRAME_CONTROL_CAP / 13 };

static bool good_plan_disks(const struct frame *frame)
{
	struct frame_cursor cursor = frame_items(frame, PLAN_DISKS);
	struct plan_disk disk;
	uint16_t ids[MOST_DISKS];
	size_t n = 0;

	while (frame_next_plan_disk(&cursor, &disk)) {
		if (n == MOST_DISKS || disk.path_length == 0 || disk.expected_size > EXACT ||
		    !text_is_utf8(disk.path, disk.path_length))
			return false;
		ids[n++] = disk.disk;
		if (seen_twice(ids, n))
			return false;
	}
	return true;
}

static bool good_accepted_disks(const struct frame *frame)
{
	struct frame_cursor cursor = frame_items(frame, PLAN_ACCEPTED_DISKS);
	struct accepted_disk disk;
	uint16_t ids[FRAME_CONTROL_CAP / ACCEPTED_DISK_SIZE];
	size_t n = 0;

	while (frame_next_accepted_disk(&cursor, &disk)) {
		if (n == sizeof ids / sizeof *ids || disk.size == 0 || disk.size > EXACT)
			return false;
		ids[n++] = disk.disk;
		if (seen_twice(ids, n))
			return false;
	}
	return true;
}

static bool good_known_runs(const struct frame *frame)
{
	struct frame_cursor cursor = frame_items(frame, KNOWN_RUNS);
	struct known_run run;
	uint64_t covered = 0;

	while (frame_next_known_run(&cursor, &run)) {
		if (run.state > KNOWN_DATA || (run.flags & ~KNOWN_RECORDED) != 0 || run.length == 0)
			return false;
		covered += run.length;
	}
	return covered == frame->field[RANGE_COUNT].number;
}

static bool good_ack_runs(const struct frame *frame)
{
	struct frame_cursor cursor = frame_items(frame, ACK_RUNS);
	struct ack_run run;

	while (frame_next_ack_run(&cursor, &run))
		if (run.count == 0 || !sum_fits(run.first, run.count))
			return false;
	return true;
}

static bool good_used_volumes(const struct frame *frame)
{
	struct frame_cursor cursor = frame_items(frame, USED_VOLUMES);
	struct used_volume volume;

	while (frame_next_used_volume(&cursor, &volume))
		if (volume.size > EXACT || volume.unused > volume.size || !text_is_utf8(volume.what, volume.what_length) ||
		    !text_is_utf8(volume.why, volume.why_length))
			return false;
	return true;
}

static bool good_list(const struct frame *frame, enum field_kind kind)
{
	switch (kind) {
	case FIELD_PLAN_DISKS:
		return good_plan_disks(frame);
	case FIELD_ACCEPTED_DISKS:
		return good_accepted_disks(frame);
	case FIELD_ACK_RUNS:
		return good_ack_runs(frame);
	default:
		return good_used_volumes(frame);
	}
}

static bool good_value(const struct frame *frame, const struct field_rule *rule, unsigned i)
{
	const struct frame_value *value = &frame->field[i];

	switch (rule->kind) {
	case FIELD_TEXT:
		return text_is_utf8(value->bytes, value->length);
	case FIELD_TAIL:
		return value->length >= rule->lowest && value->length <= rule->highest;
	case FIELD_PLAN_DISKS:
	case FIELD_ACCEPTED_DISKS:
	case FIELD_ACK_RUNS:
	case FIELD_USED_VOLUMES:
		return value->number >= rule->lowest && value->number <= rule->highest && good_list(frame, rule->kind);
	case FIELD_KNOWN_RUNS:
		return good_known_runs(frame);
	case FIELD_U8:
	case FIELD_U16:
	case FIELD_U32:
	case FIELD_U64:
		return value->number >= rule->lowest && value->number <= rule->highest;
	default:
		return true;
	}
}

/* What one field's bounds cannot say. */
static bool good_together(const struct frame *frame)
{
	const struct frame_value *f = frame->field;

	switch (frame->type) {
	case FRAME_HELLO:
		return f[HELLO_LOWEST].number <= f[HELLO_HIGHEST].number;
	case FRAME_PLAN:
		return (f[PLAN_CHUNK_SIZE].number & (f[PLAN_CHUNK_SIZE].number - 1)) == 0;
	case FRAME_QUERY:
	case FRAME_KNOWN:
	case FRAME_ZERO:
	case FRAME_UNUSED:
	case FRAME_SAME:
		return sum_fits(f[RANGE_FIRST].number, f[RANGE_COUNT].number);
	case FRAME_USED:
		return sum_fits(f[USED_BYTES].number, f[USED_UNUSED_BYTES].number);
	case FRAME_NOTICE:
		return sum_fits(f[NOTICE_OFFSET].number, f[NOTICE_LENGTH].number);
	case FRAME_CHUNK:
		return f[CHUNK_CODEC].number != CODEC_RAW || f[CHUNK_PAYLOAD].length == f[CHUNK_RAW_LENGTH].number;
	default:
		return true;
	}
}

enum frame_error frame_decode(uint16_t type, const uint8_t *payload, size_t length, struct frame *out)
{
	const struct field_rule *layout = frame_layout(type);
	struct reader r = {payload, payload + length};

	if (layout == NULL)
		return FRAME_BAD_TYPE;
	frame_clear(out, type);
	for (unsigned i = 0; layout[i].kind != FIELD_END; i++)
		if (!take_field(&r, layout[i].kind, out, i))
			return FRAME_BAD_LENGTH;
	if (r.p != r.end)
		return FRAME_BAD_LENGTH;
	for (unsigned i = 0; layout[i].kind != FIELD_END; i++)
		if (!good_value(out, &layout[i], i))
			return FRAME_BAD_FIELD;
	return good_together(out) ? FRAME_OK : FRAME_BAD_FIELD;
}
