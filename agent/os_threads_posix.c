#include "os.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

enum { STACK_SIZE = 512 * 1024 };

bool os_thread_start(os_thread *thread, void *(*run)(void *), void *argument)
{
	pthread_attr_t attributes;
	bool started;

	if (pthread_attr_init(&attributes) != 0)
		return false;
	/* musl's default is small for OpenSSL's X.509 code. */
	pthread_attr_setstacksize(&attributes, STACK_SIZE);
	started = pthread_create(thread, &attributes, run, argument) == 0;
	pthread_attr_destroy(&attributes);
	return started;
}

void os_thread_join(os_thread thread)
{
	pthread_join(thread, NULL);
}

/* Of the calls below only a misuse can fail. */
static void must(int error)
{
	if (error != 0)
		abort();
}

void os_mutex_init(os_mutex *mutex)
{
	must(pthread_mutex_init(mutex, NULL));
}

void os_mutex_destroy(os_mutex *mutex)
{
	must(pthread_mutex_destroy(mutex));
}

void os_lock(os_mutex *mutex)
{
	must(pthread_mutex_lock(mutex));
}

void os_unlock(os_mutex *mutex)
{
	must(pthread_mutex_unlock(mutex));
}

void os_condition_init(os_condition *condition)
{
	pthread_condattr_t attributes;

	must(pthread_condattr_init(&attributes));
	must(pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC));
	must(pthread_cond_init(condition, &attributes));
	pthread_condattr_destroy(&attributes);
}

void os_condition_destroy(os_condition *condition)
{
	must(pthread_cond_destroy(condition));
}

void os_wait(os_condition *condition, os_mutex *mutex)
{
	must(pthread_cond_wait(condition, mutex));
}

void os_wait_for(os_condition *condition, os_mutex *mutex, unsigned ms)
{
	struct timespec until;

	clock_gettime(CLOCK_MONOTONIC, &until);
	until.tv_sec += ms / 1000;
	until.tv_nsec += (long)(ms % 1000) * 1000000;
	if (until.tv_nsec >= 1000000000) {
		until.tv_sec++;
		until.tv_nsec -= 1000000000;
	}
	pthread_cond_timedwait(condition, mutex, &until);
}

void os_wake_one(os_condition *condition)
{
	must(pthread_cond_signal(condition));
}

void os_wake_all(os_condition *condition)
{
	must(pthread_cond_broadcast(condition));
}

unsigned os_online_cpus(void)
{
	long n = sysconf(_SC_NPROCESSORS_ONLN);

	return n < 1 ? 1 : (unsigned)n;
}

bool os_has_aes(void)
{
#if defined __x86_64__ || defined __i386__
	__builtin_cpu_init();
	return __builtin_cpu_supports("aes");
#else
	return false;
#endif
}

uint64_t os_now_us(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * 1000000 + (uint64_t)now.tv_nsec / 1000;
}

int64_t os_wall_clock(void)
{
	return (int64_t)time(NULL);
}

void os_utc(int64_t unix_seconds, struct tm *out)
{
	time_t seconds = (time_t)unix_seconds;
	struct tm full;

	memset(out, 0, sizeof *out);
	if (gmtime_r(&seconds, &full) == NULL)
		return;
	out->tm_year = full.tm_year;
	out->tm_mon = full.tm_mon;
	out->tm_mday = full.tm_mday;
	out->tm_hour = full.tm_hour;
	out->tm_min = full.tm_min;
	out->tm_sec = full.tm_sec;
}
