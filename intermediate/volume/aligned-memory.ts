/** Direct I/O wants memory, offset and length to be multiples of this on every device in use. */
export const directIoAlignment = 4096;

const unitBytes = 65_536;

// Node allocates buffers at 16-byte boundaries and offers no aligned ones; WebAssembly memory begins at a page. It is
// shared, so that worker threads see the same bytes.
// The types are declared here because no library of this tsconfig has them.
declare const WebAssembly: {
  readonly Memory: new (pages: {
    readonly initial: number;
    readonly maximum: number;
    readonly shared: true;
  }) => { readonly buffer: SharedArrayBuffer };
};

const alignedBuffers = new WeakSet<ArrayBufferLike>();

function allocateAligned(bytes: number): Buffer {
  const pages = Math.ceil(bytes / unitBytes);
  const { buffer } = new WebAssembly.Memory({ initial: pages, maximum: pages, shared: true });
  alignedBuffers.add(buffer);
  return Buffer.from(buffer);
}

/** True where `bytes` may be handed to a file opened with O_DIRECT. */
export function isAligned(bytes: Buffer): boolean {
  return alignedBuffers.has(bytes.buffer) && bytes.byteOffset % directIoAlignment === 0;
}

/** One mebibyte of zeros for everybody to read from; aligned. */
export const zeros: Buffer = allocateAligned(1_048_576);

/**
 * Copies `source` to the beginning of `into`, which is at least as long. V8 copies to and from shared memory word by
 * word, as the memory model of JavaScript asks; `fill` is a memcpy and takes a third of the time. Nobody else touches
 * the bytes meanwhile.
 */
export function copyBytes(source: Buffer, into: Buffer): void {
  if (source.length > 0) into.fill(source, 0, source.length);
}

/** Compares against zeros without a loop in JavaScript. */
export function isZero(bytes: Buffer): boolean {
  for (let offset = 0; offset < bytes.length; offset += zeros.length) {
    const part = bytes.subarray(offset, offset + zeros.length);
    if (part.compare(zeros, 0, part.length) !== 0) return false;
  }
  return true;
}

/** Memory lent by the arena. `release` once, when nobody reads or writes `bytes` any more. */
export interface Lease {
  readonly bytes: Buffer;
  release(): void;
}

interface Waiter {
  readonly length: number;
  give(lease: Lease): void;
}

/**
 * A fixed amount of aligned memory, lent in pieces. It is the one bound on data that waits for the volume: who cannot
 * have memory waits, and with it the socket that brought the data. First come, first served, so that a large request
 * is not starved by small ones.
 */
export class AlignedArena {
  readonly #memory: Buffer;
  /** True for a unit that is lent. */
  readonly #lent: boolean[];
  readonly #waiting: Waiter[] = [];
  #lentUnits = 0;

  /** @param capacityBytes rounded up to 64 KiB; the operating system backs it when it is first touched. */
  constructor(capacityBytes: number) {
    this.#memory = allocateAligned(capacityBytes);
    this.#lent = new Array<boolean>(this.#memory.length / unitBytes).fill(false);
  }

  get capacityBytes(): number {
    return this.#memory.length;
  }

  /** All of its memory, for worker threads. */
  get sharedMemory(): SharedArrayBuffer {
    return this.#memory.buffer as unknown as SharedArrayBuffer;
  }

  get lentBytes(): number {
    return this.#lentUnits * unitBytes;
  }

  /** Memory at once, or undefined when it would have to be waited for. */
  tryLease(length: number): Lease | undefined {
    return this.#waiting.length > 0 ? undefined : this.#find(length);
  }

  /** Memory as soon as it is there. `length` is at most the capacity. */
  lease(length: number): Promise<Lease> {
    if (length > this.capacityBytes)
      throw new Error(`${length} bytes asked of an arena of ${this.capacityBytes}`);
    const now = this.tryLease(length);
    if (now !== undefined) return Promise.resolve(now);
    return new Promise((give) => this.#waiting.push({ length, give }));
  }

  #units(length: number): number {
    return Math.max(1, Math.ceil(length / unitBytes));
  }

  #find(length: number): Lease | undefined {
    const units = this.#units(length);
    let run = 0;
    for (let at = 0; at < this.#lent.length; at += 1) {
      run = this.#lent[at] === true ? 0 : run + 1;
      if (run === units) return this.#lend(at - units + 1, units, length);
    }
    return undefined;
  }

  #lend(first: number, units: number, length: number): Lease {
    this.#lent.fill(true, first, first + units);
    this.#lentUnits += units;
    let released = false;
    return {
      bytes: this.#memory.subarray(first * unitBytes, first * unitBytes + length),
      release: () => {
        if (released) throw new Error("memory was released twice");
        released = true;
        this.#lent.fill(false, first, first + units);
        this.#lentUnits -= units;
        this.#serve();
      },
    };
  }

  #serve(): void {
    for (let next = this.#waiting[0]; next !== undefined; next = this.#waiting[0]) {
      const lease = this.#find(next.length);
      if (lease === undefined) return;
      this.#waiting.shift();
      next.give(lease);
    }
  }
}
