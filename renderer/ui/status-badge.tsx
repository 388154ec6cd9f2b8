import {
  IconAlertTriangle,
  IconCheck,
  IconCircleDashed,
  IconInfoCircle,
  IconLoader,
  IconPlayerPause,
  IconX,
} from "@tabler/icons-react";
import type { ReactNode } from "react";
import "./status-badge.css";

/** What a badge means; each has its own sign, so that colour is never alone. */
export type Tone = "ok" | "warn" | "bad" | "info" | "neutral" | "active" | "held";

const signs = {
  ok: IconCheck,
  warn: IconAlertTriangle,
  bad: IconX,
  info: IconInfoCircle,
  neutral: IconCircleDashed,
  active: IconLoader,
  held: IconPlayerPause,
} as const;

export function StatusBadge({ tone, children }: { readonly tone: Tone; readonly children: ReactNode }) {
  const Sign = signs[tone];
  return (
    <span className={`badge badge-${tone}`}>
      <Sign size={13} stroke={2.2} aria-hidden />
      <span className="clip">{children}</span>
    </span>
  );
}
