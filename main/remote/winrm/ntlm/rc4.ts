/**
 * The RC4 key stream. NTLM sealing needs it and OpenSSL 3 no longer offers it; nothing else may use it. The state
 * advances with every byte, so one instance serves one direction of one session, in order.
 */
export class Rc4 {
  readonly #state = Uint8Array.from({ length: 256 }, (_, index) => index);
  #i = 0;
  #j = 0;

  /** `key` has 1 to 256 bytes. */
  constructor(key: Buffer) {
    if (key.length < 1 || key.length > 256) throw new Error(`an RC4 key of ${key.length} bytes`);
    const state = this.#state;
    for (let i = 0, j = 0; i < 256; i++) {
      const held = at(state, i);
      j = (j + held + at(key, i % key.length)) & 0xff;
      state[i] = at(state, j);
      state[j] = held;
    }
  }

  /** Encrypts or decrypts `data` with the next bytes of the key stream. */
  apply(data: Buffer): Buffer {
    const state = this.#state;
    const result = Buffer.allocUnsafe(data.length);
    let i = this.#i;
    let j = this.#j;
    for (let index = 0; index < data.length; index++) {
      i = (i + 1) & 0xff;
      const held = at(state, i);
      j = (j + held) & 0xff;
      const other = at(state, j);
      state[i] = other;
      state[j] = held;
      result[index] = at(data, index) ^ at(state, (held + other) & 0xff);
    }
    this.#i = i;
    this.#j = j;
    return result;
  }
}

function at(bytes: Uint8Array, index: number): number {
  return bytes[index] ?? 0;
}
