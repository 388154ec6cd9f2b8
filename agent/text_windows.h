#ifndef SMA_TEXT_WINDOWS_H
#define SMA_TEXT_WINDOWS_H

/* Between the agent's UTF-8 and the system's UTF-16, and the system's own words for its errors. */

#include <stdbool.h>
#include <stddef.h>
#include <wchar.h>
#include <windows.h>

/* Long enough for every path that is used here; longer ones are refused. */
enum { WIDE_PATH = 1024 };

/* False: it does not fit. Text that is no UTF-8 is taken to be in the system's code page, as arguments are. */
bool text_to_wide(const char *text, wchar_t *out, size_t capacity);
/* False: it does not fit. */
bool text_from_wide(const wchar_t *text, char *out, size_t capacity);

/* What the system calls error `code`, in English where it can, with the number; no line breaks. */
void text_of_error(DWORD code, char *out, size_t capacity);

/*
 * A function of a system library that Server 2003 may lack; NULL where there is none. The library is taken from the
 * system's directory only.
 */
void (*late_function(const wchar_t *library, const char *name))(void);

#endif
