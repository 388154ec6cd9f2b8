#include "os_service_windows.h"

#include <aclapi.h>
#include <sddl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <winsvc.h>

#include "launch.h"
#include "os.h"
#include "text_windows.h"

enum { PIPE_NAME = 64, PATIENCE_MS = 30000, ANSWER_MS = 60000 };

/* Launcher to service: u32 length, the document. Service to launcher: a struct os_launched. Same program, same form. */

/* Only administrators and the system may speak on it: the document holds the agent's key. */
static HANDLE open_pipe(const wchar_t *name)
{
	SECURITY_ATTRIBUTES security = {sizeof security, NULL, FALSE};
	HANDLE pipe;

	if (!ConvertStringSecurityDescriptorToSecurityDescriptorW(L"D:P(A;;GA;;;SY)(A;;GA;;;BA)", SDDL_REVISION_1,
								  &security.lpSecurityDescriptor, NULL))
		return INVALID_HANDLE_VALUE;
	pipe = CreateNamedPipeW(name, PIPE_ACCESS_DUPLEX | FILE_FLAG_FIRST_PIPE_INSTANCE | FILE_FLAG_OVERLAPPED,
				PIPE_TYPE_BYTE | PIPE_READMODE_BYTE | PIPE_WAIT, 1, LAUNCH_MAX_SIZE + 64,
				sizeof(struct os_launched), 0, &security);
	LocalFree(security.lpSecurityDescriptor);
	return pipe;
}

static bool finished(HANDLE pipe, OVERLAPPED *operation, bool started, DWORD ms, DWORD *moved)
{
	const DWORD error = GetLastError();

	if (!started && error == ERROR_PIPE_CONNECTED)
		return true;
	if (!started && error != ERROR_IO_PENDING)
		return false;
	if (!started && WaitForSingleObject(operation->hEvent, ms) != WAIT_OBJECT_0) {
		CancelIo(pipe);
		/* The system may write to the operation until it says that it is over. */
		GetOverlappedResult(pipe, operation, moved, TRUE);
		return false;
	}
	return GetOverlappedResult(pipe, operation, moved, TRUE);
}

/* Sends or receives exactly `length` bytes. */
static bool transfer(HANDLE pipe, HANDLE event, void *bytes, size_t length, bool sending)
{
	size_t at = 0;

	while (at < length) {
		OVERLAPPED operation = {.hEvent = event};
		DWORD n = 0;
		bool started;

		if (sending)
			started = WriteFile(pipe, (uint8_t *)bytes + at, (DWORD)(length - at), NULL, &operation);
		else
			started = ReadFile(pipe, (uint8_t *)bytes + at, (DWORD)(length - at), NULL, &operation);
		if (!finished(pipe, &operation, started, ANSWER_MS, &n) || n == 0)
			return false;
		at += n;
	}
	return true;
}

static bool converse(HANDLE pipe, HANDLE event, const uint8_t *document, size_t length, struct os_launched *out)
{
	OVERLAPPED connecting = {.hEvent = event};
	uint32_t size = (uint32_t)length;
	DWORD n = 0;
	const bool connected = ConnectNamedPipe(pipe, &connecting);

	return finished(pipe, &connecting, connected, PATIENCE_MS, &n) && transfer(pipe, event, &size, sizeof size, true) &&
	       transfer(pipe, event, (void *)document, length, true) && transfer(pipe, event, out, sizeof *out, false);
}

static bool start_service(const wchar_t *name, const wchar_t *pipe)
{
	wchar_t program[WIDE_PATH], command[WIDE_PATH + PIPE_NAME + 16];
	const DWORD n = GetModuleFileNameW(NULL, program, WIDE_PATH);
	SC_HANDLE manager, service;
	bool started = false;

	if (n == 0 || n >= WIDE_PATH)
		return false;
	_snwprintf(command, sizeof command / sizeof *command, L"\"%ls\" service %ls", program, pipe);
	manager = OpenSCManagerW(NULL, NULL, SC_MANAGER_CONNECT | SC_MANAGER_CREATE_SERVICE);
	if (manager == NULL)
		return false;
	service = CreateServiceW(manager, name, L"Server migration agent launcher", SERVICE_START | DELETE,
				 SERVICE_WIN32_OWN_PROCESS, SERVICE_DEMAND_START, SERVICE_ERROR_IGNORE, command, NULL, NULL,
				 NULL, NULL, NULL);
	if (service != NULL) {
		started = StartServiceW(service, 0, NULL);
		/* It goes when it has ended. */
		DeleteService(service);
		CloseServiceHandle(service);
	}
	CloseServiceHandle(manager);
	return started;
}

