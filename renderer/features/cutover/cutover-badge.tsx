import type { CutoverState } from "../../../common/domain/cutover.ts";
import { useTexts } from "../../texts/use-texts.ts";
import { StatusBadge, type Tone } from "../../ui/status-badge.tsx";

const tones: Readonly<Record<CutoverState["name"], Tone>> = {
  ready: "neutral",
  testing: "active",
  "ready-for-cutover": "info",
  "cutover-in-progress": "active",
  "cut-over": "warn",
  finalised: "ok",
};

export function CutoverBadge({ state }: { readonly state: CutoverState }) {
  const { states } = useTexts().cutover;
  return <StatusBadge tone={tones[state.name]}>{states[state.name]}</StatusBadge>;
}
