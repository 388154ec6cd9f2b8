#include "json.h"

#include <inttypes.h>
#include <string.h>

#include "../fs/bytes.h"

size_t utf8_character(const uint8_t *p, size_t available)
{
	size_t length;
	uint32_t code;
	if (available == 0)
		return 0;
	if (p[0] < 0x80)
		return 1;
	if (p[0] >= 0xc2 && p[0] <= 0xdf)
		length = 2, code = p[0] & 0x1f;
	else if (p[0] >= 0xe0 && p[0] <= 0xef)
		length = 3, code = p[0] & 0x0f;
	else if (p[0] >= 0xf0 && p[0] <= 0xf4)
		length = 4, code = p[0] & 0x07;
	else
		return 0;
	if (available < length)
		return 0;
	for (size_t i = 1; i < length; i++) {
		if ((p[i] & 0xc0) != 0x80)
			return 0;
		code = code << 6 | (p[i] & 0x3f);
	}
	const uint32_t least = length == 2 ? 0x80 : length == 3 ? 0x800 : 0x10000;
	if (code < least || code > 0x10ffff || (code >= 0xd800 && code <= 0xdfff))
		return 0;
	return length;
}

void utf8_from_utf16le(const uint8_t *text, size_t units, char *out, size_t capacity)
{
	size_t used = 0;
	for (size_t i = 0; i < units; i++) {
		uint32_t code = le16_at(text + 2 * i);
		if (code == 0)
			break;
		if (code >= 0xd800 && code <= 0xdbff && i + 1 < units &&
		    (le16_at(text + 2 * i + 2) & 0xfc00) == 0xdc00) {
			code = 0x10000 + ((code & 0x3ff) << 10) + (le16_at(text + 2 * i + 2) & 0x3ff);
			i++;
		} else if (code >= 0xd800 && code <= 0xdfff) {
			code = 0xfffd;
		}
		uint8_t encoded[4];
		size_t length = 0;
		if (code < 0x80) {
			encoded[length++] = (uint8_t)code;
		} else {
			if (code < 0x800) {
				encoded[length++] = (uint8_t)(0xc0 | code >> 6);
			} else {
				if (code < 0x10000) {
					encoded[length++] = (uint8_t)(0xe0 | code >> 12);
				} else {
					encoded[length++] = (uint8_t)(0xf0 | code >> 18);
					encoded[length++] = (uint8_t)(0x80 | (code >> 12 & 0x3f));
				}
				encoded[length++] = (uint8_t)(0x80 | (code >> 6 & 0x3f));
			}
			encoded[length++] = (uint8_t)(0x80 | (code & 0x3f));
		}
		if (used + length >= capacity)
			break;
		memcpy(out + used, encoded, length);
		used += length;
	}
	if (capacity > 0)
		out[used] = '\0';
}

static void write_string(FILE *out, const uint8_t *bytes, size_t length)
{
	putc('"', out);
	for (size_t i = 0; i < length;) {
		const size_t character = utf8_character(bytes + i, length - i);
		if (character == 0) {
			fputs("\xef\xbf\xbd", out);
			i++;
		} else if (character == 1 && (bytes[i] == '"' || bytes[i] == '\\')) {
			fprintf(out, "\\%c", bytes[i++]);
		} else if (character == 1 && (bytes[i] < 0x20 || bytes[i] == 0x7f)) {
			fprintf(out, "\\u%04x", bytes[i++]);
		} else {
			fwrite(bytes + i, 1, character, out);
			i += character;
		}
	}
	putc('"', out);
}

static void begin_value(struct json *json, const char *name)
{
	if (json->needs_comma)
		putc(',', json->out);
	json->needs_comma = true;
	if (name != NULL) {
		write_string(json->out, (const uint8_t *)name, strlen(name));
		putc(':', json->out);
	}
}

static void begin_nest(struct json *json, const char *name, char bracket)
{
	begin_value(json, name);
	putc(bracket, json->out);
	json->needs_comma = false;
}

static void end_nest(struct json *json, char bracket)
{
	putc(bracket, json->out);
	json->needs_comma = true;
}

void json_begin_object(struct json *json, const char *name)
{
	begin_nest(json, name, '{');
}

void json_end_object(struct json *json)
{
	end_nest(json, '}');
}

void json_begin_array(struct json *json, const char *name)
{
	begin_nest(json, name, '[');
}

void json_end_array(struct json *json)
{
	end_nest(json, ']');
}

void json_bytes(struct json *json, const char *name, const uint8_t *bytes, size_t length)
{
	begin_value(json, name);
	write_string(json->out, bytes, length);
}

void json_text(struct json *json, const char *name, const char *text)
{
	if (text == NULL)
		json_null(json, name);
	else
		json_bytes(json, name, (const uint8_t *)text, strlen(text));
}

void json_number(struct json *json, const char *name, uint64_t number)
{
	begin_value(json, name);
	fprintf(json->out, "%" PRIu64, number);
}

void json_bool(struct json *json, const char *name, bool value)
{
	begin_value(json, name);
	fputs(value ? "true" : "false", json->out);
}

void json_null(struct json *json, const char *name)
{
	begin_value(json, name);
	fputs("null", json->out);
}

void json_hex(struct json *json, const char *name, uint64_t number, int digits)
{
	begin_value(json, name);
	fprintf(json->out, "\"0x%0*" PRIx64 "\"", digits, number);
}
