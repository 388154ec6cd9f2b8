#include "frame.h"

#include <inttypes.h>

#include "text.h"

/* The canonical text of decoded frames, for the golden vectors. */

static void add_quoted(struct text_buffer *out, const uint8_t *bytes, size_t length)
{
	text_add(out, "\"");
	for (size_t i = 0; i < length; i++) {
		if (bytes[i] < 0x20 || bytes[i] == '"' || bytes[i] == '\\')
			text_addf(out, "\\x%02x", bytes[i]);
		else
			text_addf(out, "%c", bytes[i]);
	}
	text_add(out, "\"");
}

static void add_plan_disks(struct text_buffer *out, const struct frame *frame, unsigned field)
{
	struct frame_cursor cursor = frame_items(frame, field);
	struct plan_disk disk;

	for (const char *comma = ""; frame_next_plan_disk(&cursor, &disk); comma = ",") {
		text_addf(out, "%s%u:%" PRIu64 ":", comma, disk.disk, disk.expected_size);
		add_quoted(out, disk.path, disk.path_length);
	}
}

static void add_accepted_disks(struct text_buffer *out, const struct frame *frame, unsigned field)
{
	struct frame_cursor cursor = frame_items(frame, field);
	struct accepted_disk disk;

	for (const char *comma = ""; frame_next_accepted_disk(&cursor, &disk); comma = ",")
		text_addf(out, "%s%u:%" PRIu64 ":%" PRIu32, comma, disk.disk, disk.size, disk.sector_size);
}

static void add_known_runs(struct text_buffer *out, const struct frame *frame, unsigned field)
{
	struct frame_cursor cursor = frame_items(frame, field);
	struct known_run run;

	for (const char *comma = ""; frame_next_known_run(&cursor, &run); comma = ",") {
		text_addf(out, "%s%u:%u:%" PRIu32, comma, run.state, run.flags, run.length);
		if (run.state != KNOWN_DATA)
			continue;
		text_add(out, ":");
		text_add_hex(out, run.hashes, (size_t)run.length * HASH_SIZE);
	}
}

static void add_ack_runs(struct text_buffer *out, const struct frame *frame, unsigned field)
{
	struct frame_cursor cursor = frame_items(frame, field);
	struct ack_run run;

	for (const char *comma = ""; frame_next_ack_run(&cursor, &run); comma = ",")
		text_addf(out, "%s%" PRIu64 ":%" PRIu32, comma, run.first, run.count);
}

static void add_used_volumes(struct text_buffer *out, const struct frame *frame, unsigned field)
{
	struct frame_cursor cursor = frame_items(frame, field);
	struct used_volume volume;

	for (const char *comma = ""; frame_next_used_volume(&cursor, &volume); comma = ",") {
		text_addf(out, "%s%" PRIu64 ":%" PRIu64 ":", comma, volume.size, volume.unused);
		add_quoted(out, volume.what, volume.what_length);
		text_add(out, ":");
		add_quoted(out, volume.why, volume.why_length);
	}
}

static void add_value(struct text_buffer *out, const struct frame *frame, unsigned field, enum field_kind kind)
{
	const struct frame_value *value = &frame->field[field];

	switch (kind) {
	case FIELD_U8:
	case FIELD_U16:
	case FIELD_U32:
	case FIELD_U64:
		text_addf(out, "%" PRIu64, value->number);
		break;
	case FIELD_I8:
		text_addf(out, "%" PRId64, (int64_t)value->number);
		break;
	case FIELD_TEXT:
		add_quoted(out, value->bytes, value->length);
		break;
	case FIELD_ID:
	case FIELD_HASH:
	case FIELD_TAIL:
		text_add_hex(out, value->bytes, value->length);
		break;
	case FIELD_PLAN_DISKS:
	case FIELD_ACCEPTED_DISKS:
	case FIELD_KNOWN_RUNS:
	case FIELD_ACK_RUNS:
	case FIELD_USED_VOLUMES:
		text_add(out, "[");
		if (kind == FIELD_PLAN_DISKS)
			add_plan_disks(out, frame, field);
		else if (kind == FIELD_ACCEPTED_DISKS)
			add_accepted_disks(out, frame, field);
		else if (kind == FIELD_KNOWN_RUNS)
			add_known_runs(out, frame, field);
		else if (kind == FIELD_USED_VOLUMES)
			add_used_volumes(out, frame, field);
		else
			add_ack_runs(out, frame, field);
		text_add(out, "]");
		break;
	case FIELD_END:
		break;
	}
}

size_t frame_dump(const struct frame *frame, char *out, size_t capacity)
{
	const struct field_rule *layout = frame_layout(frame->type);
	struct text_buffer text;

	text_start(&text, out, capacity);
	text_add(&text, frame_type_name(frame->type));
	for (unsigned i = 0; layout[i].kind != FIELD_END; i++) {
		text_addf(&text, " %s=", layout[i].name);
		add_value(&text, frame, i, layout[i].kind);
	}
	return text.cut ? capacity : text.length;
}
