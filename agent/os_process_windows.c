#include "os.h"

#include <fcntl.h>
#include <io.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "os_service_windows.h"
#include "os_windows.h"
#include "text_windows.h"

/*
 * Into the background without fork: the launcher starts this program again with the launch document on its standard
 * input and pipes for what it says, and waits until it closes them, which it does when it is ready.
 */

/* Set in the background process alone. */
static const wchar_t background_mark[] = L"SMA_AGENT_BACKGROUND";
/* Set by a person or a test: goes by way of a service in any case. */
static const wchar_t service_mark[] = L"SMA_AGENT_SERVICE";

static bool is_set(const wchar_t *variable)
{
	wchar_t value[4];

	return GetEnvironmentVariableW(variable, value, 4) > 0;
}

/* A pipe of which the child gets one end. */
struct pipe {
	HANDLE ours, theirs;
};

static bool open_pipe(struct pipe *pipe, bool child_reads)
{
	SECURITY_ATTRIBUTES inherited = {sizeof inherited, NULL, TRUE};
	HANDLE reading, writing;

	if (!CreatePipe(&reading, &writing, &inherited, 0))
		return false;
	pipe->ours = child_reads ? writing : reading;
	pipe->theirs = child_reads ? reading : writing;
	SetHandleInformation(pipe->ours, HANDLE_FLAG_INHERIT, 0);
	return true;
}

static void close_handle(HANDLE *handle)
{
	if (*handle != NULL)
		CloseHandle(*handle);
	*handle = NULL;
}

/* Our own standard handles would keep whoever waits for our output waiting for the background's end. */
static void keep_own_handles(void)
{
	static const DWORD which[] = {STD_INPUT_HANDLE, STD_OUTPUT_HANDLE, STD_ERROR_HANDLE};

	for (int i = 0; i < 3; i++)
		SetHandleInformation(GetStdHandle(which[i]), HANDLE_FLAG_INHERIT, 0);
}

static bool start(STARTUPINFOW *startup, DWORD more_flags, PROCESS_INFORMATION *process)
{
	wchar_t program[WIDE_PATH], command[WIDE_PATH + 16], directory[MAX_PATH];
	const DWORD n = GetModuleFileNameW(NULL, program, WIDE_PATH);
	bool started;

	if (n == 0 || n >= WIDE_PATH || GetWindowsDirectoryW(directory, MAX_PATH) == 0)
		return false;
	_snwprintf(command, WIDE_PATH + 16, L"\"%ls\" run", program);
	SetEnvironmentVariableW(background_mark, L"1");
	started = CreateProcessW(program, command, NULL, NULL, TRUE, DETACHED_PROCESS | CREATE_NEW_PROCESS_GROUP | more_flags,
				 NULL, directory, startup, process);
	SetEnvironmentVariableW(background_mark, NULL);
	return started;
}

static void write_all(HANDLE pipe, const uint8_t *bytes, size_t length)
{
	DWORD n;

	/* A child that refuses early does not read all of it. */
	for (size_t at = 0; at < length && WriteFile(pipe, bytes + at, (DWORD)(length - at), &n, NULL); at += n)
		;
}

static void read_all(HANDLE pipe, char *out, size_t capacity)
{
	size_t at = 0;
	DWORD n;
	char scrap[256];

	while (ReadFile(pipe, at < capacity - 1 ? out + at : scrap,
			(DWORD)(at < capacity - 1 ? capacity - 1 - at : sizeof scrap), &n, NULL) &&
	       n > 0)
		if (at < capacity - 1)
			at += n;
	out[at] = '\0';
}

bool os_start_background(const uint8_t *document, size_t length, bool may_stay_in_job, struct os_launched *out)
{
	struct pipe in = {0}, output = {0}, error = {0};
	STARTUPINFOW startup = {.cb = sizeof startup, .dwFlags = STARTF_USESTDHANDLES};
	PROCESS_INFORMATION process = {0};
	DWORD code = 1;
	bool started = false;

	memset(out, 0, sizeof *out);
	keep_own_handles();
	if (!open_pipe(&in, true) || !open_pipe(&output, false) || !open_pipe(&error, false))
		goto out;
	startup.hStdInput = in.theirs;
	startup.hStdOutput = output.theirs;
	startup.hStdError = error.theirs;
	/* WinRM and its like end all processes of a connection's job with the connection. */
	started = start(&startup, CREATE_BREAKAWAY_FROM_JOB, &process) ||
		  (may_stay_in_job && start(&startup, 0, &process));
	if (!started)
		goto out;
	close_handle(&in.theirs);
	close_handle(&output.theirs);
	close_handle(&error.theirs);
	write_all(in.ours, document, length);
	close_handle(&in.ours);
	read_all(output.ours, out->output, sizeof out->output);
	read_all(error.ours, out->error, sizeof out->error);
	if (strncmp(out->output, "started ", 8) != 0) {
		WaitForSingleObject(process.hProcess, INFINITE);
		GetExitCodeProcess(process.hProcess, &code);
		out->exit_code = code == 0 ? 1 : (int)code;
		if (out->output[0] == '\0' && out->error[0] == '\0')
			snprintf(out->error, sizeof out->error, "error: going into the background failed (exit code %lu)\n",
				 (unsigned long)code);
	}
out:
	close_handle(&in.theirs);
	close_handle(&in.ours);
	close_handle(&output.theirs);
	close_handle(&output.ours);
	close_handle(&error.theirs);
	close_handle(&error.ours);
	close_handle(&process.hThread);
	close_handle(&process.hProcess);
	return started;
}

