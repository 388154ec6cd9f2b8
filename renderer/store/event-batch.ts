/**
 * Fifty jobs that each tell ten things a second would be five hundred changes of state: events are gathered and
 * applied together, once a frame.
 */

/** Asks for `act` to be called before the next frame is drawn, or soon where no frames are drawn. */
export type Scheduler = (act: () => void) => void;

export interface EventBatch<E> {
  add(event: E): void;
  /** Applies what is waiting now. */
  flush(): void;
}

export function createEventBatch<E>(
  schedule: Scheduler,
  apply: (events: readonly E[]) => void,
): EventBatch<E> {
  let waiting: E[] = [];
  let isScheduled = false;
  const flush = () => {
    isScheduled = false;
    if (waiting.length === 0) return;
    const events = waiting;
    waiting = [];
    apply(events);
  };
  return {
    add(event) {
      waiting.push(event);
      if (isScheduled) return;
      isScheduled = true;
      schedule(flush);
    },
    flush,
  };
}

/** A frame where the page is seen; a hidden page draws none, so a timer stands in. */
export function frameScheduler(): Scheduler {
  return (act) => {
    if (document.visibilityState === "hidden") {
      setTimeout(act, 500);
      return;
    }
    let isDone = false;
    const once = () => {
      if (isDone) return;
      isDone = true;
      act();
    };
    requestAnimationFrame(once);
    // The page may be hidden before the frame comes.
    setTimeout(once, 1000);
  };
}
