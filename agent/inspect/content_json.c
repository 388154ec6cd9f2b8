#include "content_json.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void optional_text(struct json *json, const char *name, const char *text)
{
	json_text(json, name, text == NULL || text[0] == '\0' ? NULL : text);
}

static bool is_utf8(const char *text)
{
	const uint8_t *bytes = (const uint8_t *)text;
	for (size_t left = strlen(text); left > 0;) {
		const size_t character = utf8_character(bytes, left);
		if (character == 0)
			return false;
		bytes += character;
		left -= character;
	}
	return true;
}

/* A label in a code page that nobody knows: its bytes, so that whoever knows can tell. */
static void write_label_bytes(struct json *json, const char *label)
{
	char hex[2 * sizeof(((struct signature *)0)->label) + 1];
	size_t used = 0;
	for (const uint8_t *p = (const uint8_t *)label; *p != 0 && used + 2 < sizeof hex; p++, used += 2)
		snprintf(hex + used, sizeof hex - used, "%02x", *p);
	json_text(json, "labelBytes", hex);
}

static void write_counts(struct json *json, const struct content *content, uint64_t stated_block_size)
{
	static const char *const states[] = {"unknown", "clean", "dirty"};
	static const char *const sources[] = {"maps", "superblock", "unknown"};
	const struct fs_counts *counts = &content->counts;
	if (!content->has_counts) {
		if (stated_block_size != 0)
			json_number(json, "blockSize", stated_block_size);
		else
			json_null(json, "blockSize");
		json_null(json, "totalBlocks");
		json_null(json, "usedBlocks");
		json_null(json, "freeBlocks");
		json_text(json, "state", "unknown");
		return;
	}
	const bool is_known = counts->source != FS_COUNT_UNKNOWN;
	json_number(json, "blockSize", counts->block_size);
	json_number(json, "totalBlocks", counts->total_blocks);
	if (is_known) {
		json_number(json, "usedBlocks", counts->used_blocks);
		json_number(json, "freeBlocks", counts->total_blocks - counts->used_blocks);
	} else {
		json_null(json, "usedBlocks");
		json_null(json, "freeBlocks");
	}
	json_text(json, "state", states[counts->state]);
	json_text(json, "countedFrom", sources[counts->source]);
	json_bool(json, "needsReplay", counts->needs_replay);
	if (counts->devices > 1)
		json_number(json, "devices", counts->devices);
}

static void write_raid(struct json *json, const struct content *content)
{
	const struct raid_member *raid = &content->raid;
	char level[16];
	if (raid->level >= 0)
		snprintf(level, sizeof level, "raid%d", raid->level);
	else
		snprintf(level, sizeof level, "%s", raid->level == -1 ? "linear" : "other");
	json_begin_object(json, "raid");
	json_text(json, "level", level);
	json_number(json, "devices", raid->devices);
	if (raid->role == UINT32_MAX)
		json_text(json, "role", "spare");
	else
		json_number(json, "role", raid->role);
	json_bool(json, "isClean", raid->is_clean);
	json_number(json, "events", raid->events);
	json_number(json, "chunkBytes", raid->chunk_bytes);
	json_number(json, "dataOffsetBytes", raid->data_offset);
	json_number(json, "dataSizeBytes", raid->data_size);
	if (raid->array_size != 0)
		json_number(json, "arraySizeBytes", raid->array_size);
	else
		json_null(json, "arraySizeBytes");
	if (content->inside != NULL)
		content_write(json, "content", content->inside);
	else
		json_null(json, "content");
	json_end_object(json);
}

static void write_others(struct json *json, const struct content *content)
{
	const struct signature *verdict = content_signature(content);
	if (content->signatures.count <= (verdict == NULL ? 0u : 1u))
		return;
	json_begin_array(json, verdict == NULL ? "candidates" : "alsoFound");
	for (size_t i = 0; i < content->signatures.count; i++) {
		const struct signature *other = &content->signatures.found[i];
		if (other == verdict)
			continue;
		json_begin_object(json, NULL);
		json_text(json, "type", other->type);
		optional_text(json, "version", other->version);
		optional_text(json, "label", other->label);
		optional_text(json, "uuid", other->uuid);
		json_end_object(json);
	}
	json_end_array(json);
}

void content_write(struct json *json, const char *name, const struct content *content)
{
	const struct signature *signature = content_signature(content);
	json_begin_object(json, name);
	json_text(json, "kind", content_kind_name(content->kind));
	if (content->kind == CONTENT_LDM) {
		json_text(json, "type", "LDM_member");
		json_end_object(json);
		return;
	}
	if (signature == NULL) {
		json_null(json, "type");
		if (content->signatures.is_ambivalent)
			json_bool(json, "isAmbivalent", true);
	} else {
		json_text(json, "type", signature->type);
		optional_text(json, "version", signature->version);
		optional_text(json, "label", signature->label);
		if (!is_utf8(signature->label))
			write_label_bytes(json, signature->label);
		optional_text(json, "uuid", signature->uuid);
		if (signature->uuid_sub[0] != '\0')
			json_text(json, "memberUuid", signature->uuid_sub);
		if (content->has_counts)
			json_number(json, "sizeBytes", content->counts.size_bytes);
		else if (signature->size_bytes != 0)
			json_number(json, "sizeBytes", signature->size_bytes);
		else
			json_null(json, "sizeBytes");
		write_counts(json, content, signature->block_size);
		if (content->has_raid)
			write_raid(json, content);
	}
	write_others(json, content);
	if (content->signatures.has_read_errors)
		json_bool(json, "hasReadErrors", true);
	json_end_object(json);
}

int content_write_of(struct json *json, const char *name, const struct reader *view)
{
	if (view == NULL) {
		json_null(json, name);
		return 0;
	}
	struct content *content = malloc(sizeof *content);
	if (content == NULL)
		return -1;
	const int result = content_examine(view, content);
	if (result == 0)
		content_write(json, name, content);
	content_clear(content);
	free(content);
	return result;
}
