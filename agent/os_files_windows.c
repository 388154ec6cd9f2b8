#include "os.h"

#include <aclapi.h>
#include <fcntl.h>
#include <io.h>
#include <sddl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "os_windows.h"
#include "text_windows.h"

/* Files of the agent's own directory. */

/* Others may read, rename and remove what we have open: the directory can be taken away under a running agent. */
enum { SHARE_ALL = FILE_SHARE_READ | FILE_SHARE_WRITE | FILE_SHARE_DELETE };

static HANDLE open_file(const char *path, DWORD access, DWORD disposition)
{
	wchar_t wide[WIDE_PATH];

	if (!text_to_wide(path, wide, WIDE_PATH))
		return INVALID_HANDLE_VALUE;
	return CreateFileW(wide, access, SHARE_ALL, NULL, disposition, FILE_ATTRIBUTE_NORMAL, NULL);
}

static bool own_program(wchar_t *out)
{
	const DWORD n = GetModuleFileNameW(NULL, out, WIDE_PATH);

	return n > 0 && n < WIDE_PATH;
}

bool os_own_path(char *path, size_t capacity)
{
	wchar_t wide[WIDE_PATH];

	return own_program(wide) && text_from_wide(wide, path, capacity);
}

bool os_own_directory(char *path, size_t capacity)
{
	char *separator;

	if (!os_own_path(path, capacity))
		return false;
	separator = strrchr(path, '\\');
	if (separator == NULL)
		return false;
	/* C:\ keeps its separator. */
	if (separator > path && separator[-1] == ':')
		separator++;
	*separator = '\0';
	return true;
}

/* Administrators, the system, the owner, and the installer of Windows; everybody else is somebody else. */
static bool may_write(PSID sid, PSID owner)
{
	static const WELL_KNOWN_SID_TYPE trusted[] = {WinLocalSystemSid, WinBuiltinAdministratorsSid,
						      WinCreatorOwnerSid};
	const SID_IDENTIFIER_AUTHORITY nt = SECURITY_NT_AUTHORITY;
	enum { SERVICE_SIDS = 80 };

	if (owner != NULL && EqualSid(sid, owner))
		return true;
	for (size_t i = 0; i < sizeof trusted / sizeof *trusted; i++)
		if (IsWellKnownSid(sid, trusted[i]))
			return true;
	return memcmp(GetSidIdentifierAuthority(sid), &nt, sizeof nt) == 0 && *GetSidSubAuthorityCount(sid) > 0 &&
	       *GetSidSubAuthority(sid, 0) == SERVICE_SIDS;
}

static bool has_private_acl(const wchar_t *path)
{
	enum {
		CHANGING = FILE_ADD_FILE | FILE_ADD_SUBDIRECTORY | FILE_DELETE_CHILD | DELETE | WRITE_DAC | WRITE_OWNER |
			   GENERIC_WRITE | GENERIC_ALL
	};
	PSECURITY_DESCRIPTOR descriptor = NULL;
	PSID owner = NULL;
	PACL acl = NULL;
	bool is_private = true;

	if (GetNamedSecurityInfoW((wchar_t *)path, SE_FILE_OBJECT, OWNER_SECURITY_INFORMATION | DACL_SECURITY_INFORMATION,
				  &owner, NULL, &acl, NULL, &descriptor) != ERROR_SUCCESS)
		return false;
	/* No list at all lets everybody do everything; file systems like FAT have none. */
	if (acl == NULL)
		is_private = false;
	for (DWORD i = 0; acl != NULL && i < acl->AceCount; i++) {
		ACCESS_ALLOWED_ACE *entry;

		if (!GetAce(acl, i, (void **)&entry) || entry->Header.AceType != ACCESS_ALLOWED_ACE_TYPE)
			continue;
		if ((entry->Mask & (DWORD)CHANGING) != 0 && !may_write((PSID)&entry->SidStart, owner))
			is_private = false;
	}
	LocalFree(descriptor);
	return is_private;
}

/* The system, administrators and the owner, and nothing from the directory above. */
static void make_private(const wchar_t *path)
{
	PSECURITY_DESCRIPTOR descriptor = NULL;
	BOOL present, defaulted;
	PACL acl = NULL;

	if (!ConvertStringSecurityDescriptorToSecurityDescriptorW(
		    L"D:P(A;OICI;FA;;;SY)(A;OICI;FA;;;BA)(A;OICI;FA;;;CO)", SDDL_REVISION_1, &descriptor, NULL))
		return;
	if (GetSecurityDescriptorDacl(descriptor, &present, &acl, &defaulted) && present)
		(void)SetNamedSecurityInfoW((wchar_t *)path, SE_FILE_OBJECT,
					    DACL_SECURITY_INFORMATION | PROTECTED_DACL_SECURITY_INFORMATION, NULL, NULL,
					    acl, NULL);
	LocalFree(descriptor);
}

