#ifndef SMA_FRAME_H
#define SMA_FRAME_H

/*
 * Frames: pure encoding and decoding, no I/O and no memory of its own.
 *
 *   HELLO ▶ ◀ WELCOME ◀ PLAN  PLAN_ACCEPTED ▶                      control
 *   ATTACH ▶ ◀ ATTACHED                                            each data connection
 *   ◀ PASS_START  USED ▶  QUERY ▶ ◀ KNOWN  CHUNK|ZERO|UNUSED|SAME ▶ ◀ ACK  PASS_DONE ▶
 *   PROGRESS, NOTICE ▶ ◀ TUNE, CEILING, PAUSE   PING/PONG, ABORT both ways
 *   ◀ FINISH  GOODBYE ▶
 *
 * docs/PROTOCOL.md is the authority. A decoded frame is a row of values in the order of that page's table; the enums
 * below name the columns. Byte values point into the payload that was decoded and live as long as it does.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
	FRAME_HEADER_SIZE = 16,
	FRAME_CONTROL_CAP = 65536,
	FRAME_KNOWN_CAP = 262144,
	FRAME_DATA_CAP = 4194304 + 4096,
	FRAME_MAX_FIELDS = 12,
	HASH_SIZE = 32,
	ID_SIZE = 16,
	CHUNK_MIN_SIZE = 65536,
	CHUNK_MAX_SIZE = 4194304,
	QUERY_MAX_CHUNKS = 4096,
	ACK_MAX_RUNS = 1024,
	MAX_DATA_CONNECTIONS = 8,
	PROTOCOL_VERSION = 1,
	CAPABILITY_ZSTD = 1,
	CAPABILITY_USED_BLOCKS = 2,
	CAPABILITY_ADAPTIVE = 4,
	CAPABILITY_CEILING = 8,
	MOST_USED_VOLUMES = 1024
};

enum frame_side { CONTROL_A2I, CONTROL_I2A, DATA_A2I, DATA_I2A };

enum frame_type {
	FRAME_HELLO = 1,
	FRAME_WELCOME,
	FRAME_PLAN,
	FRAME_PLAN_ACCEPTED,
	FRAME_PASS_START,
	FRAME_QUERY,
	FRAME_KNOWN,
	FRAME_PASS_DONE,
	FRAME_PROGRESS,
	FRAME_TUNE,
	FRAME_PAUSE,
	FRAME_PING,
	FRAME_PONG,
	FRAME_NOTICE,
	FRAME_ABORT,
	FRAME_FINISH,
	FRAME_GOODBYE,
	FRAME_USED,
	FRAME_CEILING,
	FRAME_ATTACH = 32,
	FRAME_ATTACHED,
	FRAME_CHUNK,
	FRAME_ZERO,
	FRAME_SAME,
	FRAME_ACK,
	FRAME_UNUSED
};

enum { HELLO_LOWEST, HELLO_HIGHEST, HELLO_CAPABILITIES, HELLO_INSTANCE, HELLO_AGENT_VERSION, HELLO_PLATFORM };
enum {
	WELCOME_VERSION,
	WELCOME_CAPABILITIES,
	WELCOME_SESSION,
	WELCOME_DATA_PORT,
	WELCOME_DATA_CONNECTIONS,
	WELCOME_HEARTBEAT_MS,
	WELCOME_WINDOW,
	WELCOME_TIME
};
enum { PLAN_CHUNK_SIZE, PLAN_CODEC, PLAN_LEVEL, PLAN_RATE, PLAN_FLAGS, PLAN_DISKS };
enum { PLAN_ACCEPTED_DISKS };
enum { PASS_START_DISK, PASS_START_PASS, PASS_START_FLAGS };
/* QUERY, KNOWN (then its runs), ZERO, UNUSED and SAME begin alike. */
enum { RANGE_DISK, RANGE_PASS, RANGE_FIRST, RANGE_COUNT, KNOWN_RUNS };
enum { DONE_DISK, DONE_PASS, DONE_CHANGED, DONE_SAME, DONE_SKIPPED, DONE_UNREADABLE, DONE_TREE_HASH };
enum {
	PROGRESS_DISK,
	PROGRESS_PASS,
	PROGRESS_CHUNKS_DONE,
	PROGRESS_RAW_BYTES,
	PROGRESS_WIRE_BYTES,
	PROGRESS_READING,
	PROGRESS_HASHING,
	PROGRESS_COMPRESSING,
	PROGRESS_WAITING,
	PROGRESS_HELD,
	PROGRESS_RESIDENT_KIB
};
enum { TUNE_CODEC, TUNE_LEVEL, TUNE_RATE };
enum { NOTICE_CODE, NOTICE_DISK, NOTICE_OFFSET, NOTICE_LENGTH, NOTICE_DETAIL };
enum { ABORT_CODE, ABORT_REASON };
enum { ATTACH_SESSION, ATTACH_STREAM };
enum { CHUNK_DISK, CHUNK_PASS, CHUNK_INDEX, CHUNK_RAW_LENGTH, CHUNK_CODEC, CHUNK_HASH, CHUNK_PAYLOAD };
enum { ACK_DISK, ACK_PASS, ACK_RUNS };
enum { USED_DISK, USED_PASS, USED_BYTES, USED_UNUSED_BYTES, USED_VOLUMES };