bool os_relaunch(const uint8_t *document, size_t length, int *exit_code)
{
	static struct os_launched launched;
	bool done;

	if (is_set(background_mark))
		return false;
	done = !is_set(service_mark) && os_start_background(document, length, false, &launched);
	/* The job does not let go of its processes: a service is nobody's child. */
	if (!done)
		done = os_start_by_service(document, length, &launched);
	if (!done)
		done = os_start_background(document, length, true, &launched);
	if (!done) {
		launched.exit_code = 1;
		text_of_error(GetLastError(), launched.output, sizeof launched.output);
		snprintf(launched.error, sizeof launched.error, "error: no process can be started: %.200s\n",
			 launched.output);
		launched.output[0] = '\0';
	}
	fputs(launched.output, stdout);
	fputs(launched.error, stderr);
	fflush(stdout);
	*exit_code = launched.exit_code;
	return true;
}

static int ready_fd = -1;

int os_daemonise(long *pid)
{
	int null = _open("NUL", _O_RDWR | _O_BINARY);

	(void)pid;
	fflush(NULL);
	ready_fd = _dup(1);
	if (null < 0 || ready_fd < 0)
		return -1;
	for (int fd = 0; fd <= 2; fd++)
		_dup2(null, fd);
	if (null > 2)
		_close(null);
	SetEnvironmentVariableW(background_mark, NULL);
	return 0;
}

void os_daemon_ready(void)
{
	char line[48];
	int n = snprintf(line, sizeof line, "started %lu\n", (unsigned long)GetCurrentProcessId());

	os_write_all(ready_fd, line, (size_t)n);
	_close(ready_fd);
}

/*
 * A running program's file cannot be removed. The system's own command processor does it when the program has ended:
 * only this file, and the directory only when nothing else is in it.
 */
bool os_remove_own_program(const wchar_t *executable)
{
	STARTUPINFOW startup = {.cb = sizeof startup};
	PROCESS_INFORMATION process;
	wchar_t shell[MAX_PATH + 16], directory[WIDE_PATH], windows[MAX_PATH];
	/* Seconds between tries, one more each. */
	static const int pauses[] = {2, 4, 11, 61};
	static wchar_t command[sizeof pauses / sizeof *pauses * (2 * WIDE_PATH + 128) + WIDE_PATH];
	size_t at;
	const UINT n = GetSystemDirectoryW(shell, MAX_PATH);
	wchar_t *separator;

	if (n == 0 || n >= MAX_PATH || GetWindowsDirectoryW(windows, MAX_PATH) == 0 || wcslen(executable) >= WIDE_PATH)
		return false;
	/* Inside quotes only a percent sign still means something to it. */
	if (wcschr(executable, L'%') != NULL)
		return false;
	wcscat(shell, L"\\cmd.exe");
	wcscpy(directory, executable);
	separator = wcsrchr(directory, L'\\');
	if (separator == NULL)
		return false;
	*separator = L'\0';
	at = (size_t)_snwprintf(command, sizeof command / sizeof *command, L"\"%ls\" /d /c cd .", shell);
	for (size_t i = 0; i < sizeof pauses / sizeof *pauses; i++)
		at += (size_t)_snwprintf(command + at, sizeof command / sizeof *command - at,
					 L" & ping -n %d 127.0.0.1 >nul & del /f /q \"%ls\" 2>nul & rmdir \"%ls\" 2>nul",
					 pauses[i], executable, directory);
	if (!CreateProcessW(shell, command, NULL, NULL, FALSE, DETACHED_PROCESS | CREATE_BREAKAWAY_FROM_JOB, NULL, windows,
			    &startup, &process) &&
	    !CreateProcessW(shell, command, NULL, NULL, FALSE, DETACHED_PROCESS, NULL, windows, &startup, &process))
		return false;
	CloseHandle(process.hThread);
	CloseHandle(process.hProcess);
	return true;
}
