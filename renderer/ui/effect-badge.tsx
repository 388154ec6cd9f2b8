import type { Effect } from "../../common/domain/finding.ts";
import { useReportTexts } from "../texts/use-texts.ts";
import { StatusBadge, type Tone } from "./status-badge.tsx";

const tones: Readonly<Record<Effect, Tone>> = {
  kept: "ok",
  changed: "info",
  "left-out": "held",
  "at-risk": "warn",
  fails: "bad",
  unaffected: "neutral",
  unknown: "neutral",
};

/** What becomes of something in a replication mode. */
export function EffectBadge({ effect }: { readonly effect: Effect }) {
  const { report } = useReportTexts();
  return <StatusBadge tone={tones[effect]}>{report.effects[effect]}</StatusBadge>;
}
