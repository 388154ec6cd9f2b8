/** How long a boot loader may show the same; tens of times what a large initramfs takes on a busy machine. */
const mostSeconds = 300;

/**
 * Tells when a boot loader stands still. Its menu and its prompt may be a picture in a font of its own, which nobody
 * here reads: that nothing moves any more is all there is to see.
 */
export class Standstill {
  #appearance: Buffer = Buffer.alloc(0);
  #sinceSeconds = 0;

  /** The cause in words, once it has stood for too long; null before, and while anything but a boot loader is at work. */
  observe(atSeconds: number, stage: string, appearance: Buffer): string | null {
    if (!appearance.equals(this.#appearance)) {
      this.#appearance = appearance;
      this.#sinceSeconds = atSeconds;
    }
    if (stage !== "boot loader" || atSeconds - this.#sinceSeconds <= mostSeconds) return null;
    return `the boot loader stands still: it has started no kernel, and for ${mostSeconds} s nothing has changed on screen and serial port`;
  }
}
