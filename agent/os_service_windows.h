#ifndef SMA_OS_SERVICE_WINDOWS_H
#define SMA_OS_SERVICE_WINDOWS_H

/*
 * A way out of a job that ends with a remote connection: a service that lives for a moment and starts the background
 * process in the launcher's place. It is marked for deletion as soon as it runs, so nothing of it stays.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* What a background process said until it was ready or ended. */
struct os_launched {
	int exit_code;
	char output[512], error[2048];
};

/* Starts it directly. False: no process could be started; with `may_stay_in_job` it may remain in this one's job. */
bool os_start_background(const uint8_t *document, size_t length, bool may_stay_in_job, struct os_launched *out);

/* Starts it by way of a service. False: that is not possible here. */
bool os_start_by_service(const uint8_t *document, size_t length, struct os_launched *out);

/* The service itself: `sma-agent service PIPE`. The exit code. */
int os_service_main(const char *pipe);

#endif
