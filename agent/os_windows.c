#include "os.h"

#include <fcntl.h>
#include <io.h>
#include <stdio.h>
#include <string.h>

#include "os_windows.h"
#include "text_windows.h"

/* Memory, priorities and the wish to end, on Windows from Server 2003 SP2 on. */

/* RtlGenRandom, which advapi32 exports under this name since XP. */
BOOLEAN NTAPI SystemFunction036(PVOID buffer, ULONG length);

bool os_random(void *bytes, size_t length)
{
	return length <= 0x7fffffff && SystemFunction036(bytes, (ULONG)length);
}

/* PROCESS_MEMORY_COUNTERS; psapi.h would redirect the call by what the headers are set to. */
struct memory_counters {
	DWORD size, page_faults;
	SIZE_T peak_working_set, working_set, others[6];
};
typedef BOOL(WINAPI *memory_call)(HANDLE process, struct memory_counters *counters, DWORD size);

uint32_t os_resident_kib(void)
{
	static memory_call call;
	struct memory_counters counters;

	if (call == NULL)
		call = (memory_call)late_function(L"kernel32.dll", "K32GetProcessMemoryInfo");
	if (call == NULL)
		call = (memory_call)late_function(L"psapi.dll", "GetProcessMemoryInfo");
	memset(&counters, 0, sizeof counters);
	counters.size = sizeof counters;
	if (call == NULL || !call(GetCurrentProcess(), &counters, sizeof counters))
		return 0;
	return (uint32_t)(counters.working_set / 1024);
}

void *os_page_alloc(size_t size)
{
	return VirtualAlloc(NULL, size, MEM_RESERVE | MEM_COMMIT, PAGE_READWRITE);
}

void os_page_free(void *memory, size_t size)
{
	(void)size;
	if (memory != NULL)
		VirtualFree(memory, 0, MEM_RELEASE);
}

/*
 * Asks the cache manager to write out the volumes that have a letter. Such a handle is opened for writing, as the
 * system demands, but nothing is written through it.
 */
static DWORD WINAPI flush_thread(void *unused)
{
	const DWORD letters = GetLogicalDrives();

	(void)unused;
	for (int i = 2; i < 26; i++) {
		wchar_t root[] = L"A:\\", volume[] = L"\\\\.\\A:";
		HANDLE handle;

		root[0] = volume[4] = (wchar_t)(L'A' + i);
		if ((letters >> i & 1) == 0 || GetDriveTypeW(root) != DRIVE_FIXED)
			continue;
		handle = CreateFileW(volume, GENERIC_READ | GENERIC_WRITE, FILE_SHARE_READ | FILE_SHARE_WRITE, NULL,
				     OPEN_EXISTING, 0, NULL);
		if (handle == INVALID_HANDLE_VALUE)
			continue;
		FlushFileBuffers(handle);
		CloseHandle(handle);
	}
	return 0;
}

void os_sync_filesystems(unsigned ms)
{
	/* One at a time; one that hangs is left behind. Only a pass's first thread comes here. */
	static HANDLE running;

	if (running != NULL && WaitForSingleObject(running, 0) != WAIT_OBJECT_0)
		return;
	if (running != NULL)
		CloseHandle(running);
	running = CreateThread(NULL, 0, flush_thread, NULL, 0, NULL);
	if (running != NULL)
		WaitForSingleObject(running, ms);
}

void os_protect_memory(void)
{
	/* No dialogue on a server's screen, and no report to anybody with the process's memory in it. */
	SetErrorMode(SEM_FAILCRITICALERRORS | SEM_NOGPFAULTERRORBOX | SEM_NOOPENFILEERRORBOX);
}

typedef LONG(NTAPI *set_process_call)(HANDLE process, int what, void *value, ULONG size);

void os_set_priority(int nice_level, int ionice)
{
	enum { IO_PRIORITY = 33, VERY_LOW = 0, LOW = 1 };
	set_process_call set = (set_process_call)late_function(L"ntdll.dll", "NtSetInformationProcess");
	ULONG priority = ionice == 3 ? VERY_LOW : LOW;

	if (nice_level > 0)
		SetPriorityClass(GetCurrentProcess(),
				 nice_level >= 15 ? IDLE_PRIORITY_CLASS : BELOW_NORMAL_PRIORITY_CLASS);
	/* Vista and later have priorities of I/O; Server 2003 refuses. */
	if (ionice != 0 && set != NULL)
		(void)set(GetCurrentProcess(), IO_PRIORITY, &priority, sizeof priority);
}

void os_open_standard_streams(void)
{
	static const DWORD which[] = {STD_INPUT_HANDLE, STD_OUTPUT_HANDLE, STD_ERROR_HANDLE};

	for (int fd = 0; fd <= 2; fd++) {
		HANDLE handle = GetStdHandle(which[fd]);

		if (handle == NULL || handle == INVALID_HANDLE_VALUE) {
			int null = _open("NUL", _O_RDWR | _O_BINARY);

			if (null >= 0 && null != fd)
				_dup2(null, fd);
			if (null > 2)
				_close(null);
		}
		/* Documents have lengths in bytes, and what reads our output knows no carriage returns. */
		_setmode(fd, _O_BINARY);
	}
}

enum { STOP_PATIENCE_MS = 8000 };

static volatile LONG stop_requested;
static void (*stop_wake)(void);
static HANDLE stop_event;

static DWORD WINAPI stop_thread(void *unused)
{
	(void)unused;
	WaitForSingleObject(stop_event, INFINITE);
	InterlockedExchange(&stop_requested, 1);
	if (stop_wake != NULL)
		stop_wake();
	/* A read that a dead disk holds must not keep the process for ever. */
	Sleep(STOP_PATIENCE_MS);
	TerminateProcess(GetCurrentProcess(), 1);
	return 0;
}

static BOOL WINAPI on_console(DWORD event)
{
	/* Somebody logs off: that is no reason for a background process. */
	if (event == CTRL_LOGOFF_EVENT)
		return TRUE;
	SetEvent(stop_event);
	return TRUE;
}

void os_stop_event_name(unsigned long pid, wchar_t *out, size_t capacity)
{
	_snwprintf(out, capacity, L"Global\\sma-agent-stop-%lu", pid);
	out[capacity - 1] = L'\0';
}

void os_catch_stop(void (*wake)(void))
{
	wchar_t name[64];
	HANDLE thread;

	stop_wake = wake;
	os_stop_event_name(GetCurrentProcessId(), name, 64);
	/* Its default access is the creator's and the system's. */
	stop_event = CreateEventW(NULL, TRUE, FALSE, name);
	if (stop_event == NULL)
		return;
	thread = CreateThread(NULL, 0, stop_thread, NULL, 0, NULL);
	if (thread != NULL)
		CloseHandle(thread);
	SetConsoleCtrlHandler(on_console, TRUE);
}

bool os_stop_requested(void)
{
	return stop_requested != 0;
}
