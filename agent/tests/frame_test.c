#include "check.h"

#include <stdlib.h>

#include "../frame.h"
#include "../wire.h"

/* The golden vectors, then what they cannot say. */

enum { LINE_MAX_LENGTH = 1 << 20, FIELDS = 5 };

static size_t from_hex(const char *hex, uint8_t *out)
{
	size_t n = strlen(hex) / 2;

	for (size_t i = 0; i < n; i++) {
		unsigned byte = 0;

		if (sscanf(hex + 2 * i, "%2x", &byte) != 1)
			return 0;
		out[i] = (uint8_t)byte;
	}
	return n;
}

static bool side_of(const char *name, enum frame_side *side)
{
	static const char *const names[] = {"control-a2i", "control-i2a", "data-a2i", "data-i2a"};

	for (size_t i = 0; i < 4; i++) {
		if (strcmp(names[i], name) == 0) {
			*side = (enum frame_side)i;
			return true;
		}
	}
	return false;
}

/* Decodes a whole first frame the way a receiver does. The payload is a copy of its exact size, so that the address
 * sanitizer sees a read beyond it. */
static enum frame_error decode_whole(enum frame_side side, const uint8_t *bytes, size_t length, struct frame *frame,
				     uint8_t **payload)
{
	struct frame_header header;
	enum frame_error error;

	*payload = NULL;
	if (length < FRAME_HEADER_SIZE)
		return FRAME_BAD_LENGTH;
	error = frame_header_decode(side, bytes, 0, &header);
	if (error != FRAME_OK)
		return error;
	if (length - FRAME_HEADER_SIZE != header.length)
		return FRAME_BAD_LENGTH;
	*payload = malloc(header.length == 0 ? 1 : header.length);
	memcpy(*payload, bytes + FRAME_HEADER_SIZE, header.length);
	return frame_decode(header.type, *payload, header.length, frame);
}

static size_t split(char *line, char *field[FIELDS])
{
	size_t n = 0;

	line[strcspn(line, "\n")] = '\0';
	while (n < FIELDS) {
		char *tab = strchr(line, '\t');

		field[n++] = line;
		if (tab == NULL)
			break;
		*tab = '\0';
		line = tab + 1;
	}
	return n;
}

struct vectors {
	FILE *file;
	char *line, *text;
	uint8_t *bytes, *again;
	size_t cases;
};

static bool open_vectors(struct vectors *v)
{
	const char *path = getenv("SMA_FRAME_VECTORS");

	memset(v, 0, sizeof *v);
	v->file = path == NULL ? NULL : fopen(path, "r");
	if (v->file == NULL) {
		CHECK(!"SMA_FRAME_VECTORS names a readable file");
		return false;
	}
	v->line = malloc(LINE_MAX_LENGTH);
	v->text = malloc(LINE_MAX_LENGTH);
	v->bytes = malloc(LINE_MAX_LENGTH);
	v->again = malloc(LINE_MAX_LENGTH);
	return true;
}

static void close_vectors(struct vectors *v)
{
	CHECK(v->cases > 20);
	free(v->line);
	free(v->text);
	free(v->bytes);
	free(v->again);
	if (v->file != NULL)
		fclose(v->file);
}

static void check_ok_case(struct vectors *v, char *field[FIELDS])
{
	enum frame_side side = CONTROL_A2I;
	struct frame frame;
	uint8_t *payload;
	size_t length = from_hex(field[3], v->bytes), again;
	enum frame_error error;

	CHECK(side_of(field[1], &side));
	error = decode_whole(side, v->bytes, length, &frame, &payload);
	if (error != FRAME_OK) {
		printf("    %s: refused for its %s\n", field[2], frame_error_name(error));
		CHECK(!"an ok case decodes");
	} else {
		frame_dump(&frame, v->text, LINE_MAX_LENGTH);
		CHECK_TEXT(v->text, field[4]);
		again = frame_encode(&frame, 0, v->again, LINE_MAX_LENGTH);
		CHECK(again == length && memcmp(v->again, v->bytes, length) == 0);
		/* A buffer that is one byte too small is refused, whatever the frame. */
		CHECK_NUMBER(frame_encode(&frame, 0, v->again, length - 1), 0);
	}
	free(payload);
}

TEST("decodes, prints and re-encodes every good frame of the golden vectors")
{
	struct vectors v;

	if (!open_vectors(&v))
		return;
	while (fgets(v.line, LINE_MAX_LENGTH, v.file) != NULL) {
		char *field[FIELDS];

		if (strncmp(v.line, "ok\t", 3) != 0)
			continue;
		CHECK_NUMBER(split(v.line, field), FIELDS);
		check_ok_case(&v, field);
		v.cases++;
	}
	close_vectors(&v);
}