/* Of CHUNK before its payload bytes. */
enum { CHUNK_FIELDS_SIZE = 51 };

enum { PLAN_CONTINUE_ON_READ_ERRORS = 1, PLAN_USED_BLOCKS = 2, PASS_START_MAY_SKIP = 1, FINISH_REMOVE = 1 };
enum { CODEC_RAW, CODEC_ZSTD, CODEC_ADAPTIVE /* in PLAN and TUNE only */ };
enum { KNOWN_UNKNOWN, KNOWN_ZERO, KNOWN_DATA };
enum { KNOWN_RECORDED = 1 };
enum { NOTICE_READ_ERROR = 1, NOTICE_SNAPSHOT = 2 };

enum abort_code {
	ABORT_PROTOCOL = 1,
	ABORT_VERSION,
	ABORT_BUSY,
	ABORT_DISK_MISSING,
	ABORT_DISK_CHANGED,
	ABORT_READ_ERROR,
	ABORT_NO_SPACE,
	ABORT_STORAGE,
	ABORT_NOT_READY,
	ABORT_CANCELLED,
	ABORT_RESOURCES,
	ABORT_INTERNAL
};

enum frame_error {
	FRAME_OK,
	FRAME_BAD_MAGIC,
	FRAME_BAD_TYPE,
	FRAME_BAD_FLAGS,
	FRAME_BAD_LENGTH,
	FRAME_BAD_SEQUENCE,
	FRAME_BAD_FIELD
};

struct frame_value {
	uint64_t number; /* an i8 is sign-extended; of a list, the count of its items */
	const uint8_t *bytes; /* of strings, byte arrays, lists (after their count) and tails */
	size_t length;
};

struct frame {
	uint16_t type;
	struct frame_value field[FRAME_MAX_FIELDS];
};

struct frame_header {
	uint16_t type;
	uint32_t length;
};

/* `magic`, `type`, …: the words of test/vectors. */
const char *frame_error_name(enum frame_error error);
/* `HELLO`, …, or NULL. */
const char *frame_type_name(uint16_t type);
/* `protocol`, `disk-missing`, …; codes of later versions are `internal`, as they are to be treated. */
const char *abort_code_name(unsigned code);

/* Everything that can be checked before the payload is there. */
enum frame_error frame_header_decode(enum frame_side side, const uint8_t header[FRAME_HEADER_SIZE],
				     uint32_t expected_sequence, struct frame_header *out);
void frame_header_encode(uint8_t header[FRAME_HEADER_SIZE], uint16_t type, uint32_t length, uint32_t sequence);

/* Decodes a payload whose header was good. On an error `out` is not to be used. */
enum frame_error frame_decode(uint16_t type, const uint8_t *payload, size_t length, struct frame *out);

