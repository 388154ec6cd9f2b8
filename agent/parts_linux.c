#include "parts_linux.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "os.h"
#include "text.h"

enum { MOST_BYTES = 256 * 1024, SECTOR = 512 };

struct entry {
	const char *disk;
	struct disk_part part;
};

static char text[MOST_BYTES];
static struct entry entries[MOST_PARTS];
static size_t entry_count;

/* Cuts the field off that ends with `end`; NULL where there is none. */
static char *take_field(char **at, char end)
{
	char *field = *at, *stop = strchr(field, end);

	if (stop == NULL)
		return NULL;
	*stop = '\0';
	*at = stop + 1;
	return field;
}

static bool take_number(char **at, uint64_t *out)
{
	const char *field = take_field(at, '\t');

	return field != NULL && text_to_number(field, strlen(field), INT64_MAX, out) && *out % SECTOR == 0;
}

static bool take_entry(char **at, struct entry *entry)
{
	struct disk_part *part = &entry->part;

	entry->disk = take_field(at, '\t');
	return entry->disk != NULL && entry->disk[0] == '/' && take_number(at, &part->offset) &&
	       take_number(at, &part->length) && part->length > 0 && part->length <= INT64_MAX - part->offset &&
	       take_number(at, &part->start) && (part->device = take_field(at, '\n')) != NULL &&
	       part->device[0] == '/';
}

static int by_place(const void *a, const void *b)
{
	const struct entry *x = a, *y = b;
	const int order = strcmp(x->disk, y->disk);

	if (order != 0)
		return order;
	return x->part.offset < y->part.offset ? -1 : x->part.offset > y->part.offset;
}

static bool overlap(void)
{
	for (size_t i = 1; i < entry_count; i++) {
		const struct entry *before = &entries[i - 1];

		if (strcmp(before->disk, entries[i].disk) == 0 &&
		    entries[i].part.offset - before->part.offset < before->part.length)
			return true;
	}
	return false;
}

static bool parse(void)
{
	char *at = text;

	while (strcmp(at, "end\n") != 0) {
		if (entry_count == MOST_PARTS || !take_entry(&at, &entries[entry_count]))
			return false;
		entry_count++;
	}
	qsort(entries, entry_count, sizeof *entries, by_place);
	return !overlap();
}

bool parts_load(char *why, size_t why_capacity)
{
	char directory[4096], path[sizeof directory + 16];
	long length;

	entry_count = 0;
	if (!os_own_directory(directory, sizeof directory)) {
		snprintf(why, why_capacity, "the agent's own directory is not known");
		return false;
	}
	snprintf(path, sizeof path, "%s/agent.parts", directory);
	length = os_read_file(path, text, sizeof text);
	if (length < 0 && errno == ENOENT)
		return true;
	if (length < 0)
		snprintf(why, why_capacity, "%s: %s", path, strerror(errno));
	else if (strlen(text) != (size_t)length || (size_t)length == sizeof text - 1 || !parse())
		snprintf(why, why_capacity, "%s is damaged", path);
	else
		return true;
	entry_count = 0;
	return false;
}

size_t parts_of(const char *path, struct disk_part *out, size_t capacity)
{
	size_t n = 0;

	for (size_t i = 0; i < entry_count && n < capacity; i++)
		if (strcmp(entries[i].disk, path) == 0)
			out[n++] = entries[i].part;
	return n;
}

void parts_forget(void)
{
	entry_count = 0;
}
