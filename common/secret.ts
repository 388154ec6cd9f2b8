import { z } from "zod";

const redacted = "[redacted]";

/**
 * A password, passphrase or private key on its way from a person or the vault to where it is used.
 * Printing, logging or serialising it gives `[redacted]`; only `reveal()` gives the text.
 */
export class Secret {
  readonly #text: string;

  constructor(text: string) {
    this.#text = text;
  }

  reveal(): string {
    return this.#text;
  }

  toString(): string {
    return redacted;
  }

  toJSON(): string {
    return redacted;
  }

  // Node's util.inspect; the symbol is looked up by key so that common/ stays free of Node.
  [Symbol.for("nodejs.util.inspect.custom")](): string {
    return redacted;
  }
}

export const secretSchema = z.instanceof(Secret);
