#ifndef SMA_DISK_WINDOWS_H
#define SMA_DISK_WINDOWS_H

/* What the Windows disk files share. */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <windows.h>
#include <winioctl.h>

/* A handle for reading alone, past the cache where `direct`; INVALID_HANDLE_VALUE with the reason in GetLastError. */
HANDLE disk_open_handle(const wchar_t *path, bool direct);

/* The number of `\\.\PhysicalDriveN`; -1 for every other path. */
int disk_physical_number(const char *path);

/* Bytes of a device; 0 when the system does not tell. */
uint64_t disk_handle_size(HANDLE handle);
/* 512 and so on; both are 512 when the system does not tell. */
void disk_handle_sectors(HANDLE handle, uint32_t *logical, uint32_t *physical);

/* DeviceIoControl that reads: false when it fails or gives fewer than `least` bytes. */
bool disk_ask(HANDLE handle, DWORD code, const void *in, size_t in_size, void *out, size_t out_size, size_t least);

#endif
