import { IconAlertOctagon } from "@tabler/icons-react";
import type { ReactNode } from "react";
import type { Failure } from "../../common/result.ts";
import { useFailureWords, useTexts } from "../texts/use-texts.ts";
import "./failure-card.css";

/** A failure as an admin needs it: what happened and why, what to do now, and the details for whoever asks. */
export function FailureCard({
  failure,
  title,
  children,
}: {
  readonly failure: Failure;
  readonly title?: ReactNode;
  /** Buttons that act on it. */
  readonly children?: ReactNode;
}) {
  const { failure: text } = useTexts().common;
  const words = useFailureWords()(failure);
  const context = Object.entries(failure.context).filter(([, value]) => String(value) !== "");
  return (
    <div className="failure" role="group" aria-label={text.what}>
      <IconAlertOctagon size={20} aria-hidden className="failure-sign" />
      <div className="stack-tight grow">
        {title === undefined ? null : <strong>{title}</strong>}
        <p className="failure-message">{words.message}</p>
        {words.detail === null ? null : <p className="failure-message failure-detail">{words.detail}</p>}
        {words.englishDetail === null ? null : (
          <p className="failure-message failure-detail dim" lang="en">
            {words.englishDetail}
          </p>
        )}
        <p>
          <strong>{text.todo}</strong> {words.remedy}
        </p>
        {failure.retryable ? <p className="dim">{text.willRetry}</p> : null}
        <details>
          <summary>
            {text.context} <code className="mono">{failure.code}</code>
          </summary>
          {context.length === 0 ? null : (
            <dl className="facts mono">
              {context.map(([key, value]) => (
                <div key={key} className="failure-fact">
                  <dt>{key}</dt>
                  <dd>{Array.isArray(value) ? value.join("\n") : String(value)}</dd>
                </div>
              ))}
            </dl>
          )}
        </details>
        {children === undefined ? null : <div className="row failure-acts">{children}</div>}
      </div>
    </div>
  );
}
