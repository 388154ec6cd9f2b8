#ifndef SMA_VSS_WORDS_WINDOWS_H
#define SMA_VSS_WORDS_WINDOWS_H

/* What the Volume Shadow Copy Service's codes mean and what an admin can do about them. */

#include <stdbool.h>
#include <stddef.h>
#include <windows.h>

/* `0x80042308 VSS_E_OBJECT_NOT_FOUND: what it means; what to do`. */
void vss_explain(HRESULT code, char *out, size_t capacity);

/* Trying again a little later may help. */
bool vss_is_passing(HRESULT code);

/* A writer's state in words, such as `failed at freeze`. */
const char *vss_writer_state(int state);

#endif
