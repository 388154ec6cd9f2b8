import { z } from "zod";

export const hostNameSchema = z
  .string()
  .min(1)
  .max(253)
  .regex(
    /^[^\s/@'"`$\\;|&<>()\u0000-\u001f-][^\s/@'"`$\\;|&<>()\u0000-\u001f]*$/,
    "a host name or IP address",
  );
export const portSchema = z.number().int().min(1).max(65535);

/** `SHA256:` and unpadded base64, as OpenSSH prints it. */
export const fingerprintSchema = z
  .string()
  .regex(/^SHA256:[A-Za-z0-9+/]{43}$/, "SHA256:… as ssh-keygen -l prints it");