/* Writes header and payload; the number of bytes, or 0 when `capacity` is too small. */
size_t frame_encode(const struct frame *frame, uint32_t sequence, uint8_t *out, size_t capacity);

/* A frame to be filled; numbers are 0 and byte values empty. */
void frame_clear(struct frame *frame, uint16_t type);
void frame_set_bytes(struct frame *frame, unsigned field, const void *bytes, size_t length);
/* `text` is cut at 1,000 bytes or the last whole character before; bytes that are not UTF-8 become `?`. */
void frame_set_text(struct frame *frame, unsigned field, const char *text, char storage[1001]);

/* Items of lists. Set up with the field, then call until false. The frame has been decoded without error. */
struct frame_cursor {
	const uint8_t *next;
	const uint8_t *end;
};

struct plan_disk {
	uint16_t disk;
	uint64_t expected_size; /* 0: any */
	const uint8_t *path; /* not terminated */
	uint16_t path_length;
};

struct known_run {
	uint8_t state;
	uint8_t flags;
	uint32_t length;
	const uint8_t *hashes; /* `length` of them when state is KNOWN_DATA */
};

struct ack_run {
	uint64_t first;
	uint32_t count;
};

struct accepted_disk {
	uint16_t disk;
	uint64_t size;
	uint32_t sector_size;
};

enum { ACCEPTED_DISK_SIZE = 14 };

/* A part of a disk that was looked into for unused blocks. The texts are not terminated. */
struct used_volume {
	uint64_t size; /* bytes */
	uint64_t unused; /* of them, on this disk, that do not travel */
	const uint8_t *what, *why;
	uint16_t what_length, why_length;
};

struct frame_cursor frame_items(const struct frame *frame, unsigned field);
bool frame_next_plan_disk(struct frame_cursor *cursor, struct plan_disk *out);
bool frame_next_accepted_disk(struct frame_cursor *cursor, struct accepted_disk *out);
bool frame_next_known_run(struct frame_cursor *cursor, struct known_run *out);
bool frame_next_ack_run(struct frame_cursor *cursor, struct ack_run *out);
bool frame_next_used_volume(struct frame_cursor *cursor, struct used_volume *out);
/* The number of bytes, or 0 when `capacity` is too small. */
size_t used_volume_encode(uint8_t *out, size_t capacity, const struct used_volume *volume);
void accepted_disk_encode(uint8_t out[ACCEPTED_DISK_SIZE], const struct accepted_disk *disk);

/* What stands before a CHUNK's payload bytes, written apart so that the payload need not be copied. */
struct chunk_fields {
	uint16_t disk;
	uint32_t pass;
	uint64_t index;
	uint32_t raw_length;
	uint8_t codec;
	uint8_t hash[HASH_SIZE];
};

void chunk_fields_encode(uint8_t out[CHUNK_FIELDS_SIZE], const struct chunk_fields *fields);

/* The layout of a type's payload, for whoever goes over all fields (the codec itself, the canonical text). */
enum field_kind {
	FIELD_END,
	FIELD_U8,
	FIELD_I8,
	FIELD_U16,
	FIELD_U32,
	FIELD_U64,
	FIELD_ID, /* b16 */
	FIELD_HASH, /* b32 */
	FIELD_TEXT, /* str */
	FIELD_PLAN_DISKS,
	FIELD_ACCEPTED_DISKS,
	FIELD_KNOWN_RUNS,
	FIELD_ACK_RUNS,
	FIELD_USED_VOLUMES,
	FIELD_TAIL /* bytes to the end of the frame */
};

struct field_rule {
	enum field_kind kind;
	const char *name;
	uint64_t lowest;
	uint64_t highest;
};

/* Ends with FIELD_END; NULL for a type that this version does not have. */
const struct field_rule *frame_layout(uint16_t type);

/* The canonical text of test/vectors. Returns its length, or a number >= capacity when it did not fit. */
size_t frame_dump(const struct frame *frame, char *out, size_t capacity);

#endif
