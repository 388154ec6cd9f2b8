import type { BootStage, Told } from "../../common/domain/remark.ts";
import { told } from "../../common/domain/report-text/told.ts";

/** How long a boot loader may show the same; tens of times what a large initramfs takes on a busy machine. */
const mostSeconds = 300;

/**
 * Tells when a boot loader stands still. Its menu and its prompt may be a picture in a font of its own, which nobody
 * here reads: that nothing moves any more is all there is to see.
 */
export class Standstill {
  #appearance: Buffer = Buffer.alloc(0);
  #sinceSeconds = 0;

  /** The cause, once it has stood for too long; null before, and while anything but a boot loader is at work. */
  observe(atSeconds: number, stage: BootStage, appearance: Buffer): Told | null {
    if (!appearance.equals(this.#appearance)) {
      this.#appearance = appearance;
      this.#sinceSeconds = atSeconds;
    }
    if (stage !== "boot loader" || atSeconds - this.#sinceSeconds <= mostSeconds) return null;
    return told({ kind: "boot-stands-still", seconds: mostSeconds });
  }
}
