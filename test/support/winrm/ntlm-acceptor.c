/*
 * The server's side of NTLM for the WinRM test endpoint, done by gss-ntlmssp through GSS-API, so that the client is
 * tested against somebody else's reading of MS-NLMP. One process serves one connection.
 *
 * Each line on standard input is a request, each gets one line of answer; tokens are base64, `-` stands for none:
 *
 *   accept TOKEN BINDINGS   one step of the handshake       -> continue TOKEN | done NAME | error TEXT
 *   unwrap SEALED           signature and sealed message    -> plain MESSAGE | error TEXT
 *   wrap MESSAGE            the reverse                     -> sealed SEALED | error TEXT
 *
 * Accounts come from the file that NTLM_USER_FILE names, one DOMAIN:user:password a line.
 */
#define _POSIX_C_SOURCE 200809L

#include <gssapi/gssapi.h>
#include <gssapi/gssapi_ext.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char alphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

/* 1.3.6.1.4.1.311.2.2.10 */
static gss_OID_desc ntlmssp = {10, (void *)"\x2b\x06\x01\x04\x01\x82\x37\x02\x02\x0a"};

struct session {
  gss_ctx_id_t context;
  gss_cred_id_t credentials;
};

static void print_base64(const char *verb, const gss_buffer_desc *buffer)
{
  const uint8_t *bytes = buffer->value;

  printf("%s ", verb);
  for (size_t i = 0; i < buffer->length; i += 3) {
    size_t left = buffer->length - i;
    uint32_t group = (uint32_t)bytes[i] << 16;
    if (left > 1)
      group |= (uint32_t)bytes[i + 1] << 8;
    if (left > 2)
      group |= bytes[i + 2];
    putchar(alphabet[group >> 18 & 63]);
    putchar(alphabet[group >> 12 & 63]);
    putchar(left > 1 ? alphabet[group >> 6 & 63] : '=');
    putchar(left > 2 ? alphabet[group & 63] : '=');
  }
  putchar('\n');
}

/* Decodes `text` in place; false where it is not base64. `-` gives no bytes. */
static bool decode_base64(char *text, gss_buffer_desc *buffer)
{
  uint8_t *out = (uint8_t *)text;
  uint32_t group = 0;
  unsigned bits = 0;

  buffer->value = text;
  buffer->length = 0;
  if (strcmp(text, "-") == 0)
    return true;
  for (const char *in = text; *in != '\0' && *in != '='; in++) {
    const char *digit = strchr(alphabet, *in);
    if (digit == NULL)
      return false;
    group = group << 6 | (uint32_t)(digit - alphabet);
    bits += 6;
    if (bits >= 8) {
      bits -= 8;
      out[buffer->length++] = (uint8_t)(group >> bits & 0xff);
    }
  }
  return true;
}

static void print_error(OM_uint32 major, OM_uint32 minor)
{
  OM_uint32 ignored, more = 0;
  gss_buffer_desc text = GSS_C_EMPTY_BUFFER;

  printf("error");
  do {
    if (GSS_ERROR(gss_display_status(&ignored, major, GSS_C_GSS_CODE, &ntlmssp, &more, &text)))
      break;
    printf(" %.*s", (int)text.length, (const char *)text.value);
    gss_release_buffer(&ignored, &text);
  } while (more != 0);
  more = 0;
  do {
    if (GSS_ERROR(gss_display_status(&ignored, minor, GSS_C_MECH_CODE, &ntlmssp, &more, &text)))
      break;
    printf(" (%.*s)", (int)text.length, (const char *)text.value);
    gss_release_buffer(&ignored, &text);
  } while (more != 0);
  putchar('\n');
}

