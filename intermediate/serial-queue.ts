/** Runs asynchronous acts one after another in the order in which they were handed in. A failed act does not stop it. */
export class SerialQueue {
  #tail: Promise<unknown> = Promise.resolve();

  run<T>(act: () => Promise<T>): Promise<T> {
    const result = this.#tail.then(act);
    this.#tail = result.catch(() => undefined);
    return result;
  }

  /** Settles when everything handed in so far is done. */
  async idle(): Promise<void> {
    await this.#tail;
  }
}
