import { CloseButton } from "@mantine/core";
import { IconAlertOctagon, IconCircleCheck } from "@tabler/icons-react";
import { useEffect } from "react";
import type { Notice } from "../store/app-state.ts";
import { useActions, useApp } from "../store/use-app.tsx";
import { useFailureWords, useTexts } from "../texts/use-texts.ts";

/** Good news may go by itself; bad news stays until it is put away. */
const goodNewsMs = 6_000;

export function Notices() {
  const { shell } = useTexts();
  const notices = useApp((state) => state.notices);
  return (
    <div className="notices" role="region" aria-label={shell.notices} aria-live="polite">
      {notices.map((notice) => (
        <NoticeCard key={notice.id} notice={notice} />
      ))}
    </div>
  );
}

function NoticeCard({ notice }: { readonly notice: Notice }) {
  const { shell, common } = useTexts();
  const { dismiss } = useActions();
  const wordsOf = useFailureWords();
  const words = notice.failure === null ? null : wordsOf(notice.failure);
  const isGood = notice.tone === "done";
  useEffect(() => {
    if (!isGood) return;
    const timer = setTimeout(() => dismiss(notice.id), goodNewsMs);
    return () => clearTimeout(timer);
  }, [dismiss, isGood, notice.id]);
  return (
    <div className={isGood ? "notice" : "notice notice-failed"}>
      {isGood ? (
        <IconCircleCheck size={18} color="var(--sma-ok)" aria-hidden />
      ) : (
        <IconAlertOctagon size={18} color="var(--sma-bad)" aria-hidden />
      )}
      <div className="grow stack-tight">
        <div>{words?.message ?? notice.text}</div>
        {words === null ? null : (
          <div>
            <strong>{common.failure.todo}</strong> {words.remedy}
          </div>
        )}
        {words === null || words.detail === null ? null : <div className="notice-detail">{words.detail}</div>}
        {words === null || words.englishDetail === null ? null : (
          <div className="dim notice-detail" lang="en">
            {words.englishDetail}
          </div>
        )}
      </div>
      <CloseButton size="sm" aria-label={shell.dismiss} onClick={() => dismiss(notice.id)} />
    </div>
  );
}
