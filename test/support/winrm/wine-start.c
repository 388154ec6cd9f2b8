/*
 * Starts a program under wine with a command line that is taken as it is, as WinRM does it: `wine` itself would quote
 * what it is given. The argument names a file with the command line in UTF-16; the exit code is the program's. The
 * program dies with this one.
 */
#include <windows.h>
#include <stdbool.h>
#include <stdio.h>

#define MAX_CHARACTERS 32767

static wchar_t command_line[MAX_CHARACTERS + 1];

static bool read_command_line(const wchar_t *path)
{
  FILE *file = _wfopen(path, L"rb");
  size_t count;

  if (file == NULL)
    return false;
  count = fread(command_line, sizeof(wchar_t), MAX_CHARACTERS, file);
  fclose(file);
  command_line[count] = L'\0';
  return count > 0;
}

int wmain(int argc, wchar_t **argv)
{
  STARTUPINFOW startup = {.cb = sizeof startup, .dwFlags = STARTF_USESTDHANDLES};
  JOBOBJECT_EXTENDED_LIMIT_INFORMATION limits = {0};
  PROCESS_INFORMATION process = {0};
  HANDLE job = NULL;
  DWORD status = 1;

  startup.hStdInput = GetStdHandle(STD_INPUT_HANDLE);
  startup.hStdOutput = GetStdHandle(STD_OUTPUT_HANDLE);
  startup.hStdError = GetStdHandle(STD_ERROR_HANDLE);
  if (argc != 2 || !read_command_line(argv[1]))
    goto out;
  job = CreateJobObjectW(NULL, NULL);
  limits.BasicLimitInformation.LimitFlags = JOB_OBJECT_LIMIT_KILL_ON_JOB_CLOSE;
  if (job == NULL || !SetInformationJobObject(job, JobObjectExtendedLimitInformation, &limits, sizeof limits))
    goto out;
  if (!CreateProcessW(NULL, command_line, NULL, NULL, TRUE, CREATE_SUSPENDED, NULL, NULL, &startup, &process))
    goto out;
  AssignProcessToJobObject(job, process.hProcess);
  ResumeThread(process.hThread);
  WaitForSingleObject(process.hProcess, INFINITE);
  GetExitCodeProcess(process.hProcess, &status);

out:
  if (process.hThread != NULL)
    CloseHandle(process.hThread);
  if (process.hProcess != NULL)
    CloseHandle(process.hProcess);
  if (job != NULL)
    CloseHandle(job);
  return (int)status;
}
