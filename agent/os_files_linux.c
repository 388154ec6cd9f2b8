#include "os.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

/* Files of the agent's own directory. Nothing follows a symbolic link that somebody may have planted there. */

bool os_own_path(char *path, size_t capacity)
{
	ssize_t n = readlink("/proc/self/exe", path, capacity - 1);

	if (n <= 0 || (size_t)n >= capacity - 1 || path[0] != '/')
		return false;
	path[n] = '\0';
	return true;
}

bool os_own_directory(char *path, size_t capacity)
{
	char *slash;

	if (!os_own_path(path, capacity))
		return false;
	slash = strrchr(path, '/');
	if (slash == path)
		slash++;
	*slash = '\0';
	return true;
}

bool os_directory_is_private(const char *path)
{
	struct stat st;

	return stat(path, &st) == 0 && (st.st_mode & (S_IWGRP | S_IWOTH)) == 0 && (st.st_uid == geteuid() || st.st_uid == 0);
}

static int pid_fd = -1;

static long pid_in(int fd)
{
	char text[32];
	ssize_t n = pread(fd, text, sizeof text - 1, 0);
	long pid;

	if (n <= 0)
		return 0;
	text[n] = '\0';
	pid = strtol(text, NULL, 10);
	return pid > 0 ? pid : 0;
}

int os_pid_file_take(const char *path, long *holder)
{
	*holder = 0;
	pid_fd = open(path, O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0600);
	if (pid_fd < 0)
		return -1;
	if (flock(pid_fd, LOCK_EX | LOCK_NB) == 0)
		return 1;
	if (errno == EWOULDBLOCK) {
		*holder = pid_in(pid_fd);
		close(pid_fd);
		pid_fd = -1;
		return 0;
	}
	return -1;
}

bool os_pid_file_write(long pid)
{
	char text[32];
	int n = snprintf(text, sizeof text, "%ld\n", pid);

	return ftruncate(pid_fd, 0) == 0 && pwrite(pid_fd, text, (size_t)n, 0) == n;
}

long os_pid_file_holder(const char *path)
{
	int fd = open(path, O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
	long pid = 0;

	if (fd < 0)
		return 0;
	if (flock(fd, LOCK_SH | LOCK_NB) != 0 && errno == EWOULDBLOCK)
		pid = pid_in(fd);
	close(fd);
	return pid;
}

static bool wait_until_gone(const char *pid_path, unsigned ms)
{
	for (unsigned waited = 0; os_pid_file_holder(pid_path) != 0; waited += 20) {
		if (waited >= ms)
			return false;
		usleep(20000);
	}
	return true;
}

bool os_end_process(const char *pid_path, unsigned ms)
{
	long pid = os_pid_file_holder(pid_path);

	if (pid == 0)
		return true;
	if (kill((pid_t)pid, SIGTERM) != 0 && errno != ESRCH)
		return false;
	if (wait_until_gone(pid_path, ms))
		return true;
	/* The lock is what says that the id is still this process's. */
	if (os_pid_file_holder(pid_path) == pid)
		kill((pid_t)pid, SIGKILL);
	return wait_until_gone(pid_path, 2000);
}

bool os_write_all(int fd, const char *bytes, size_t length)
{
	size_t at = 0;

	while (at < length) {
		ssize_t n = write(fd, bytes + at, length - at);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return false;
		at += (size_t)n;
	}
	return true;
}

bool os_replace_file(const char *path, const char *temporary, const char *content, size_t length)
{
	int fd = open(temporary, O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW | O_CLOEXEC, 0600);
	bool written;

	if (fd < 0)
		return false;
	written = os_write_all(fd, content, length);
	close(fd);
	return written && rename(temporary, path) == 0;
}

long os_read_file(const char *path, char *content, size_t capacity)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	size_t at = 0;

	if (fd < 0)
		return -1;
	while (at < capacity - 1) {
		ssize_t n = read(fd, content + at, capacity - 1 - at);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0) {
			close(fd);
			return -1;
		}
		if (n == 0)
			break;
		at += (size_t)n;
	}
	close(fd);
	content[at] = '\0';
	return (long)at;
}

int os_open_log(const char *path, uint64_t *size)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_APPEND | O_NOFOLLOW | O_CLOEXEC, 0600);
	struct stat st;

	if (fd < 0)
		return -1;
	*size = fstat(fd, &st) == 0 ? (uint64_t)st.st_size : 0;
	/* What libraries may print ends in the log too. */
	dup2(fd, 1);
	dup2(fd, 2);
	return fd;
}

bool os_rename(const char *from, const char *to)
{
	return rename(from, to) == 0;
}

bool os_remove_file(const char *path)
{
	return unlink(path) == 0 || errno == ENOENT;
}

bool os_remove_directory(const char *path)
{
	return rmdir(path) == 0 || errno == ENOENT;
}

bool os_first_entry(const char *path, char *name, size_t capacity)
{
	DIR *directory = opendir(path);
	struct dirent *entry;
	bool found = false;

	if (directory == NULL)
		return false;
	while (!found && (entry = readdir(directory)) != NULL) {
		if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0)
			continue;
		snprintf(name, capacity, "%s", entry->d_name);
		found = true;
	}
	closedir(directory);
	return found;
}