/*
 * What a directory inherits on Windows often lets every user add files: it is closed here where that is so, because
 * Server 2003's remote tools cannot do it when they make the directory.
 */
bool os_directory_is_private(const char *path)
{
	wchar_t wide[WIDE_PATH];

	if (!text_to_wide(path, wide, WIDE_PATH))
		return false;
	if (has_private_acl(wide))
		return true;
	make_private(wide);
	return has_private_acl(wide);
}

static HANDLE pid_file = INVALID_HANDLE_VALUE;

/* The byte that is locked lies far behind the number, which everybody may read. */
static OVERLAPPED lock_place(void)
{
	OVERLAPPED place;

	memset(&place, 0, sizeof place);
	place.Offset = 0x40000000;
	return place;
}

static bool lock(HANDLE file)
{
	OVERLAPPED place = lock_place();

	return LockFileEx(file, LOCKFILE_EXCLUSIVE_LOCK | LOCKFILE_FAIL_IMMEDIATELY, 0, 1, 0, &place);
}

static long pid_in(HANDLE file)
{
	OVERLAPPED start;
	char text[32];
	DWORD n = 0;
	long pid;

	memset(&start, 0, sizeof start);
	if (!ReadFile(file, text, sizeof text - 1, &n, &start) || n == 0)
		return 0;
	text[n] = '\0';
	pid = strtol(text, NULL, 10);
	return pid > 0 ? pid : 0;
}

int os_pid_file_take(const char *path, long *holder)
{
	*holder = 0;
	pid_file = open_file(path, GENERIC_READ | GENERIC_WRITE, OPEN_ALWAYS);
	if (pid_file == INVALID_HANDLE_VALUE)
		return -1;
	if (lock(pid_file))
		return 1;
	*holder = pid_in(pid_file);
	CloseHandle(pid_file);
	pid_file = INVALID_HANDLE_VALUE;
	return 0;
}

bool os_pid_file_write(long pid)
{
	char text[32];
	int length = snprintf(text, sizeof text, "%ld\n", pid);
	DWORD n = 0;

	return SetFilePointer(pid_file, 0, NULL, FILE_BEGIN) == 0 && SetEndOfFile(pid_file) &&
	       WriteFile(pid_file, text, (DWORD)length, &n, NULL) && n == (DWORD)length;
}

long os_pid_file_holder(const char *path)
{
	HANDLE file = open_file(path, GENERIC_READ | GENERIC_WRITE, OPEN_EXISTING);
	OVERLAPPED place = lock_place();
	long pid = 0;

	if (file == INVALID_HANDLE_VALUE)
		return 0;
	if (lock(file))
		UnlockFileEx(file, 0, 1, 0, &place);
	else
		pid = pid_in(file);
	CloseHandle(file);
	return pid;
}

static bool wait_until_gone(const char *pid_path, unsigned ms)
{
	for (unsigned waited = 0; os_pid_file_holder(pid_path) != 0; waited += 20) {
		if (waited >= ms)
			return false;
		Sleep(20);
	}
	return true;
}

/* Closing the handle is what lets the program's file go, so the process is waited for too. */
bool os_end_process(const char *pid_path, unsigned ms)
{
	const long pid = os_pid_file_holder(pid_path);
	wchar_t name[64];
	HANDLE event, process;
	bool gone;

	if (pid == 0)
		return true;
	process = OpenProcess(SYNCHRONIZE | PROCESS_TERMINATE, FALSE, (DWORD)pid);
	os_stop_event_name((unsigned long)pid, name, 64);
	event = OpenEventW(EVENT_MODIFY_STATE, FALSE, name);
	if (event != NULL) {
		SetEvent(event);
		CloseHandle(event);
	}
	gone = event != NULL && wait_until_gone(pid_path, ms);
	/* The lock is what says that the id is still this process's. */
	if (!gone && process != NULL && os_pid_file_holder(pid_path) == pid)
		TerminateProcess(process, 1);
	gone = gone || wait_until_gone(pid_path, 2000);
	if (process != NULL) {
		if (gone)
			WaitForSingleObject(process, 2000);
		CloseHandle(process);
	}
	return gone;
}

bool os_write_all(int fd, const char *bytes, size_t length)
{
	size_t at = 0;

	while (at < length) {
		int n = _write(fd, bytes + at, (unsigned)(length - at));

		if (n <= 0)
			return false;
		at += (size_t)n;
	}
	return true;
}

bool os_replace_file(const char *path, const char *temporary, const char *content, size_t length)
{
	HANDLE file = open_file(temporary, GENERIC_WRITE, CREATE_ALWAYS);
	DWORD n = 0;
	bool written;

	if (file == INVALID_HANDLE_VALUE)
		return false;
	written = WriteFile(file, content, (DWORD)length, &n, NULL) && n == length;
	CloseHandle(file);
	return written && os_rename(temporary, path);
}

