#include "os.h"

#include <process.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

/* Server 2003 has critical sections and events, but no condition variables. */

enum { STACK_SIZE = 512 * 1024, SPINS = 2000 };

struct start {
	void *(*run)(void *);
	void *argument;
};

static unsigned __stdcall run_thread(void *argument)
{
	const struct start start = *(struct start *)argument;

	free(argument);
	start.run(start.argument);
	return 0;
}

bool os_thread_start(os_thread *thread, void *(*run)(void *), void *argument)
{
	struct start *start = malloc(sizeof *start);

	if (start == NULL)
		return false;
	*start = (struct start){run, argument};
	*thread = (HANDLE)_beginthreadex(NULL, STACK_SIZE, run_thread, start, STACK_SIZE_PARAM_IS_A_RESERVATION, NULL);
	if (*thread != NULL)
		return true;
	free(start);
	return false;
}

void os_thread_join(os_thread thread)
{
	WaitForSingleObject(thread, INFINITE);
	CloseHandle(thread);
}

void os_mutex_init(os_mutex *mutex)
{
	if (!InitializeCriticalSectionAndSpinCount(mutex, SPINS))
		abort();
}

void os_mutex_destroy(os_mutex *mutex)
{
	DeleteCriticalSection(mutex);
}

void os_lock(os_mutex *mutex)
{
	EnterCriticalSection(mutex);
}

void os_unlock(os_mutex *mutex)
{
	LeaveCriticalSection(mutex);
}

/* A thread that waits, on its own stack; `woken` is guarded by the condition's lock. */
struct os_waiter {
	HANDLE event;
	bool woken;
	struct os_waiter *next;
};

void os_condition_init(os_condition *condition)
{
	condition->first = NULL;
	condition->last = &condition->first;
	os_mutex_init(&condition->lock);
}

void os_condition_destroy(os_condition *condition)
{
	os_mutex_destroy(&condition->lock);
}

static void enter_list(os_condition *condition, struct os_waiter *waiter)
{
	os_lock(&condition->lock);
	*condition->last = waiter;
	condition->last = &waiter->next;
	os_unlock(&condition->lock);
}

/* One that was woken is no longer in the list. */
static void leave_list(os_condition *condition, struct os_waiter *waiter)
{
	os_lock(&condition->lock);
	for (struct os_waiter **at = &condition->first; !waiter->woken && *at != NULL; at = &(*at)->next) {
		if (*at != waiter)
			continue;
		*at = waiter->next;
		if (*at == NULL)
			condition->last = at;
		break;
	}
	os_unlock(&condition->lock);
}

static void wait_up_to(os_condition *condition, os_mutex *mutex, DWORD ms)
{
	struct os_waiter waiter = {CreateEventW(NULL, FALSE, FALSE, NULL), false, NULL};

	if (waiter.event == NULL) {
		/* Waking for nothing is allowed. */
		os_unlock(mutex);
		Sleep(1);
		os_lock(mutex);
		return;
	}
	enter_list(condition, &waiter);
	os_unlock(mutex);
	WaitForSingleObject(waiter.event, ms);
	leave_list(condition, &waiter);
	CloseHandle(waiter.event);
	os_lock(mutex);
}

void os_wait(os_condition *condition, os_mutex *mutex)
{
	wait_up_to(condition, mutex, INFINITE);
}

void os_wait_for(os_condition *condition, os_mutex *mutex, unsigned ms)
{
	wait_up_to(condition, mutex, ms);
}

/* The waiter may be gone as soon as the lock is: its event is set under it. */
static void wake(os_condition *condition, bool all)
{
	os_lock(&condition->lock);
	while (condition->first != NULL) {
		struct os_waiter *waiter = condition->first;

		condition->first = waiter->next;
		waiter->woken = true;
		SetEvent(waiter->event);
		if (!all)
			break;
	}
	if (condition->first == NULL)
		condition->last = &condition->first;
	os_unlock(&condition->lock);
}

void os_wake_one(os_condition *condition)
{
	wake(condition, false);
}

void os_wake_all(os_condition *condition)
{
	wake(condition, true);
}

unsigned os_online_cpus(void)
{
	SYSTEM_INFO info;

	GetSystemInfo(&info);
	return info.dwNumberOfProcessors < 1 ? 1 : (unsigned)info.dwNumberOfProcessors;
}

bool os_has_aes(void)
{
	__builtin_cpu_init();
	return __builtin_cpu_supports("aes");
}

uint64_t os_now_us(void)
{
	static volatile LONGLONG latest;
	LARGE_INTEGER now, frequency;
	LONGLONG us, seen;

	QueryPerformanceFrequency(&frequency);
	QueryPerformanceCounter(&now);
	us = now.QuadPart / frequency.QuadPart * 1000000 + now.QuadPart % frequency.QuadPart * 1000000 / frequency.QuadPart;
	/* The counters of some old machines' processors disagree: time must not go back for that. */
	do {
		seen = __sync_val_compare_and_swap(&latest, 0, 0);
		if (us <= seen)
			return (uint64_t)seen;
	} while (!__sync_bool_compare_and_swap(&latest, seen, us));
	return (uint64_t)us;
}

int64_t os_wall_clock(void)
{
	return (int64_t)_time64(NULL);
}

void os_utc(int64_t unix_seconds, struct tm *out)
{
	/* File times count tenths of microseconds from 1601. */
	ULARGE_INTEGER ticks = {.QuadPart = ((ULONGLONG)unix_seconds + 11644473600ULL) * 10000000ULL};
	FILETIME time = {ticks.LowPart, ticks.HighPart};
	SYSTEMTIME utc;

	memset(out, 0, sizeof *out);
	if (!FileTimeToSystemTime(&time, &utc))
		return;
	out->tm_year = utc.wYear - 1900;
	out->tm_mon = utc.wMonth - 1;
	out->tm_mday = utc.wDay;
	out->tm_hour = utc.wHour;
	out->tm_min = utc.wMinute;
	out->tm_sec = utc.wSecond;
}
