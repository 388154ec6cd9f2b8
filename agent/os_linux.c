#include "os.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

/* Processes, memory and priorities on Linux from 2.6.18 on. Files of the own directory are in os_files_linux.c. */

bool os_random(void *bytes, size_t length)
{
	/* /dev/urandom rather than getrandom: it is there on every kernel. */
	int fd = open("/dev/urandom", O_RDONLY | O_CLOEXEC);
	size_t at = 0;

	if (fd < 0)
		return false;
	while (at < length) {
		ssize_t n = read(fd, (uint8_t *)bytes + at, length - at);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			break;
		at += (size_t)n;
	}
	close(fd);
	return at == length;
}

uint32_t os_resident_kib(void)
{
	char text[256];
	unsigned long total, resident;

	if (os_read_file("/proc/self/statm", text, sizeof text) < 0 || sscanf(text, "%lu %lu", &total, &resident) != 2)
		return 0;
	return (uint32_t)(resident * ((unsigned long)sysconf(_SC_PAGESIZE) / 1024));
}

void *os_page_alloc(size_t size)
{
	void *memory = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	return memory == MAP_FAILED ? NULL : memory;
}

void os_page_free(void *memory, size_t size)
{
	if (memory != NULL)
		munmap(memory, size);
}

/* One sync at a time, in a thread of its own that is left behind when it hangs. */
static os_mutex sync_mutex = PTHREAD_MUTEX_INITIALIZER;
static os_condition sync_done;
static bool sync_ready, sync_running;

static void *sync_thread(void *unused)
{
	(void)unused;
	sync();
	os_lock(&sync_mutex);
	sync_running = false;
	os_wake_all(&sync_done);
	os_unlock(&sync_mutex);
	return NULL;
}

void os_sync_filesystems(unsigned ms)
{
	uint64_t until = os_now_us() + (uint64_t)ms * 1000;

	os_lock(&sync_mutex);
	if (!sync_ready) {
		os_condition_init(&sync_done);
		sync_ready = true;
	}
	if (!sync_running) {
		os_thread thread;

		sync_running = os_thread_start(&thread, sync_thread, NULL);
		if (sync_running)
			pthread_detach(thread);
	}
	while (sync_running && os_now_us() < until)
		os_wait_for(&sync_done, &sync_mutex, 100);
	os_unlock(&sync_mutex);
}

void os_protect_memory(void)
{
	struct rlimit none = {0, 0};

	setrlimit(RLIMIT_CORE, &none);
	prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
}

/*
 * With autogroups (Linux 2.6.38 and later, where they are on) every session is a group of its own, and a nice value
 * counts within its group only: against the source's services the group's value is what counts.
 */
static void set_group_priority(int nice_level)
{
	char text[16];
	int fd = open("/proc/self/autogroup", O_WRONLY | O_NOCTTY);
	int length = snprintf(text, sizeof text, "%d", nice_level);

	if (fd < 0)
		return;
	(void)!write(fd, text, (size_t)length);
	close(fd);
}

void os_set_priority(int nice_level, int ionice)
{
	enum { WHO_PROCESS = 1, CLASS_SHIFT = 13, BEST_EFFORT = 2, IDLE = 3, LOWEST = 7 };

	if (nice_level > 0) {
		(void)setpriority(PRIO_PROCESS, 0, nice_level);
		set_group_priority(nice_level);
	}
	if (ionice == BEST_EFFORT)
		syscall(SYS_ioprio_set, WHO_PROCESS, 0, BEST_EFFORT << CLASS_SHIFT | LOWEST);
	else if (ionice == IDLE)
		syscall(SYS_ioprio_set, WHO_PROCESS, 0, IDLE << CLASS_SHIFT);
}

void os_open_standard_streams(void)
{
	int fd;

	do
		fd = open("/dev/null", O_RDWR);
	while (fd >= 0 && fd <= 2);
	if (fd > 2)
		close(fd);
}

static int ready_fd = -1;

static void become_daemon(void)
{
	int null;

	setsid();
	umask(077);
	/* Not to hold a filesystem that somebody wants to unmount. */
	if (chdir("/") != 0)
		_exit(1);
	null = open("/dev/null", O_RDWR);
	if (null < 0)
		_exit(1);
	for (int fd = 0; fd <= 2; fd++)
		dup2(null, fd);
	if (null > 2)
		close(null);
}

bool os_relaunch(const uint8_t *document, size_t length, int *exit_code)
{
	(void)document;
	(void)length;
	(void)exit_code;
	return false;
}

int os_daemonise(long *pid)
{
	int fds[2];
	pid_t child;
	char byte;
	ssize_t n;

	if (pipe(fds) != 0)
		return -1;
	child = fork();
	if (child < 0) {
		close(fds[0]);
		close(fds[1]);
		return -1;
	}
	if (child == 0) {
		close(fds[0]);
		ready_fd = fds[1];
		become_daemon();
		return 0;
	}
	close(fds[1]);
	do
		n = read(fds[0], &byte, 1);
	while (n < 0 && errno == EINTR);
	close(fds[0]);
	*pid = child;
	return n == 1 ? 1 : -1;
}

void os_daemon_ready(void)
{
	ssize_t n = write(ready_fd, "", 1);

	(void)n;
	close(ready_fd);
}

enum { STOP_PATIENCE_SECONDS = 8 };

static volatile sig_atomic_t stop_requested;
static void (*stop_wake)(void);

static void on_stop(int signal_number)
{
	int saved = errno;

	(void)signal_number;
	stop_requested = 1;
	/* A read that a dead disk holds must not keep the process for ever. */
	alarm(STOP_PATIENCE_SECONDS);
	if (stop_wake != NULL)
		stop_wake();
	errno = saved;
}

void os_catch_stop(void (*wake)(void))
{
	struct sigaction action;

	stop_wake = wake;
	memset(&action, 0, sizeof action);
	action.sa_handler = on_stop;
	sigaction(SIGTERM, &action, NULL);
	sigaction(SIGINT, &action, NULL);
	sigaction(SIGHUP, &action, NULL);
	action.sa_handler = SIG_IGN;
	sigaction(SIGPIPE, &action, NULL);
}

bool os_stop_requested(void)
{
	return stop_requested != 0;
}
