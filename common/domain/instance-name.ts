import { z } from "zod";

/** Becomes a folder and a domain's name, so the alphabet is small. */
export const instanceNameSchema = z
  .string()
  .regex(
    /^[a-z][a-z0-9-]{0,39}$/,
    "a lower-case letter, then up to 39 lower-case letters, digits and dashes",
  );
