import "./progress-bar.css";

/** How much is done, to see and to hear; `share` null while it is not known how much there is. */
export function ProgressBar({
  share,
  label,
  isHeld = false,
}: {
  readonly share: number | null;
  readonly label: string;
  readonly isHeld?: boolean;
}) {
  const percent = share === null ? null : Math.floor(Math.min(1, Math.max(0, share)) * 100);
  return (
    <div
      className={isHeld ? "bar bar-held" : "bar"}
      role="progressbar"
      aria-label={label}
      aria-valuemin={0}
      aria-valuemax={100}
      aria-valuenow={percent ?? undefined}
    >
      <div
        className={percent === null ? "bar-fill bar-unknown" : "bar-fill"}
        style={{ width: `${percent ?? 100}%` }}
      />
    </div>
  );
}
