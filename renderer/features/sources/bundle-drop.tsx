import { CloseButton } from "@mantine/core";
import { useState, type DragEvent } from "react";
import type { Failure } from "../../../common/result.ts";
import { useActions } from "../../store/use-app.tsx";
import { useFormats, useTexts } from "../../texts/use-texts.ts";
import { FailureCard } from "../../ui/failure-card.tsx";
import { StatusBadge } from "../../ui/status-badge.tsx";

interface Outcome {
  readonly name: string;
  readonly failure: Failure | null;
}

export interface BundleDropState {
  readonly isOver: boolean;
  readonly waiting: number;
  readonly outcomes: readonly Outcome[];
  take(files: readonly File[] | FileList): void;
  clear(): void;
  readonly handlers: {
    onDragOver(event: DragEvent): void;
    onDragLeave(event: DragEvent): void;
    onDrop(event: DragEvent): void;
  };
}

/** Files dropped anywhere on the page are read one after the other; a wrong one does not stop the rest. */
export function useBundleDrop(): BundleDropState {
  const { importBundle } = useActions();
  const [isOver, setOver] = useState(false);
  const [waiting, setWaiting] = useState(0);
  const [outcomes, setOutcomes] = useState<readonly Outcome[]>([]);

  const readAll = async (files: readonly File[]) => {
    for (const file of files) {
      const answer = await importBundle({ name: file.name, text: await file.text() }, null);
      setOutcomes((known) => [...known, { name: file.name, failure: answer.ok ? null : answer.failure }]);
      setWaiting((count) => count - 1);
    }
  };
  const take = (files: readonly File[] | FileList) => {
    const list = [...files];
    if (list.length === 0) return;
    setWaiting(list.length);
    setOutcomes([]);
    void readAll(list);
  };

  return {
    isOver,
    waiting,
    outcomes,
    take,
    clear: () => setOutcomes([]),
    handlers: {
      onDragOver(event) {
        if (!event.dataTransfer.types.includes("Files")) return;
        event.preventDefault();
        setOver(true);
      },
      onDragLeave(event) {
        if (!event.currentTarget.contains(event.relatedTarget as Node | null)) setOver(false);
      },
      onDrop(event) {
        event.preventDefault();
        setOver(false);
        take(event.dataTransfer.files);
      },
    },
  };
}

/** What became of the files that were dropped. */
export function BundleDrop({ bundles }: { readonly bundles: BundleDropState }) {
  const { common, sources } = useTexts();
  const text = sources.bundles;
  const format = useFormats();
  return (
    <>
      {bundles.isOver ? (
        <div className="drop-hint">
          <strong>{text.drop}</strong>
          <span>{text.dropHint}</span>
        </div>
      ) : null}
      <div role="status" aria-live="polite">
        {bundles.waiting > 0 ? (
          <p className="dim">{text.importing(format.integer(bundles.waiting))}</p>
        ) : null}
        {bundles.outcomes.length === 0 ? null : (
          <div className="panel stack drop-results">
            <div className="row-between">
              <h2>{text.resultTitle}</h2>
              <CloseButton aria-label={common.close} onClick={bundles.clear} />
            </div>
            {bundles.outcomes.map((outcome, index) =>
              outcome.failure === null ? (
                <div key={index}>
                  <StatusBadge tone="ok">{text.imported(outcome.name)}</StatusBadge>
                </div>
              ) : (
                <FailureCard key={index} failure={outcome.failure} title={text.failed(outcome.name)} />
              ),
            )}
          </div>
        )}
      </div>
    </>
  );
}
