#include "check.h"

#include <stdlib.h>

#include "../launch.h"

/* A document is put together from entries; a test changes one of them. */
struct entry {
	const char *key, *value;
};

static const struct entry good[] = {
	{"version", "1"},
	{"job", "abc123def456"},
	{"host", "192.0.2.1\n2001:db8::1\nintermediate.example"},
	{"control-port", "8080"},
	{"time", "1700000000"},
	{"retry-seconds", "0"},
	{"nice", "19"},
	{"ionice", "3"},
	{"ca", "-----BEGIN CERTIFICATE-----\nCA\n-----END CERTIFICATE-----\n"},
	{"certificate", "-----BEGIN CERTIFICATE-----\nCERT\n-----END CERTIFICATE-----\n"},
	{"key", "-----BEGIN PRIVATE KEY-----\nKEY\n-----END PRIVATE KEY-----\n"},
};

enum { ENTRIES = sizeof good / sizeof *good };

static size_t add(char *out, size_t at, const char *key, const char *value)
{
	return at + (size_t)snprintf(out + at, LAUNCH_MAX_SIZE - at, "%s %zu\n%s\n", key, strlen(value), value);
}

/* The good document with `key` replaced; a NULL value leaves it out. */
static size_t document_with(char *out, const char *key, const char *value)
{
	size_t at = 0;

	for (int i = 0; i < ENTRIES; i++) {
		const char *own = key != NULL && strcmp(good[i].key, key) == 0 ? value : good[i].value;

		if (own != NULL)
			at = add(out, at, good[i].key, own);
	}
	return at;
}

/* Parses a copy of exactly that size, so that the sanitizer sees a read beyond it. */
static bool parse(const char *text, size_t length, struct launch *launch, char why[256])
{
	uint8_t *copy = malloc(length == 0 ? 1 : length);
	bool good_document;

	memcpy(copy, text, length);
	why[0] = '\0';
	good_document = launch_parse(copy, length, launch, why, 256);
	/* What points into the document is not looked at after this. */
	launch->ca = launch->certificate = launch->key = NULL;
	free(copy);
	return good_document;
}

static void check_refused(const char *key, const char *value, const char *want)
{
	static char text[LAUNCH_MAX_SIZE];
	struct launch launch;
	char why[256];

	CHECK(!parse(text, document_with(text, key, value), &launch, why));
	if (strncmp(why, want, strlen(want)) != 0)
		CHECK_TEXT(why, want);
}

TEST("reads every field of a good document")
{
	static char text[LAUNCH_MAX_SIZE];
	struct launch launch;
	size_t length = document_with(text, NULL, NULL);
	char why[256];

	CHECK(launch_parse((uint8_t *)text, length, &launch, why, sizeof why));
	CHECK_TEXT(launch.job, "abc123def456");
	CHECK_NUMBER(launch.host_count, 3);
	CHECK_TEXT(launch.hosts[0], "192.0.2.1");
	CHECK_TEXT(launch.hosts[1], "2001:db8::1");
	CHECK_TEXT(launch.hosts[2], "intermediate.example");
	CHECK_NUMBER(launch.control_port, 8080);
	CHECK_NUMBER(launch.time, 1700000000);
	CHECK_NUMBER(launch.retry_seconds, 0);
	CHECK_NUMBER(launch.nice, 19);
	CHECK_NUMBER(launch.ionice, 3);
	CHECK_NUMBER(launch.ca_length, strlen(good[8].value));
	CHECK(memcmp(launch.key, good[10].value, launch.key_length) == 0);
}

TEST("takes the fields in any order")
{
	static char text[LAUNCH_MAX_SIZE];
	struct launch launch;
	size_t at = 0;
	char why[256];

	for (int i = ENTRIES - 1; i >= 0; i--)
		at = add(text, at, good[i].key, good[i].value);
	CHECK(parse(text, at, &launch, why));
}

TEST("names the field that is missing")
{
	char want[64];

	for (int i = 0; i < ENTRIES; i++) {
		snprintf(want, sizeof want, "%s: is missing", good[i].key);
		check_refused(good[i].key, NULL, want);
	}
}