TEST("refuses every bad frame of the golden vectors for the reason that they give")
{
	struct vectors v;

	if (!open_vectors(&v))
		return;
	while (fgets(v.line, LINE_MAX_LENGTH, v.file) != NULL) {
		char *field[FIELDS];
		enum frame_side side = CONTROL_A2I;
		struct frame frame;
		uint8_t *payload;
		enum frame_error error;

		if (strncmp(v.line, "bad\t", 4) != 0)
			continue;
		CHECK_NUMBER(split(v.line, field), FIELDS);
		CHECK(side_of(field[1], &side));
		error = decode_whole(side, v.bytes, from_hex(field[3], v.bytes), &frame, &payload);
		if (strcmp(frame_error_name(error), field[4]) != 0)
			printf("    %s:\n", field[2]);
		CHECK_TEXT(frame_error_name(error), field[4]);
		free(payload);
		v.cases++;
	}
	close_vectors(&v);
}

TEST("refuses every good frame of the golden vectors when its payload is cut anywhere")
{
	struct vectors v;

	if (!open_vectors(&v))
		return;
	while (fgets(v.line, LINE_MAX_LENGTH, v.file) != NULL) {
		char *field[FIELDS];
		struct frame frame;
		size_t length;
		uint16_t type;

		if (strncmp(v.line, "ok\t", 3) != 0)
			continue;
		split(v.line, field);
		length = from_hex(field[3], v.bytes) - FRAME_HEADER_SIZE;
		type = wire_get16(v.bytes + 4);
		v.cases++;
		for (size_t cut = 0; cut < length; cut++) {
			uint8_t *payload = malloc(cut == 0 ? 1 : cut);

			memcpy(payload, v.bytes + FRAME_HEADER_SIZE, cut);
			if (type == FRAME_CHUNK && cut > CHUNK_FIELDS_SIZE) {
				/* Its payload is whatever remains: only the raw codec says how much that must be. */
				enum frame_error error = frame_decode(type, payload, cut, &frame);

				CHECK(error == FRAME_OK || error == FRAME_BAD_FIELD);
			} else {
				CHECK(frame_decode(type, payload, cut, &frame) != FRAME_OK);
			}
			free(payload);
		}
	}
	close_vectors(&v);
}

TEST("expects the sequence number that it is told, beyond the first frame and at the wrap")
{
	uint8_t header[FRAME_HEADER_SIZE];
	struct frame_header out;

	frame_header_encode(header, FRAME_PING, 8, 7);
	CHECK_NUMBER(frame_header_decode(CONTROL_I2A, header, 7, &out), FRAME_OK);
	CHECK_NUMBER(frame_header_decode(CONTROL_I2A, header, 6, &out), FRAME_BAD_SEQUENCE);
	frame_header_encode(header, FRAME_PING, 8, UINT32_MAX);
	CHECK_NUMBER(frame_header_decode(CONTROL_I2A, header, UINT32_MAX, &out), FRAME_OK);
}

TEST("reports the first of several faults in the order of the header's fields")
{
	uint8_t header[FRAME_HEADER_SIZE];
	struct frame_header out;

	frame_header_encode(header, FRAME_HELLO, 0xffffffff, 9);
	header[6] = 1;
	CHECK_NUMBER(frame_header_decode(CONTROL_I2A, header, 0, &out), FRAME_BAD_TYPE);
	wire_put16(header + 4, FRAME_PING);
	CHECK_NUMBER(frame_header_decode(CONTROL_I2A, header, 0, &out), FRAME_BAD_FLAGS);
	header[6] = 0;
	CHECK_NUMBER(frame_header_decode(CONTROL_I2A, header, 0, &out), FRAME_BAD_LENGTH);
	wire_put32(header + 8, 8);
	CHECK_NUMBER(frame_header_decode(CONTROL_I2A, header, 0, &out), FRAME_BAD_SEQUENCE);
}

TEST("makes any text fit for the wire: cut at a character, never broken UTF-8")
{
	struct frame frame, back;
	char storage[1001], text[2001];
	uint8_t out[1100];
	size_t n;

	/* 999 letters, then a two-byte character that would end at byte 1,001. */
	memset(text, 'a', 999);
	memcpy(text + 999, "\xc3\xa9\xff", 4);
	frame_clear(&frame, FRAME_ABORT);
	frame_set_text(&frame, ABORT_REASON, text, storage);
	CHECK_NUMBER(frame.field[ABORT_REASON].length, 999);
	frame_set_text(&frame, ABORT_REASON, "a\xff\xc3(b", storage);
	CHECK_TEXT(storage, "a??" "(b");
	n = frame_encode(&frame, 3, out, sizeof out);
	CHECK(n > FRAME_HEADER_SIZE);
	CHECK_NUMBER(frame_decode(FRAME_ABORT, out + FRAME_HEADER_SIZE, n - FRAME_HEADER_SIZE, &back), FRAME_OK);
}

TEST("treats abort codes of later versions as internal")
{
	CHECK_TEXT(abort_code_name(ABORT_NO_SPACE), "no-space");
	CHECK_TEXT(abort_code_name(0), "internal");
	CHECK_TEXT(abort_code_name(60000), "internal");
}
