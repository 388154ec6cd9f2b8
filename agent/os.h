#ifndef SMA_OS_H
#define SMA_OS_H

/* What the operating system does besides disks and network: threads, clocks, processes, files of the own directory. */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <time.h>

#ifdef _WIN32
#include <winsock2.h>
#include <windows.h>
struct os_waiter;
typedef CRITICAL_SECTION os_mutex;
typedef HANDLE os_thread;
/* Who waits, the longest first. */
typedef struct {
	CRITICAL_SECTION lock;
	struct os_waiter *first, **last;
} os_condition;
#else
#include <pthread.h>
typedef pthread_mutex_t os_mutex;
typedef pthread_cond_t os_condition;
typedef pthread_t os_thread;
#endif

/* Threads. Creating one may fail; the rest cannot when used rightly. */
bool os_thread_start(os_thread *thread, void *(*run)(void *), void *argument);
void os_thread_join(os_thread thread);
void os_mutex_init(os_mutex *mutex);
void os_mutex_destroy(os_mutex *mutex);
void os_lock(os_mutex *mutex);
void os_unlock(os_mutex *mutex);
void os_condition_init(os_condition *condition);
void os_condition_destroy(os_condition *condition);
void os_wait(os_condition *condition, os_mutex *mutex);
/* Returns after `ms` at the latest. */
void os_wait_for(os_condition *condition, os_mutex *mutex, unsigned ms);
void os_wake_one(os_condition *condition);
void os_wake_all(os_condition *condition);

unsigned os_online_cpus(void);
/* True when the processor has instructions for AES. */
bool os_has_aes(void);

/* Monotonic microseconds since some start. */
uint64_t os_now_us(void);
/* The system's own idea of Unix seconds: may be wrong by years. */
int64_t os_wall_clock(void);
/* Year, month, day, hour, minute and second of Unix seconds; the rest of `out` is zero. */
void os_utc(int64_t unix_seconds, struct tm *out);
/* Cryptographically random. */
bool os_random(void *bytes, size_t length);
uint32_t os_resident_kib(void);

/* Page-aligned memory of `size` bytes, zeroed, or NULL; for direct disk reads. */
void *os_page_alloc(size_t size);
void os_page_free(void *memory, size_t size);

/* Writes out what filesystems hold back, but does not wait longer than `ms`: a dead network mount can hang it. */
void os_sync_filesystems(unsigned ms);

/* No core files and no debugger: the process holds keys. */
void os_protect_memory(void);
/* `nice` 0 to 19; `ionice` as in the launch document. Failures are of no consequence. */
void os_set_priority(int nice_level, int ionice);

/* Absolute path of this executable and of the directory that holds it. */
bool os_own_path(char *path, size_t capacity);
bool os_own_directory(char *path, size_t capacity);
/* False when anybody but the owner and root may write into the directory. */
bool os_directory_is_private(const char *path);

/* Standard streams that the parent closed are opened on /dev/null: no file of ours may get their numbers. */
void os_open_standard_streams(void);

/*
 * On systems that cannot fork, `run` starts this program again, hands it the launch document, passes on what it says
 * until it is ready or has ended, and returns true with the exit code. False in the process that goes on, which on
 * other systems is this one.
 */
bool os_relaunch(const uint8_t *document, size_t length, int *exit_code);

/*
 * Into the background. The child returns 0, in a new session with its standard streams on /dev/null, and calls
 * os_daemon_ready when it has set itself up; only then does the parent return 1 with the child's id in `pid`. -1 in
 * the parent: there is no child, or it ended before it was ready. Without fork this is the child already: always 0.
 */
int os_daemonise(long *pid);
void os_daemon_ready(void);

/* A wish to end (SIGTERM, SIGINT, SIGHUP) makes `os_stop_requested` true and calls `wake` (signal-safe). */
void os_catch_stop(void (*wake)(void));
bool os_stop_requested(void);

/*
 * The pid file, locked as long as the process (or a forked child of it) lives. Taking it: 1 got it, 0 another holds
 * it (its id in `holder`, 0 when unknown), -1 error in errno.
 */
int os_pid_file_take(const char *path, long *holder);
bool os_pid_file_write(long pid);
/* The id of the process that holds the file, 0 when none does. */
long os_pid_file_holder(const char *path);
/* Ends that process, gently and then not; false when it is still there after `ms`. */
bool os_end_process(const char *pid_path, unsigned ms);

/* Replaces the file at once; `temporary` is a name beside it. */
bool os_replace_file(const char *path, const char *temporary, const char *content, size_t length);
/* At most `capacity - 1` bytes, NUL-terminated; -1 when it cannot be read. */
long os_read_file(const char *path, char *content, size_t capacity);
/* Opens for appending, private; makes it the standard streams too. -1 on error; `size` gets its length. */
int os_open_log(const char *path, uint64_t *size);
bool os_write_all(int fd, const char *bytes, size_t length);
bool os_rename(const char *from, const char *to);
/* True when it is gone now. */
bool os_remove_file(const char *path);
bool os_remove_directory(const char *path);
/* The name of one entry of a directory; false when it is empty. */
bool os_first_entry(const char *path, char *name, size_t capacity);

#endif