TEST("names the field whose value is wrong")
{
	check_refused("version", "2", "version: ");
	check_refused("version", "", "version: ");
	check_refused("job", "short", "job: ");
	check_refused("job", "UPPERCASE1", "job: ");
	check_refused("job", "../../../etc", "job: ");
	check_refused("job", "abcdefghabcdefghabcdefghabcdefghx", "job: ");
	check_refused("host", "", "host: has no address");
	check_refused("host", "\n\n", "host: has no address");
	check_refused("host", "a b", "host: ");
	check_refused("host", "1\n2\n3\n4\n5\n6\n7\n8\n9\n10\n11\n12\n13\n14\n15\n16\n17", "host: has more than 16");
	check_refused("control-port", "0", "control-port: ");
	check_refused("control-port", "65536", "control-port: ");
	check_refused("control-port", "80x", "control-port: ");
	check_refused("control-port", "-1", "control-port: ");
	check_refused("control-port", "184467440737095516160", "control-port: ");
	check_refused("time", "0", "time: ");
	check_refused("time", "1700000000000", "time: ");
	check_refused("retry-seconds", "4294967296", "retry-seconds: ");
	check_refused("nice", "20", "nice: ");
	check_refused("nice", "-5", "nice: ");
	check_refused("ionice", "1", "ionice: ");
	check_refused("ionice", "4", "ionice: ");
	check_refused("ca", "not PEM", "ca: is not PEM");
	check_refused("certificate", "-----BEGIN", "certificate: is not PEM");
	check_refused("key", "", "key: is not PEM");
}

TEST("refuses a host of more than 253 characters")
{
	char host[255];

	memset(host, 'a', 254);
	host[254] = '\0';
	check_refused("host", host, "host: ");
	host[253] = '\0';
	{
		static char text[LAUNCH_MAX_SIZE];
		struct launch launch;
		char why[256];

		CHECK(parse(text, document_with(text, "host", host), &launch, why));
	}
}

static void check_text_refused(const char *text, size_t length, const char *want)
{
	struct launch launch;
	char why[256];

	CHECK(!parse(text, length, &launch, why));
	CHECK_TEXT(why, want);
}

TEST("refuses what is not a row of entries, without reading beyond it")
{
	static char text[LAUNCH_MAX_SIZE];
	size_t length;

	check_text_refused("", 0, "version: is missing");
	check_text_refused("version", 7, "document: an entry does not begin with `<key> <length>`");
	check_text_refused("version 1", 9, "document: an entry does not begin with `<key> <length>`");
	check_text_refused("version1\n", 9, "document: an entry does not begin with `<key> <length>`");
	check_text_refused("version 1\n", 10, "version: its length is wrong");
	check_text_refused("version 1\n1", 11, "version: its length is wrong");
	check_text_refused("version 99\n1\n", 13, "version: its length is wrong");
	check_text_refused("version 0x1\n1\n", 14, "version: its length is wrong");
	check_text_refused("version 18446744073709551615\n1\n", 31, "version: its length is wrong");
	check_text_refused("version 1\n1x", 12, "version: does not end where its length says");
	check_text_refused("secret 1\nx\n", 11, "document: has a key that this agent does not know");
	length = document_with(text, NULL, NULL);
	length = add(text, length, "nice", "0");
	check_text_refused(text, length, "nice: is given twice");
}

TEST("refuses a document of more than 65,536 bytes")
{
	char *text = calloc(1, LAUNCH_MAX_SIZE + 1);

	check_text_refused(text, LAUNCH_MAX_SIZE + 1, "document: is longer than 65,536 bytes");
	free(text);
}

TEST("refuses a good document that is cut anywhere")
{
	static char text[LAUNCH_MAX_SIZE];
	size_t length = document_with(text, NULL, NULL);
	struct launch launch;
	char why[256];

	for (size_t cut = 0; cut < length; cut++)
		CHECK(!parse(text, cut, &launch, why));
}
