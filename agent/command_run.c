#include <openssl/crypto.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "agent.h"
#include "commands.h"
#include "disk.h"

/* From the launch document to the background. */

static uint8_t document[LAUNCH_MAX_SIZE + 1];
static struct own_files files;
static struct launch launch;
static struct agent agent;

static int fail(int code, const char *why)
{
	fprintf(stderr, "error: %s\n", why);
	return code;
}

/* One byte more than allowed is read, so that a longer document is noticed. */
static size_t read_document(void)
{
	size_t at = 0;

	while (at < sizeof document) {
		ssize_t n = read(0, document + at, sizeof document - at);

		if (n <= 0)
			break;
		at += (size_t)n;
	}
	return at;
}

static void wake_agent(void)
{
	net_wake(&agent.waker);
}

/* In the background, with standard streams on /dev/null: what fails before the log is open ends the process, and the
 * parent says so. */
static int run_in_background(void)
{
	int code;

	if (!os_pid_file_write((long)getpid()) || !log_open(&agent.log, &files, &agent.clock) ||
	    !net_waker_init(&agent.waker) || !os_random(agent.instance, sizeof agent.instance))
		return EXIT_FAILED;
	agent.status.state = "starting";
	agent.status.pid = (long)getpid();
	agent.status.disk = -1;
	agent.status_file.files = &files;
	status_write(&agent.status_file, &agent.status);
	os_catch_stop(wake_agent);
	os_set_priority(launch.nice, launch.ionice);
	os_daemon_ready();
	log_line(&agent.log, "sma-agent %s starts, job %s; this machine's clock is %+lld s off the assistant's",
		 SMA_VERSION, launch.job, (long long)(os_wall_clock() - job_clock_now(&agent.clock)));
	code = agent_run(&agent);
	disk_let_go();
	identity_free(agent.identity);
	return code;
}

int command_run(void)
{
	char why[512];
	size_t length;
	long pid = 0;
	int code;

	if (!own_files_find(&files))
		return fail(EXIT_FAILED, "this program's own path cannot be found: is /proc mounted?");
	os_protect_memory();
	length = read_document();
	if (os_relaunch(document, length, &code)) {
		OPENSSL_cleanse(document, sizeof document);
		return code;
	}
	agent.clock.us_at_start = os_now_us();
	if (!launch_parse(document, length, &launch, why, sizeof why))
		return fail(EXIT_USAGE, why);
	agent.clock.unix_at_start = launch.time;
	agent.launch = &launch;
	agent.identity = identity_new(&launch, why, sizeof why);
	/* From here on the key is only in OpenSSL's hands. */
	OPENSSL_cleanse(document, sizeof document);
	if (agent.identity == NULL)
		return fail(EXIT_USAGE, why);
	if (!os_directory_is_private(files.directory))
		return fail(EXIT_USAGE, "directory: others may write into the agent's directory");
	switch (os_pid_file_take(files.pid, &pid)) {
	case 0:
		fprintf(stderr, "already running %ld\n", pid);
		return EXIT_ALREADY_RUNNING;
	case 1:
		break;
	default:
		return fail(EXIT_FAILED, "the agent's directory cannot be written");
	}
	switch (os_daemonise(&pid)) {
	case 0:
		return run_in_background();
	case 1:
		printf("started %ld\n", pid);
		return EXIT_DONE;
	default:
		return fail(EXIT_FAILED, "going into the background failed: no free process, or no room for the log");
	}
}
