#include <stdio.h>
#include <string.h>

#include "agent.h"
#include "commands.h"
#include "os.h"
#ifdef _WIN32
#include "os_service_windows.h"
#endif
#ifdef SMA_WITH_INSPECT
#include "inspect/inspect.h"
#endif

static const char usage[] =
	"usage: sma-agent COMMAND\n"
	"  run                              reads a launch document from standard input and goes into the background\n"
	"  status                           prints the running agent's state as one line of JSON\n"
	"  stop                             ends the running agent\n"
	"  remove                           ends it and removes its directory\n"
	"  disks --json                     lists this machine's disks\n"
	"  hash DEVICE [--chunk-size N]     prints the tree hash of a disk or file (chunks of 1048576 bytes)\n"
	"  inspect DEVICE|IMAGE --json      prints partitions, volumes and filesystems\n"
	"  used DEVICE|IMAGE ... --json     prints what of these disks a copy leaves out\n"
	"  version                          prints the version and the protocol version\n"
	"\n"
	"exit codes: 0 done; 1 failed; 2 wrong arguments or launch document; 3 already running; 4 not running\n";

static int print_usage(FILE *out, int code)
{
	fputs(usage, out);
	return code;
}

static int version(void)
{
	printf("sma-agent %s %s protocol %d\n", SMA_VERSION, SMA_PLATFORM, PROTOCOL_VERSION);
	return EXIT_DONE;
}

static int inspect(int argc, char **argv)
{
#ifdef SMA_WITH_INSPECT
	return inspect_main(argc, argv);
#else
	(void)argc;
	(void)argv;
	fputs("error: inspect is not built into this agent\n", stderr);
	return EXIT_FAILED;
#endif
}

int main(int argc, char **argv)
{
	const char *command = argc < 2 ? "" : argv[1];
	bool alone = argc == 2;

	os_open_standard_streams();
	if (strcmp(command, "hash") == 0)
		return command_hash(argc - 1, argv + 1);
	if (strcmp(command, "inspect") == 0)
		return inspect(argc - 1, argv + 1);
	if (strcmp(command, "used") == 0)
		return command_used(argc - 1, argv + 1);
	if (strcmp(command, "disks") == 0 && argc == 3 && strcmp(argv[2], "--json") == 0)
		return command_disks();
	if (strcmp(command, "run") == 0 && alone)
		return command_run();
	if (strcmp(command, "status") == 0 && alone)
		return command_status();
	if (strcmp(command, "stop") == 0 && alone)
		return command_stop();
	if (strcmp(command, "remove") == 0 && alone)
		return command_remove();
#ifdef _WIN32
	/* Not for people: what `run` starts itself as where it cannot go into the background. */
	if (strcmp(command, "service") == 0 && argc == 3)
		return os_service_main(argv[2]);
#endif
	if (strcmp(command, "version") == 0 && alone)
		return version();
	if ((strcmp(command, "--help") == 0 || strcmp(command, "help") == 0) && alone)
		return print_usage(stdout, EXIT_DONE);
	return print_usage(stderr, EXIT_USAGE);
}