bool os_start_by_service(const uint8_t *document, size_t length, struct os_launched *out)
{
	wchar_t name[32], path[PIPE_NAME];
	uint32_t number[2];
	HANDLE pipe, event;
	bool done;

	if (!os_random(number, sizeof number))
		return false;
	_snwprintf(name, 32, L"sma-agent-%08x%08x", number[0], number[1]);
	_snwprintf(path, PIPE_NAME, L"\\\\.\\pipe\\%ls", name);
	pipe = open_pipe(path);
	if (pipe == INVALID_HANDLE_VALUE)
		return false;
	event = CreateEventW(NULL, TRUE, FALSE, NULL);
	done = event != NULL && start_service(name, path) && converse(pipe, event, document, length, out);
	if (event != NULL)
		CloseHandle(event);
	CloseHandle(pipe);
	return done;
}

static wchar_t pipe_path[PIPE_NAME];
static SERVICE_STATUS_HANDLE status_handle;

static void report(DWORD state)
{
	SERVICE_STATUS status = {.dwServiceType = SERVICE_WIN32_OWN_PROCESS, .dwCurrentState = state};

	SetServiceStatus(status_handle, &status);
}

static DWORD WINAPI on_control(DWORD control, DWORD type, void *data, void *context)
{
	(void)control;
	(void)type;
	(void)data;
	(void)context;
	return NO_ERROR;
}

static void serve(void)
{
	static uint8_t document[LAUNCH_MAX_SIZE + 1];
	static struct os_launched launched;
	HANDLE event = CreateEventW(NULL, TRUE, FALSE, NULL);
	HANDLE pipe = CreateFileW(pipe_path, GENERIC_READ | GENERIC_WRITE, 0, NULL, OPEN_EXISTING,
				  FILE_FLAG_OVERLAPPED | SECURITY_SQOS_PRESENT | SECURITY_IDENTIFICATION, NULL);
	uint32_t size = 0;

	if (event == NULL || pipe == INVALID_HANDLE_VALUE)
		return;
	if (transfer(pipe, event, &size, sizeof size, false) && size <= sizeof document &&
	    transfer(pipe, event, document, size, false)) {
		if (!os_start_background(document, size, true, &launched)) {
			launched.exit_code = 1;
			snprintf(launched.error, sizeof launched.error, "error: the service cannot start a process\n");
		}
		SecureZeroMemory(document, sizeof document);
		transfer(pipe, event, &launched, sizeof launched, true);
		/* Until the launcher has read it all. */
		FlushFileBuffers(pipe);
	}
	CloseHandle(pipe);
	CloseHandle(event);
}

static void WINAPI service_main(DWORD argc, wchar_t **argv)
{
	(void)argc;
	(void)argv;
	status_handle = RegisterServiceCtrlHandlerExW(L"", on_control, NULL);
	if (status_handle == NULL)
		return;
	report(SERVICE_RUNNING);
	serve();
	report(SERVICE_STOPPED);
}

int os_service_main(const char *pipe)
{
	static wchar_t no_name[] = L"";
	SERVICE_TABLE_ENTRYW table[] = {{no_name, service_main}, {NULL, NULL}};

	if (!text_to_wide(pipe, pipe_path, PIPE_NAME) || wcsncmp(pipe_path, L"\\\\.\\pipe\\sma-agent-", 19) != 0)
		return 2;
	return StartServiceCtrlDispatcherW(table) ? 0 : 1;
}
