#include "frame.h"

#include <string.h>

#include "text.h"
#include "wire.h"

/* Making frames, and walking the lists of decoded ones. */

static size_t number_width(enum field_kind kind)
{
	switch (kind) {
	case FIELD_U8:
	case FIELD_I8:
		return 1;
	case FIELD_U16:
		return 2;
	case FIELD_U32:
		return 4;
	case FIELD_U64:
		return 8;
	default:
		return 0;
	}
}

/* Of what stands before a value's bytes: a string's length, a list's count. */
static size_t prefix_width(enum field_kind kind)
{
	return kind == FIELD_TEXT || kind == FIELD_PLAN_DISKS || kind == FIELD_ACCEPTED_DISKS ||
			       kind == FIELD_ACK_RUNS || kind == FIELD_USED_VOLUMES
		       ? 2
		       : 0;
}

static void put_number(uint8_t *p, size_t width, uint64_t number)
{
	for (size_t i = 0; i < width; i++)
		p[i] = (uint8_t)(number >> (8 * i));
}

size_t frame_encode(const struct frame *frame, uint32_t sequence, uint8_t *out, size_t capacity)
{
	const struct field_rule *layout = frame_layout(frame->type);
	size_t at = FRAME_HEADER_SIZE;

	if (layout == NULL || capacity < FRAME_HEADER_SIZE)
		return 0;
	for (unsigned i = 0; layout[i].kind != FIELD_END; i++) {
		const struct frame_value *value = &frame->field[i];
		size_t width = number_width(layout[i].kind);
		size_t prefix = prefix_width(layout[i].kind);

		if (capacity - at < width + prefix || capacity - at - width - prefix < value->length)
			return 0;
		put_number(out + at, width, value->number);
		if (prefix != 0)
			put_number(out + at, prefix, layout[i].kind == FIELD_TEXT ? value->length : value->number);
		at += width + prefix;
		if (value->length != 0)
			memcpy(out + at, value->bytes, value->length);
		at += value->length;
	}
	frame_header_encode(out, frame->type, (uint32_t)(at - FRAME_HEADER_SIZE), sequence);
	return at;
}

void frame_clear(struct frame *frame, uint16_t type)
{
	memset(frame, 0, sizeof *frame);
	frame->type = type;
}

void frame_set_bytes(struct frame *frame, unsigned field, const void *bytes, size_t length)
{
	frame->field[field].bytes = bytes;
	frame->field[field].length = length;
}

void frame_set_text(struct frame *frame, unsigned field, const char *text, char storage[1001])
{
	text_to_utf8(text, storage, 1001);
	frame_set_bytes(frame, field, storage, strlen(storage));
}

struct frame_cursor frame_items(const struct frame *frame, unsigned field)
{
	const struct frame_value *value = &frame->field[field];
	struct frame_cursor cursor = {value->bytes, value->bytes};

	if (value->length != 0)
		cursor.end += value->length;
	return cursor;
}

/* The decoder has checked that every item fits; checking again here costs nothing and trusts nobody. */
static const uint8_t *step(struct frame_cursor *cursor, size_t n)
{
	const uint8_t *at = cursor->next;

	if ((size_t)(cursor->end - cursor->next) < n)
		return NULL;
	cursor->next += n;
	return at;
}

bool frame_next_plan_disk(struct frame_cursor *cursor, struct plan_disk *out)
{
	const uint8_t *at = cursor->next == cursor->end ? NULL : step(cursor, 12);

	if (at == NULL)
		return false;
	out->disk = wire_get16(at);
	out->expected_size = wire_get64(at + 2);
	out->path_length = wire_get16(at + 10);
	out->path = step(cursor, out->path_length);
	return out->path != NULL;
}

bool frame_next_accepted_disk(struct frame_cursor *cursor, struct accepted_disk *out)
{
	const uint8_t *at = cursor->next == cursor->end ? NULL : step(cursor, ACCEPTED_DISK_SIZE);

	if (at == NULL)
		return false;
	out->disk = wire_get16(at);
	out->size = wire_get64(at + 2);
	out->sector_size = wire_get32(at + 10);
	return true;
}

void accepted_disk_encode(uint8_t out[ACCEPTED_DISK_SIZE], const struct accepted_disk *disk)
{
	wire_put16(out, disk->disk);
	wire_put64(out + 2, disk->size);
	wire_put32(out + 10, disk->sector_size);
}

bool frame_next_known_run(struct frame_cursor *cursor, struct known_run *out)
{
	const uint8_t *at = cursor->next == cursor->end ? NULL : step(cursor, 6);

	if (at == NULL)
		return false;
	out->state = at[0];
	out->flags = at[1];
	out->length = wire_get32(at + 2);
	out->hashes = NULL;
	if (out->state != KNOWN_DATA)
		return true;
	out->hashes = step(cursor, (size_t)out->length * HASH_SIZE);
	return out->hashes != NULL;
}

bool frame_next_ack_run(struct frame_cursor *cursor, struct ack_run *out)
{
	const uint8_t *at = cursor->next == cursor->end ? NULL : step(cursor, 12);

	if (at == NULL)
		return false;
	out->first = wire_get64(at);
	out->count = wire_get32(at + 8);
	return true;
}

bool frame_next_used_volume(struct frame_cursor *cursor, struct used_volume *out)
{
	const uint8_t *at = cursor->next == cursor->end ? NULL : step(cursor, 18);

	if (at == NULL)
		return false;
	out->size = wire_get64(at);
	out->unused = wire_get64(at + 8);
	out->what_length = wire_get16(at + 16);
	out->what = step(cursor, out->what_length);
	at = out->what == NULL ? NULL : step(cursor, 2);
	if (at == NULL)
		return false;
	out->why_length = wire_get16(at);
	out->why = step(cursor, out->why_length);
	return out->why != NULL;
}

size_t used_volume_encode(uint8_t *out, size_t capacity, const struct used_volume *volume)
{
	size_t length = 20 + (size_t)volume->what_length + volume->why_length;

	if (length > capacity)
		return 0;
	wire_put64(out, volume->size);
	wire_put64(out + 8, volume->unused);
	wire_put16(out + 16, volume->what_length);
	memcpy(out + 18, volume->what, volume->what_length);
	wire_put16(out + 18 + volume->what_length, volume->why_length);
	memcpy(out + 20 + volume->what_length, volume->why, volume->why_length);
	return length;
}

void chunk_fields_encode(uint8_t out[CHUNK_FIELDS_SIZE], const struct chunk_fields *fields)
{
	wire_put16(out, fields->disk);
	wire_put32(out + 2, fields->pass);
	wire_put64(out + 6, fields->index);
	wire_put32(out + 14, fields->raw_length);
	out[18] = fields->codec;
	memcpy(out + 19, fields->hash, HASH_SIZE);
}
