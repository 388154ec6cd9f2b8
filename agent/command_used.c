#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "commands.h"
#include "inspect/json.h"
#include "used/used.h"

/* `sma-agent used`: what a copy of the given disks leaves out, for people, scripts and tests. */

static const char usage_text[] = "usage: sma-agent used --json [--ranges] DEVICE|IMAGE ...\n"
				 "the disks are looked at together; --ranges adds every unused range in bytes\n";

static void write_disk(struct json *json, const char *path, const struct unused_map *map,
		       const struct used_report *report, bool with_ranges)
{
	json_begin_object(json, NULL);
	json_text(json, "path", path);
	json_number(json, "unusedBytes", unused_bytes(map));
	json_begin_array(json, "volumes");
	for (size_t i = 0; i < report->count; i++) {
		json_begin_object(json, NULL);
		json_text(json, "what", report->volumes[i].what);
		json_text(json, "why", report->volumes[i].why);
		json_number(json, "sizeBytes", report->volumes[i].size);
		json_number(json, "unusedBytes", report->volumes[i].unused);
		json_end_object(json);
	}
	json_end_array(json);
	if (with_ranges) {
		json_begin_array(json, "ranges");
		for (size_t i = 0; i < map->count; i++) {
			json_begin_array(json, NULL);
			json_number(json, NULL, map->ranges[i].start);
			json_number(json, NULL, map->ranges[i].end - map->ranges[i].start);
			json_end_array(json);
		}
		json_end_array(json);
	}
	json_end_object(json);
}

int command_used(int argc, char **argv)
{
	const char *paths[64];
	size_t count = 0;
	bool with_ranges = false, with_json = false, good = true;
	struct used_report *report;
	struct json json = {stdout, false};

	for (int i = 1; i < argc; i++) {
		if (strcmp(argv[i], "--ranges") == 0)
			with_ranges = true;
		else if (strcmp(argv[i], "--json") == 0)
			with_json = true;
		else if (argv[i][0] == '-' || count == sizeof paths / sizeof *paths)
			good = false;
		else
			paths[count++] = argv[i];
	}
	if (!good || !with_json || count == 0) {
		fputs(usage_text, stderr);
		return EXIT_USAGE;
	}
	report = malloc(sizeof *report);
	if (report == NULL) {
		fputs("error: out of memory\n", stderr);
		return EXIT_FAILED;
	}
	json_begin_array(&json, NULL);
	for (size_t i = 0; i < count; i++) {
		struct unused_map map;

		used_find(paths, count, i, &map, report);
		write_disk(&json, paths[i], &map, report, with_ranges);
		unused_clear(&map);
	}
	json_end_array(&json);
	fputc('\n', stdout);
	free(report);
	return EXIT_DONE;
}
