#include "launch.h"

#include <stdio.h>
#include <string.h>

#include "text.h"

/* Until 2200: a time in milliseconds is a mistake that would switch validity checks off in effect. */
#define LATEST_TIME UINT64_C(7258118400)

struct entry {
	const char *key;
	const uint8_t *value;
	size_t length;
};

struct parser {
	struct launch *out;
	char *why;
	size_t why_capacity;
};

static bool wrong(struct parser *p, const char *field, const char *why)
{
	snprintf(p->why, p->why_capacity, "%s: %s", field, why);
	return false;
}

static bool number(struct parser *p, const struct entry *e, uint64_t lowest, uint64_t highest, uint64_t *out)
{
	char why[96];

	if (text_to_number((const char *)e->value, e->length, highest, out) && *out >= lowest)
		return true;
	snprintf(why, sizeof why, "must be a whole number from %llu to %llu", (unsigned long long)lowest,
		 (unsigned long long)highest);
	return wrong(p, e->key, why);
}

static bool parse_version(struct parser *p, const struct entry *e)
{
	if (e->length == 1 && e->value[0] == '1')
		return true;
	return wrong(p, e->key, "this agent knows only launch documents of version 1");
}

static bool parse_job(struct parser *p, const struct entry *e)
{
	if (e->length < JOB_MIN_LENGTH || e->length > JOB_MAX_LENGTH)
		return wrong(p, e->key, "must have 8 to 32 characters");
	for (size_t i = 0; i < e->length; i++) {
		uint8_t c = e->value[i];

		if (!((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9')))
			return wrong(p, e->key, "must be lower-case letters and digits");
	}
	memcpy(p->out->job, e->value, e->length);
	p->out->job[e->length] = '\0';
	return true;
}

static bool add_host(struct parser *p, const struct entry *e, const uint8_t *host, size_t length)
{
	if (length == 0)
		return true;
	if (p->out->host_count == LAUNCH_MAX_HOSTS)
		return wrong(p, e->key, "has more than 16 addresses");
	if (length > HOST_MAX_LENGTH)
		return wrong(p, e->key, "has an address of more than 253 characters");
	for (size_t i = 0; i < length; i++) {
		uint8_t c = host[i];
		bool fine = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.' ||
			    c == ':' || c == '-' || c == '_' || c == '%';

		if (!fine)
			return wrong(p, e->key, "has a character that no address holds");
	}
	memcpy(p->out->hosts[p->out->host_count], host, length);
	p->out->hosts[p->out->host_count++][length] = '\0';
	return true;
}

static bool parse_host(struct parser *p, const struct entry *e)
{
	size_t start = 0;

	for (size_t i = 0; i <= e->length; i++) {
		if (i < e->length && e->value[i] != '\n')
			continue;
		if (!add_host(p, e, e->value + start, i - start))
			return false;
		start = i + 1;
	}
	return p->out->host_count > 0 || wrong(p, e->key, "has no address");
}

static bool parse_port(struct parser *p, const struct entry *e)
{
	uint64_t value;

	if (!number(p, e, 1, 65535, &value))
		return false;
	p->out->control_port = (uint16_t)value;
	return true;
}

static bool parse_time(struct parser *p, const struct entry *e)
{
	uint64_t value;

	if (!number(p, e, 1, LATEST_TIME, &value))
		return false;
	p->out->time = (int64_t)value;
	return true;
}

static bool parse_retry(struct parser *p, const struct entry *e)
{
	uint64_t value;

	if (!number(p, e, 0, UINT32_MAX, &value))
		return false;
	p->out->retry_seconds = (uint32_t)value;
	return true;
}

static bool parse_nice(struct parser *p, const struct entry *e)
{
	uint64_t value;

	if (!number(p, e, 0, 19, &value))
		return false;
	p->out->nice = (int)value;
	return true;
}

static bool parse_ionice(struct parser *p, const struct entry *e)
{
	uint64_t value;

	if (!number(p, e, 0, 3, &value))
		return false;
	if (value == 1)
		return wrong(p, e->key, "must be 0, 2 or 3");
	p->out->ionice = (int)value;
	return true;
}

static bool parse_pem(struct parser *p, const struct entry *e, const uint8_t **value, size_t *length)
{
	static const char begin[] = "-----BEGIN ";

	if (e->length < sizeof begin || memcmp(e->value, begin, sizeof begin - 1) != 0)
		return wrong(p, e->key, "is not PEM");
	*value = e->value;
	*length = e->length;
	return true;
}

static bool parse_ca(struct parser *p, const struct entry *e)
{
	return parse_pem(p, e, &p->out->ca, &p->out->ca_length);
}

static bool parse_certificate(struct parser *p, const struct entry *e)
{
	return parse_pem(p, e, &p->out->certificate, &p->out->certificate_length);
}

static bool parse_key(struct parser *p, const struct entry *e)
{
	return parse_pem(p, e, &p->out->key, &p->out->key_length);
}

static const struct {
	const char *key;
	bool (*parse)(struct parser *p, const struct entry *e);
} fields[] = {
	{"version", parse_version},  {"job", parse_job},
	{"host", parse_host},        {"control-port", parse_port},
	{"time", parse_time},        {"retry-seconds", parse_retry},
	{"nice", parse_nice},        {"ionice", parse_ionice},
	{"ca", parse_ca},            {"certificate", parse_certificate},
	{"key", parse_key},
};

enum { FIELDS = sizeof fields / sizeof *fields, LONGEST_HEAD = 64 };

/* Reads `<key> <length>\n<bytes>\n` at `*at`; the field's place in the table, or -1. */
static int next_entry(struct parser *p, const uint8_t *document, size_t length, size_t *at, struct entry *e)
{
	const uint8_t *head = document + *at;
	size_t rest = length - *at;
	const uint8_t *newline = memchr(head, '\n', rest < LONGEST_HEAD ? rest : LONGEST_HEAD);
	const uint8_t *space = newline == NULL ? NULL : memchr(head, ' ', (size_t)(newline - head));
	uint64_t value_length;
	int field = -1;

	if (space == NULL) {
		wrong(p, "document", "an entry does not begin with `<key> <length>`");
		return -1;
	}
	for (int i = 0; i < FIELDS; i++)
		if (strlen(fields[i].key) == (size_t)(space - head) &&
		    memcmp(fields[i].key, head, (size_t)(space - head)) == 0)
			field = i;
	if (field < 0) {
		wrong(p, "document", "has a key that this agent does not know");
		return -1;
	}
	e->key = fields[field].key;
	rest -= (size_t)(newline + 1 - head);
	if (!text_to_number((const char *)space + 1, (size_t)(newline - space - 1), LAUNCH_MAX_SIZE, &value_length) ||
	    rest == 0 || value_length > rest - 1) {
		wrong(p, e->key, "its length is wrong");
		return -1;
	}
	e->value = newline + 1;
	e->length = (size_t)value_length;
	if (e->value[e->length] != '\n') {
		wrong(p, e->key, "does not end where its length says");
		return -1;
	}
	*at = (size_t)(e->value + e->length + 1 - document);
	return field;
}

bool launch_parse(const uint8_t *document, size_t length, struct launch *out, char *why, size_t why_capacity)
{
	struct parser p = {out, why, why_capacity};
	bool seen[FIELDS] = {false};
	size_t at = 0;

	memset(out, 0, sizeof *out);
	if (length > LAUNCH_MAX_SIZE)
		return wrong(&p, "document", "is longer than 65,536 bytes");
	while (at < length) {
		struct entry e;
		int field = next_entry(&p, document, length, &at, &e);

		if (field < 0)
			return false;
		if (seen[field])
			return wrong(&p, e.key, "is given twice");
		seen[field] = true;
		if (!fields[field].parse(&p, &e))
			return false;
	}
	for (int i = 0; i < FIELDS; i++)
		if (!seen[i])
			return wrong(&p, fields[i].key, "is missing");
	return true;
}
