#include "commands.h"

#include <stdio.h>
#include <string.h>

#include "disk.h"
#include "os.h"
#include "status.h"

/* The short commands. */

enum { STOP_PATIENCE_MS = 10000 };

static int no_own_path(void)
{
	fputs("error: this program's own path cannot be found: is /proc mounted?\n", stderr);
	return EXIT_FAILED;
}

int command_status(void)
{
	struct own_files files;
	char line[4096];

	if (!own_files_find(&files))
		return no_own_path();
	if (os_read_file(files.status, line, sizeof line) > 0)
		fputs(line, stdout);
	return os_pid_file_holder(files.pid) != 0 ? EXIT_DONE : EXIT_NOT_RUNNING;
}

static bool stop(const struct own_files *files)
{
	if (os_end_process(files->pid, STOP_PATIENCE_MS))
		return true;
	fputs("error: the agent does not end\n", stderr);
	return false;
}

int command_stop(void)
{
	struct own_files files;
	bool ran;

	if (!own_files_find(&files))
		return no_own_path();
	ran = os_pid_file_holder(files.pid) != 0;
	if (!stop(&files))
		return EXIT_FAILED;
	puts(ran ? "stopped" : "not running");
	return EXIT_DONE;
}

int command_remove(void)
{
	struct own_files files;
	char why[PATH_CAPACITY + 400];

	if (!own_files_find(&files))
		return no_own_path();
	if (!stop(&files))
		return EXIT_FAILED;
	if (!own_files_remove(&files, why, sizeof why)) {
		fprintf(stderr, "error: %s\n", why);
		return EXIT_FAILED;
	}
	puts("removed");
	return EXIT_DONE;
}

int command_disks(void)
{
	static char json[1024 * 1024];
	struct text_buffer text;

	text_start(&text, json, sizeof json);
	if (!disk_list_json(&text)) {
		fputs("error: the disks cannot be listed\n", stderr);
		return EXIT_FAILED;
	}
	puts(json);
	return EXIT_DONE;
}