static void accept_token(struct session *session, gss_buffer_desc *token, const gss_buffer_desc *application_data)
{
  OM_uint32 major, minor, ignored, flags = 0;
  gss_buffer_desc answer = GSS_C_EMPTY_BUFFER, name = GSS_C_EMPTY_BUFFER;
  gss_name_t source = GSS_C_NO_NAME;
  struct gss_channel_bindings_struct bindings = {0};

  bindings.application_data = *application_data;
  major = gss_accept_sec_context(&minor, &session->context, session->credentials, token,
                                 application_data->length > 0 ? &bindings : GSS_C_NO_CHANNEL_BINDINGS, &source, NULL,
                                 &answer, &flags, NULL, NULL);
  if (GSS_ERROR(major)) {
    print_error(major, minor);
    goto out;
  }
  if (major & GSS_S_CONTINUE_NEEDED) {
    print_base64("continue", &answer);
    goto out;
  }
  if ((flags & (GSS_C_CONF_FLAG | GSS_C_INTEG_FLAG)) != (GSS_C_CONF_FLAG | GSS_C_INTEG_FLAG)) {
    printf("error the session can neither sign nor seal\n");
    goto out;
  }
  major = gss_display_name(&minor, source, &name, NULL);
  if (GSS_ERROR(major)) {
    print_error(major, minor);
    goto out;
  }
  print_base64("done", &name);

out:
  gss_release_buffer(&ignored, &answer);
  gss_release_buffer(&ignored, &name);
  gss_release_name(&ignored, &source);
}

static void transform(struct session *session, bool sealing, const gss_buffer_desc *input)
{
  OM_uint32 major, minor, ignored;
  int confidential = 0;
  gss_buffer_desc output = GSS_C_EMPTY_BUFFER;

  if (sealing)
    major = gss_wrap(&minor, session->context, 1, GSS_C_QOP_DEFAULT, (gss_buffer_t)input, &confidential, &output);
  else
    major = gss_unwrap(&minor, session->context, (gss_buffer_t)input, &output, &confidential, NULL);
  if (GSS_ERROR(major))
    print_error(major, minor);
  else if (confidential == 0)
    printf("error the message is not sealed\n");
  else
    print_base64(sealing ? "sealed" : "plain", &output);
  gss_release_buffer(&ignored, &output);
}

static void answer_line(struct session *session, char *line)
{
  char *rest = NULL;
  const char *verb = strtok_r(line, " \n", &rest);
  char *first = strtok_r(NULL, " \n", &rest);
  char *second = strtok_r(NULL, " \n", &rest);
  gss_buffer_desc token, bindings = GSS_C_EMPTY_BUFFER;

  if (verb == NULL || first == NULL || !decode_base64(first, &token) ||
      (second != NULL && !decode_base64(second, &bindings)))
    printf("error malformed request\n");
  else if (strcmp(verb, "accept") == 0)
    accept_token(session, &token, &bindings);
  else if (strcmp(verb, "wrap") == 0 || strcmp(verb, "unwrap") == 0)
    transform(session, strcmp(verb, "wrap") == 0, &token);
  else
    printf("error unknown request\n");
}

int main(void)
{
  OM_uint32 major, minor, ignored;
  gss_OID_set_desc mechanisms = {1, &ntlmssp};
  struct session session = {GSS_C_NO_CONTEXT, GSS_C_NO_CREDENTIAL};
  char *line = NULL;
  size_t capacity = 0;
  int status = 1;

  major = gss_acquire_cred(&minor, GSS_C_NO_NAME, GSS_C_INDEFINITE, &mechanisms, GSS_C_ACCEPT, &session.credentials,
                           NULL, NULL);
  if (GSS_ERROR(major)) {
    print_error(major, minor);
    goto out;
  }
  while (getline(&line, &capacity, stdin) > 0) {
    answer_line(&session, line);
    fflush(stdout);
  }
  status = 0;

out:
  free(line);
  gss_delete_sec_context(&ignored, &session.context, GSS_C_NO_BUFFER);
  gss_release_cred(&ignored, &session.credentials);
  return status;
}
