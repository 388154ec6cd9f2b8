#include "text.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

/* Bytes of the character at `p`, or 0 when it is not well-formed (Unicode, table 3-7). */
static size_t character(const uint8_t *p, size_t available)
{
	size_t n;
	uint8_t low = 0x80, high = 0xbf;

	if (p[0] < 0x80)
		return p[0] == 0 ? 0 : 1;
	if (p[0] >= 0xc2 && p[0] <= 0xdf)
		n = 2;
	else if (p[0] >= 0xe0 && p[0] <= 0xef)
		n = 3;
	else if (p[0] >= 0xf0 && p[0] <= 0xf4)
		n = 4;
	else
		return 0;
	if (p[0] == 0xe0)
		low = 0xa0;
	else if (p[0] == 0xed)
		high = 0x9f;
	else if (p[0] == 0xf0)
		low = 0x90;
	else if (p[0] == 0xf4)
		high = 0x8f;
	if (available < n || p[1] < low || p[1] > high)
		return 0;
	for (size_t i = 2; i < n; i++)
		if (p[i] < 0x80 || p[i] > 0xbf)
			return 0;
	return n;
}

bool text_is_utf8(const uint8_t *bytes, size_t length)
{
	size_t at = 0;

	while (at < length) {
		size_t n = character(bytes + at, length - at);

		if (n == 0)
			return false;
		at += n;
	}
	return true;
}

void text_to_utf8(const char *text, char *out, size_t capacity)
{
	size_t length = strlen(text), at = 0, used = 0;

	while (at < length) {
		size_t n = character((const uint8_t *)text + at, length - at);

		if (used + (n == 0 ? 1 : n) >= capacity)
			break;
		if (n == 0) {
			out[used++] = '?';
			at++;
			continue;
		}
		memcpy(out + used, text + at, n);
		used += n;
		at += n;
	}
	out[used] = '\0';
}

void text_start(struct text_buffer *buffer, char *storage, size_t capacity)
{
	buffer->at = storage;
	buffer->length = 0;
	buffer->capacity = capacity;
	buffer->cut = false;
	storage[0] = '\0';
}

static void add_bytes(struct text_buffer *buffer, const char *bytes, size_t n)
{
	size_t room = buffer->capacity - 1 - buffer->length;

	if (n > room) {
		n = room;
		buffer->cut = true;
	}
	memcpy(buffer->at + buffer->length, bytes, n);
	buffer->length += n;
	buffer->at[buffer->length] = '\0';
}

void text_add(struct text_buffer *buffer, const char *text)
{
	add_bytes(buffer, text, strlen(text));
}

void text_addf(struct text_buffer *buffer, const char *format, ...)
{
	char line[512];
	va_list args;
	int n;

	va_start(args, format);
	n = vsnprintf(line, sizeof line, format, args);
	va_end(args);
	if (n < 0)
		return;
	if ((size_t)n >= sizeof line)
		buffer->cut = true;
	text_add(buffer, line);
}

void text_add_json(struct text_buffer *buffer, const char *text)
{
	size_t length;

	if (text == NULL) {
		text_add(buffer, "null");
		return;
	}
	length = strlen(text);
	text_add(buffer, "\"");
	for (size_t at = 0; at < length;) {
		size_t n = character((const uint8_t *)text + at, length - at);
		uint8_t c = (uint8_t)text[at];

		if (n == 0)
			text_add(buffer, "\\ufffd");
		else if (c == '"' || c == '\\')
			text_addf(buffer, "\\%c", c);
		else if (c < 0x20)
			text_addf(buffer, "\\u%04x", c);
		else
			add_bytes(buffer, text + at, n);
		at += n == 0 ? 1 : n;
	}
	text_add(buffer, "\"");
}

void text_add_hex(struct text_buffer *buffer, const uint8_t *bytes, size_t length)
{
	static const char digits[] = "0123456789abcdef";

	for (size_t i = 0; i < length; i++) {
		char pair[2] = {digits[bytes[i] >> 4], digits[bytes[i] & 15]};

		add_bytes(buffer, pair, 2);
	}
}

bool text_to_number(const char *text, size_t length, uint64_t highest, uint64_t *out)
{
	uint64_t value = 0;

	if (length == 0)
		return false;
	for (size_t i = 0; i < length; i++) {
		uint64_t digit = (uint64_t)((uint8_t)text[i] - '0');

		if (text[i] < '0' || text[i] > '9' || value > (UINT64_MAX - digit) / 10)
			return false;
		value = value * 10 + digit;
	}
	if (value > highest)
		return false;
	*out = value;
	return true;
}