long os_read_file(const char *path, char *content, size_t capacity)
{
	HANDLE file = open_file(path, GENERIC_READ, OPEN_EXISTING);
	size_t at = 0;
	DWORD n = 1;

	if (file == INVALID_HANDLE_VALUE)
		return -1;
	while (at < capacity - 1 && n > 0) {
		if (!ReadFile(file, content + at, (DWORD)(capacity - 1 - at), &n, NULL)) {
			CloseHandle(file);
			return -1;
		}
		at += n;
	}
	CloseHandle(file);
	content[at] = '\0';
	return (long)at;
}

int os_open_log(const char *path, uint64_t *size)
{
	HANDLE file = open_file(path, FILE_APPEND_DATA | SYNCHRONIZE | FILE_READ_ATTRIBUTES, OPEN_ALWAYS);
	LARGE_INTEGER length;
	int fd;

	if (file == INVALID_HANDLE_VALUE)
		return -1;
	*size = GetFileSizeEx(file, &length) ? (uint64_t)length.QuadPart : 0;
	fd = _open_osfhandle((intptr_t)file, _O_APPEND | _O_BINARY);
	if (fd < 0) {
		CloseHandle(file);
		return -1;
	}
	/* What libraries may print ends in the log too. */
	_dup2(fd, 1);
	_dup2(fd, 2);
	return fd;
}

bool os_rename(const char *from, const char *to)
{
	wchar_t wide_from[WIDE_PATH], wide_to[WIDE_PATH];

	return text_to_wide(from, wide_from, WIDE_PATH) && text_to_wide(to, wide_to, WIDE_PATH) &&
	       MoveFileExW(wide_from, wide_to, MOVEFILE_REPLACE_EXISTING);
}

/* The executable went to os_remove_own_program, and its directory with it. */
static bool leaving;

bool os_remove_file(const char *path)
{
	wchar_t wide[WIDE_PATH], own[WIDE_PATH];

	if (!text_to_wide(path, wide, WIDE_PATH) || !own_program(own))
		return false;
	if (_wcsicmp(wide, own) == 0)
		return leaving = os_remove_own_program(own);
	return DeleteFileW(wide) || GetLastError() == ERROR_FILE_NOT_FOUND;
}

bool os_remove_directory(const char *path)
{
	char name[256];
	wchar_t wide[WIDE_PATH], own[WIDE_PATH];

	if (!text_to_wide(path, wide, WIDE_PATH) || !own_program(own))
		return false;
	if (leaving) {
		/* Only what is open and marked as removed may still be seen there. */
		const wchar_t *separator = wcsrchr(own, L'\\');

		return separator == NULL || !os_first_entry(path, name, sizeof name);
	}
	return RemoveDirectoryW(wide) || GetLastError() == ERROR_FILE_NOT_FOUND;
}

/* Files that are removed but still open do not count, nor does the program that is leaving. */
static bool counts(const char *directory, const WIN32_FIND_DATAW *found)
{
	wchar_t own[WIDE_PATH];
	char path[2 * WIDE_PATH], name[768];
	const wchar_t *file;
	HANDLE handle;

	if (wcscmp(found->cFileName, L".") == 0 || wcscmp(found->cFileName, L"..") == 0)
		return false;
	if (!leaving)
		return true;
	file = own_program(own) ? wcsrchr(own, L'\\') : NULL;
	if (file != NULL && _wcsicmp(file + 1, found->cFileName) == 0)
		return false;
	if (!text_from_wide(found->cFileName, name, sizeof name))
		return true;
	snprintf(path, sizeof path, "%s\\%s", directory, name);
	handle = open_file(path, FILE_READ_ATTRIBUTES, OPEN_EXISTING);
	/* ERROR_ACCESS_DENIED is what a file answers that waits for its last handle to be closed. */
	if (handle == INVALID_HANDLE_VALUE)
		return GetLastError() != ERROR_ACCESS_DENIED && GetLastError() != ERROR_FILE_NOT_FOUND;
	CloseHandle(handle);
	return true;
}

bool os_first_entry(const char *path, char *name, size_t capacity)
{
	wchar_t pattern[WIDE_PATH];
	WIN32_FIND_DATAW found;
	bool any = false;
	HANDLE search;

	if (!text_to_wide(path, pattern, WIDE_PATH - 2))
		return false;
	wcscat(pattern, L"\\*");
	search = FindFirstFileW(pattern, &found);
	if (search == INVALID_HANDLE_VALUE)
		return false;
	do {
		any = counts(path, &found);
	} while (!any && FindNextFileW(search, &found));
	FindClose(search);
	return any && text_from_wide(found.cFileName, name, capacity);
}
