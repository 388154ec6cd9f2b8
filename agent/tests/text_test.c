#include "check.h"

#include "../text.h"

static void check_json(const char *text, const char *want)
{
	char storage[256];
	struct text_buffer buffer;

	text_start(&buffer, storage, sizeof storage);
	text_add_json(&buffer, text);
	CHECK_TEXT(storage, want);
	CHECK(!buffer.cut);
}

TEST("makes JSON strings of anything: quotes, control characters, bytes that are no UTF-8")
{
	check_json(NULL, "null");
	check_json("", "\"\"");
	check_json("a\"b\\c", "\"a\\\"b\\\\c\"");
	check_json("line\n\ttab\x01", "\"line\\u000a\\u0009tab\\u0001\"");
	check_json("\xe6\x97\xa5\xff\xc3", "\"\xe6\x97\xa5\\ufffd\\ufffd\"");
}

TEST("cuts what does not fit and says so, and stays terminated")
{
	char storage[8];
	struct text_buffer buffer;

	text_start(&buffer, storage, sizeof storage);
	text_add(&buffer, "1234567");
	CHECK(!buffer.cut);
	text_add(&buffer, "8");
	CHECK(buffer.cut);
	CHECK_TEXT(storage, "1234567");
}

static bool number(const char *text, uint64_t highest, uint64_t *out)
{
	return text_to_number(text, strlen(text), highest, out);
}

TEST("reads only whole decimal numbers within bounds")
{
	uint64_t n = 0;

	CHECK(number("0", 10, &n) && n == 0);
	CHECK(number("18446744073709551615", UINT64_MAX, &n) && n == UINT64_MAX);
	CHECK(!number("18446744073709551616", UINT64_MAX, &n));
	CHECK(!number("99999999999999999999", UINT64_MAX, &n));
	CHECK(!number("11", 10, &n));
	CHECK(!number("", 10, &n));
	CHECK(!number("+1", 10, &n));
	CHECK(!number(" 1", 10, &n));
	CHECK(!number("1 ", 10, &n));
	CHECK(!number("0x1", 10, &n));
}
