import { randomBytes, scrypt, timingSafeEqual } from "node:crypto";
import { promisify } from "node:util";
import type { Secret } from "../../common/secret.ts";

const derive = promisify<string, Buffer, number, Buffer>(scrypt);

/** A check that takes the same time whatever is given, and that keeps nothing but a derived key in memory. */
export function createPasswordCheck(password: Secret | null): (given: string) => Promise<boolean> {
  if (password === null) return () => Promise.resolve(false);
  const salt = randomBytes(16);
  const wanted = derive(password.reveal(), salt, 32);
  return async (given) => timingSafeEqual(await derive(given, salt, 32), await wanted);
}
