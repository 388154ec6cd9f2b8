#ifndef SMA_TEXT_H
#define SMA_TEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Well-formed UTF-8 without NUL (no overlong forms, surrogates, or code points beyond Unicode). */
bool text_is_utf8(const uint8_t *bytes, size_t length);

/* Copies `text` cut to `capacity - 1` bytes at a character's end; bytes that are no UTF-8 become `?`. */
void text_to_utf8(const char *text, char *out, size_t capacity);

/* Appends to a string in a buffer; what does not fit is cut. */
struct text_buffer {
	char *at;
	size_t length;
	size_t capacity;
	bool cut;
};

void text_start(struct text_buffer *buffer, char *storage, size_t capacity);
void text_add(struct text_buffer *buffer, const char *text);
void text_addf(struct text_buffer *buffer, const char *format, ...) __attribute__((format(printf, 2, 3)));
/* `text` as a JSON string with its quotes; NULL as `null`. */
void text_add_json(struct text_buffer *buffer, const char *text);
void text_add_hex(struct text_buffer *buffer, const uint8_t *bytes, size_t length);

/* The whole of `text` as a decimal number of at most `highest`. */
bool text_to_number(const char *text, size_t length, uint64_t highest, uint64_t *out);

#endif
