#include "text_windows.h"

#include <stdio.h>
#include <string.h>

#include "text.h"

bool text_to_wide(const char *text, wchar_t *out, size_t capacity)
{
	const bool is_utf8 = text_is_utf8((const uint8_t *)text, strlen(text));

	return MultiByteToWideChar(is_utf8 ? CP_UTF8 : CP_ACP, 0, text, -1, out, (int)capacity) > 0;
}

bool text_from_wide(const wchar_t *text, char *out, size_t capacity)
{
	return WideCharToMultiByte(CP_UTF8, 0, text, -1, out, (int)capacity, NULL, NULL) > 0;
}

void text_of_error(DWORD code, char *out, size_t capacity)
{
	enum { FLAGS = FORMAT_MESSAGE_FROM_SYSTEM | FORMAT_MESSAGE_IGNORE_INSERTS | FORMAT_MESSAGE_MAX_WIDTH_MASK };
	wchar_t wide[200];
	char words[400] = "";
	DWORD n = FormatMessageW(FLAGS, NULL, code, MAKELANGID(LANG_ENGLISH, SUBLANG_ENGLISH_US), wide, 200, NULL);

	if (n == 0)
		n = FormatMessageW(FLAGS, NULL, code, 0, wide, 200, NULL);
	while (n > 0 && (wide[n - 1] <= L' ' || wide[n - 1] == L'.'))
		wide[--n] = L'\0';
	if (n == 0 || !text_from_wide(wide, words, sizeof words))
		snprintf(out, capacity, "error %lu", (unsigned long)code);
	else
		snprintf(out, capacity, "%s (error %lu)", words, (unsigned long)code);
}

void (*late_function(const wchar_t *library, const char *name))(void)
{
	wchar_t path[MAX_PATH + 32];
	const UINT n = GetSystemDirectoryW(path, MAX_PATH);
	HMODULE module = GetModuleHandleW(library);

	if (module == NULL) {
		if (n == 0 || n >= MAX_PATH || wcslen(library) > 24)
			return NULL;
		path[n] = L'\\';
		wcscpy(path + n + 1, library);
		module = LoadLibraryW(path);
	}
	return module == NULL ? NULL : (void (*)(void))GetProcAddress(module, name);
}
