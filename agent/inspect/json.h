/*
 * Writes one JSON document to a stream: commas and nesting are its business, the caller's is to balance calls.
 */
#ifndef SMA_INSPECT_JSON_H
#define SMA_INSPECT_JSON_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

struct json {
	FILE *out;
	bool needs_comma;
};

/* `name` is the member's, or NULL inside an array and at the top. */
void json_begin_object(struct json *json, const char *name);
void json_end_object(struct json *json);
void json_begin_array(struct json *json, const char *name);
void json_end_array(struct json *json);

/* NULL is written as null. What is not UTF-8 becomes U+FFFD, a character for each byte. */
void json_text(struct json *json, const char *name, const char *text);
void json_bytes(struct json *json, const char *name, const uint8_t *bytes, size_t length);
void json_number(struct json *json, const char *name, uint64_t number);
void json_bool(struct json *json, const char *name, bool value);
void json_null(struct json *json, const char *name);
/* "0x" and at least `digits` lower-case hexadecimal digits, as text. */
void json_hex(struct json *json, const char *name, uint64_t number, int digits);

/* Bytes of the well-formed UTF-8 character at `bytes`, 0 when there is none. */
size_t utf8_character(const uint8_t *bytes, size_t available);

/*
 * UTF-16LE of at most `units` units, up to the first zero, as UTF-8 with a terminating zero. Unpaired surrogates
 * become U+FFFD; what does not fit is cut off at a character.
 */
void utf8_from_utf16le(const uint8_t *text, size_t units, char *out, size_t capacity);

#endif
