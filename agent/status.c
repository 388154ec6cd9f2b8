#include "status.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "text.h"

enum { LOG_LIMIT = 1024 * 1024, STATUS_EVERY_US = 1000000 };

bool own_files_find(struct own_files *files)
{
	if (!os_own_path(files->executable, sizeof files->executable) ||
	    !os_own_directory(files->directory, sizeof files->directory))
		return false;
	snprintf(files->log, sizeof files->log, "%s/agent.log", files->directory);
	snprintf(files->old_log, sizeof files->old_log, "%s/agent.log.1", files->directory);
	snprintf(files->pid, sizeof files->pid, "%s/agent.pid", files->directory);
	snprintf(files->status, sizeof files->status, "%s/agent.status", files->directory);
	snprintf(files->new_status, sizeof files->new_status, "%s/agent.status.new", files->directory);
	snprintf(files->parts, sizeof files->parts, "%s/agent.parts", files->directory);
	snprintf(files->new_parts, sizeof files->new_parts, "%s/agent.parts.new", files->directory);
	return true;
}

bool own_files_remove(const struct own_files *files, char *why, size_t why_capacity)
{
	const char *const all[] = {files->new_parts, files->parts, files->new_status, files->status,
				   files->old_log,   files->log,   files->executable, files->pid};
	char name[256];

	for (size_t i = 0; i < sizeof all / sizeof *all; i++) {
		if (os_remove_file(all[i]))
			continue;
		snprintf(why, why_capacity, "%s cannot be removed", all[i]);
		return false;
	}
	if (os_remove_directory(files->directory))
		return true;
	/* Never more than the agent's own: what else is there belongs to somebody. */
	if (os_first_entry(files->directory, name, sizeof name))
		snprintf(why, why_capacity, "%s stays: it holds %s, which is not the agent's", files->directory, name);
	else
		snprintf(why, why_capacity, "%s cannot be removed", files->directory);
	return false;
}

bool log_open(struct log *log, const struct own_files *files, const struct job_clock *clock)
{
	log->files = files;
	log->clock = *clock;
	log->fd = os_open_log(files->log, &log->size);
	return log->fd >= 0;
}

static void rotate(struct log *log)
{
	close(log->fd);
	os_rename(log->files->log, log->files->old_log);
	log->fd = os_open_log(log->files->log, &log->size);
}

void log_line(struct log *log, const char *format, ...)
{
	char line[1024];
	struct tm utc;
	va_list args;
	size_t n;

	if (log->fd < 0)
		return;
	os_utc(job_clock_now(&log->clock), &utc);
	n = strftime(line, sizeof line, "%Y-%m-%dT%H:%M:%SZ ", &utc);
	va_start(args, format);
	vsnprintf(line + n, sizeof line - n - 1, format, args);
	va_end(args);
	/* A peer's words must not make lines of their own. */
	for (n = 0; line[n] != '\0'; n++)
		if ((unsigned char)line[n] < ' ')
			line[n] = ' ';
	line[n++] = '\n';
	if (log->size + n > LOG_LIMIT)
		rotate(log);
	if (log->fd >= 0 && os_write_all(log->fd, line, n))
		log->size += n;
}

static bool same(const struct status *a, const struct status *b)
{
	return strcmp(a->state, b->state) == 0 && a->pass == b->pass && a->disk == b->disk &&
	       strcmp(a->last_error, b->last_error) == 0;
}

void status_write(struct status_file *file, const struct status *status)
{
	char line[4096];
	struct text_buffer text;
	uint64_t now = os_now_us();

	if (file->any && same(status, &file->written) && now - file->written_at_us < STATUS_EVERY_US)
		return;
	text_start(&text, line, sizeof line);
	text_addf(&text, "{\"state\":\"%s\",\"pid\":%ld,\"pass\":%u,\"disk\":", status->state, status->pid, status->pass);
	if (status->disk < 0)
		text_add(&text, "null");
	else
		text_addf(&text, "%d", status->disk);
	text_addf(&text, ",\"chunksDone\":%llu,\"chunksTotal\":%llu,\"lastError\":",
		  (unsigned long long)status->chunks_done, (unsigned long long)status->chunks_total);
	text_add_json(&text, status->last_error[0] == '\0' ? NULL : status->last_error);
	text_add(&text, "}\n");
	os_replace_file(file->files->status, file->files->new_status, line, text.length);
	file->written = *status;
	file->written_at_us = now;
	file->any = true;
}
