#include "frame.h"

/* The tables of docs/PROTOCOL.md: what each type's payload holds, and the bounds of every number. */

#define EXACT UINT64_C(9007199254740991) /* 2^53 - 1: every language holds it exactly */
#define ANY64 UINT64_MAX
#define ANY32 UINT32_MAX
#define ANY16 65535
#define ANY8 255

#define DISK_AND_PASS {FIELD_U16, "disk", 0, ANY16}, {FIELD_U32, "pass", 1, ANY32}
#define RANGE(most) DISK_AND_PASS, {FIELD_U64, "first-chunk", 0, EXACT}, {FIELD_U32, "count", 1, most}
#define END {FIELD_END, NULL, 0, 0}

static const struct field_rule hello[] = {
	{FIELD_U16, "lowest-version", 0, ANY16},
	{FIELD_U16, "highest-version", 0, ANY16},
	{FIELD_U64, "capabilities", 0, ANY64},
	{FIELD_ID, "instance-id", 0, 0},
	{FIELD_TEXT, "agent-version", 0, ANY16},
	{FIELD_TEXT, "platform", 0, ANY16},
	END,
};
static const struct field_rule welcome[] = {
	{FIELD_U16, "version", 0, ANY16},
	{FIELD_U64, "capabilities", 0, ANY64},
	{FIELD_ID, "session-id", 0, 0},
	{FIELD_U16, "data-port", 1, ANY16},
	{FIELD_U8, "data-connections", 1, MAX_DATA_CONNECTIONS},
	{FIELD_U32, "heartbeat-ms", 1, ANY32},
	{FIELD_U32, "window", 1, ANY32},
	{FIELD_U64, "time", 0, EXACT},
	END,
};
static const struct field_rule plan[] = {
	{FIELD_U32, "chunk-size", CHUNK_MIN_SIZE, CHUNK_MAX_SIZE},
	{FIELD_U8, "codec", 0, CODEC_ADAPTIVE},
	{FIELD_I8, "level", 0, 0},
	{FIELD_U64, "rate", 0, EXACT},
	{FIELD_U8, "flags", 0, PLAN_CONTINUE_ON_READ_ERRORS | PLAN_USED_BLOCKS},
	{FIELD_PLAN_DISKS, "disks", 1, ANY16},
	END,
};
static const struct field_rule plan_accepted[] = {{FIELD_ACCEPTED_DISKS, "disks", 1, ANY16}, END};
static const struct field_rule pass_start[] = {DISK_AND_PASS, {FIELD_U8, "flags", 0, PASS_START_MAY_SKIP}, END};
static const struct field_rule query[] = {RANGE(QUERY_MAX_CHUNKS), END};
static const struct field_rule known[] = {RANGE(QUERY_MAX_CHUNKS), {FIELD_KNOWN_RUNS, "runs", 0, 0}, END};
static const struct field_rule pass_done[] = {
	DISK_AND_PASS,
	{FIELD_U64, "changed", 0, EXACT},
	{FIELD_U64, "same", 0, EXACT},
	{FIELD_U64, "skipped", 0, EXACT},
	{FIELD_U64, "unreadable", 0, EXACT},
	{FIELD_HASH, "tree-hash", 0, 0},
	END,
};
static const struct field_rule progress[] = {
	DISK_AND_PASS,
	{FIELD_U64, "chunks-done", 0, EXACT},
	{FIELD_U64, "raw-bytes-sent", 0, EXACT},
	{FIELD_U64, "wire-bytes-sent", 0, EXACT},
	{FIELD_U64, "reading", 0, EXACT},
	{FIELD_U64, "hashing", 0, EXACT},
	{FIELD_U64, "compressing", 0, EXACT},
	{FIELD_U64, "waiting", 0, EXACT},
	{FIELD_U64, "held", 0, EXACT},
	{FIELD_U32, "resident-kib", 0, ANY32},
	END,
};
static const struct field_rule tune[] = {
	{FIELD_U8, "codec", 0, CODEC_ADAPTIVE}, {FIELD_I8, "level", 0, 0}, {FIELD_U64, "rate", 0, EXACT}, END};
static const struct field_rule ceiling[] = {{FIELD_U8, "percent", 1, 100}, END};
static const struct field_rule pause_layout[] = {{FIELD_U8, "paused", 0, 1}, END};
static const struct field_rule ping[] = {{FIELD_U64, "token", 0, ANY64}, END};
static const struct field_rule notice[] = {
	{FIELD_U16, "code", 0, ANY16},
	{FIELD_U16, "disk", 0, ANY16},
	{FIELD_U64, "offset", 0, EXACT},
	{FIELD_U64, "length", 0, EXACT},
	{FIELD_TEXT, "detail", 0, ANY16},
	END,
};
static const struct field_rule abort_layout[] = {
	{FIELD_U16, "code", 0, ANY16}, {FIELD_TEXT, "reason", 0, ANY16}, END};
