import { IconDatabaseOff, IconPlugConnected, IconPlugConnectedX } from "@tabler/icons-react";
import { useApp } from "../store/use-app.tsx";
import { useTexts } from "../texts/use-texts.ts";

/** Says when what stands on the screen may be old, and when the engine can write nothing down. */
export function ConnectionBanner() {
  const { connection: text } = useTexts().shell;
  const connection = useApp((state) => state.connection);
  const trouble = useApp((state) => state.trouble);
  const isLoaded = useApp((state) => state.isLoaded);
  return (
    <div role="status" aria-live="polite">
      {connection === "open" || (connection === "connecting" && isLoaded) ? null : (
        <div className={connection === "connecting" ? "banner banner-calm" : "banner"}>
          {connection === "connecting" ? (
            <IconPlugConnected size={18} aria-hidden />
          ) : (
            <IconPlugConnectedX size={18} aria-hidden />
          )}
          {text[connection]}
        </div>
      )}
      {trouble === null ? null : (
        <div className="banner">
          <IconDatabaseOff size={18} aria-hidden />
          <span>{text.full(String(trouble.context["directory"] ?? ""))}</span>
        </div>
      )}
    </div>
  );
}
