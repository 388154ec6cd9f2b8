/*
 * Contents and volumes in the report.
 */
#ifndef SMA_INSPECT_CONTENT_JSON_H
#define SMA_INSPECT_CONTENT_JSON_H

#include "content.h"
#include "json.h"

void content_write(struct json *json, const char *name, const struct content *content);

/* Examines what is in a volume and writes it; null when `view` is NULL. Returns 0, or -1 when memory is short. */
int content_write_of(struct json *json, const char *name, const struct reader *view);

#endif