static const struct field_rule finish[] = {{FIELD_U8, "flags", 0, FINISH_REMOVE}, END};
static const struct field_rule attach[] = {
	{FIELD_ID, "session-id", 0, 0}, {FIELD_U8, "stream", 0, MAX_DATA_CONNECTIONS - 1}, END};
static const struct field_rule chunk[] = {
	DISK_AND_PASS,
	{FIELD_U64, "chunk", 0, EXACT - 1},
	{FIELD_U32, "raw-length", 1, CHUNK_MAX_SIZE},
	{FIELD_U8, "codec", 0, CODEC_ZSTD},
	{FIELD_HASH, "hash", 0, 0},
	{FIELD_TAIL, "payload", 1, CHUNK_MAX_SIZE},
	END,
};
static const struct field_rule chunk_range[] = {RANGE(ANY32), END};
static const struct field_rule ack[] = {DISK_AND_PASS, {FIELD_ACK_RUNS, "runs", 1, ACK_MAX_RUNS}, END};
static const struct field_rule used[] = {
	DISK_AND_PASS,
	{FIELD_U64, "used", 0, EXACT},
	{FIELD_U64, "unused", 0, EXACT},
	{FIELD_USED_VOLUMES, "volumes", 0, MOST_USED_VOLUMES},
	END,
};
static const struct field_rule empty[] = {END};

static const struct {
	const char *name;
	const struct field_rule *layout;
} types[FRAME_UNUSED + 1] = {
	[FRAME_HELLO] = {"HELLO", hello},
	[FRAME_WELCOME] = {"WELCOME", welcome},
	[FRAME_PLAN] = {"PLAN", plan},
	[FRAME_PLAN_ACCEPTED] = {"PLAN_ACCEPTED", plan_accepted},
	[FRAME_PASS_START] = {"PASS_START", pass_start},
	[FRAME_QUERY] = {"QUERY", query},
	[FRAME_KNOWN] = {"KNOWN", known},
	[FRAME_PASS_DONE] = {"PASS_DONE", pass_done},
	[FRAME_PROGRESS] = {"PROGRESS", progress},
	[FRAME_TUNE] = {"TUNE", tune},
	[FRAME_PAUSE] = {"PAUSE", pause_layout},
	[FRAME_PING] = {"PING", ping},
	[FRAME_PONG] = {"PONG", ping},
	[FRAME_NOTICE] = {"NOTICE", notice},
	[FRAME_ABORT] = {"ABORT", abort_layout},
	[FRAME_FINISH] = {"FINISH", finish},
	[FRAME_GOODBYE] = {"GOODBYE", empty},
	[FRAME_USED] = {"USED", used},
	[FRAME_CEILING] = {"CEILING", ceiling},
	[FRAME_ATTACH] = {"ATTACH", attach},
	[FRAME_ATTACHED] = {"ATTACHED", empty},
	[FRAME_CHUNK] = {"CHUNK", chunk},
	[FRAME_ZERO] = {"ZERO", chunk_range},
	[FRAME_SAME] = {"SAME", chunk_range},
	[FRAME_ACK] = {"ACK", ack},
	[FRAME_UNUSED] = {"UNUSED", chunk_range},
};

const struct field_rule *frame_layout(uint16_t type)
{
	return type <= FRAME_UNUSED ? types[type].layout : NULL;
}

const char *frame_type_name(uint16_t type)
{
	return type <= FRAME_UNUSED ? types[type].name : NULL;
}

const char *frame_error_name(enum frame_error error)
{
	static const char *const names[] = {"ok", "magic", "type", "flags", "length", "sequence", "field"};

	return names[error];
}

const char *abort_code_name(unsigned code)
{
	static const char *const names[] = {
		[ABORT_PROTOCOL] = "protocol",         [ABORT_VERSION] = "version",
		[ABORT_BUSY] = "busy",                 [ABORT_DISK_MISSING] = "disk-missing",
		[ABORT_DISK_CHANGED] = "disk-changed", [ABORT_READ_ERROR] = "read-error",
		[ABORT_NO_SPACE] = "no-space",         [ABORT_STORAGE] = "storage",
		[ABORT_NOT_READY] = "not-ready",       [ABORT_CANCELLED] = "cancelled",
		[ABORT_RESOURCES] = "resources",       [ABORT_INTERNAL] = "internal",
	};

	return code >= ABORT_PROTOCOL && code <= ABORT_INTERNAL ? names[code] : "internal";
}
