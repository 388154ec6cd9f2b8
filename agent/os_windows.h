#ifndef SMA_OS_WINDOWS_H
#define SMA_OS_WINDOWS_H

/* What the Windows parts of os.h share. */

#include <stdbool.h>
#include <stddef.h>
#include <wchar.h>

/* The event that asks the agent with this process id to end. */
void os_stop_event_name(unsigned long pid, wchar_t *out, size_t capacity);

/* Sees to it that the executable and then its directory, if it is empty, go away once the process has ended. */
bool os_remove_own_program(const wchar_t *executable);

#endif
