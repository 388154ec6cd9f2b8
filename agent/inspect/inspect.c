#include "inspect.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../fs/bytes.h"
#include "disk_reader.h"
#include "report.h"

enum { MAX_DEVICES = 64, WHY_LENGTH = 256 };

struct arguments {
	uint32_t sector_size;
	const char *paths[MAX_DEVICES];
	size_t count;
};

struct opened {
	struct disk_reader *disks[MAX_DEVICES];
	char why[MAX_DEVICES][WHY_LENGTH];
	struct inspected_device devices[MAX_DEVICES];
};

static const char usage[] = "usage: sma-agent inspect [--json] [--sector-size BYTES] DEVICE|IMAGE ...\n";

static bool parse_sector_size(const char *text, uint32_t *size)
{
	char *end;
	const unsigned long value = strtoul(text, &end, 10);
	*size = (uint32_t)value;
	return *end == '\0' && value >= 512 && value <= 4096 && is_power_of_two(value);
}

static bool parse_arguments(int argc, char **argv, struct arguments *arguments)
{
	bool only_paths = false;
	for (int i = 1; i < argc; i++) {
		if (!only_paths && strcmp(argv[i], "--") == 0) {
			only_paths = true;
		} else if (!only_paths && strcmp(argv[i], "--json") == 0) {
			/* The only form there is. */
		} else if (!only_paths && strcmp(argv[i], "--sector-size") == 0) {
			if (++i >= argc || !parse_sector_size(argv[i], &arguments->sector_size)) {
				fprintf(stderr, "error: --sector-size: must be 512, 1024, 2048 or 4096\n");
				return false;
			}
		} else if (!only_paths && argv[i][0] == '-') {
			fprintf(stderr, "error: %s: unknown option\n%s", argv[i], usage);
			return false;
		} else if (arguments->count >= MAX_DEVICES) {
			fprintf(stderr, "error: more than %d devices\n", MAX_DEVICES);
			return false;
		} else {
			arguments->paths[arguments->count++] = argv[i];
		}
	}
	if (arguments->count == 0)
		fputs(usage, stderr);
	return arguments->count > 0;
}

int inspect_main(int argc, char **argv)
{
	struct arguments arguments = {0};
	if (!parse_arguments(argc, argv, &arguments))
		return 2;
	struct opened *opened = calloc(1, sizeof *opened);
	if (opened == NULL) {
		fputs("error: out of memory\n", stderr);
		return 1;
	}
	int result = 0;
	for (size_t i = 0; i < arguments.count; i++) {
		struct inspected_device *device = &opened->devices[i];
		device->path = arguments.paths[i];
		opened->disks[i] = disk_reader_open(arguments.paths[i], opened->why[i], WHY_LENGTH);
		if (opened->disks[i] != NULL) {
			device->reader = disk_reader_view(opened->disks[i], arguments.sector_size);
		} else {
			device->error = opened->why[i];
			fprintf(stderr, "error: %s: %s\n", device->path, device->error);
			result = 1;
		}
	}
	if (inspect_report(opened->devices, arguments.count, stdout) != 0 || fflush(stdout) != 0) {
		fputs("error: the report could not be completed: out of memory, or its reader went away\n", stderr);
		result = 1;
	}
	for (size_t i = 0; i < arguments.count; i++)
		disk_reader_close(opened->disks[i]);
	free(opened);
	return result;
}
