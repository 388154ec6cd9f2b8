import type { ReactNode } from "react";
import { useApp } from "../store/use-app.tsx";

/**
 * What the engine says in English alone, such as a tool's own words. Whoever reads English gets just that; in other
 * languages `lead` says what it is about, and the words follow as a detail.
 */
export function EngineWords({ lead, children }: { readonly lead: string; readonly children: ReactNode }) {
  const language = useApp((state) => state.preferences.language);
  if (language === "en") return children;
  return (
    <>
      {lead}{" "}
      <span className="dim engine-words" lang="en">
        {children}
      </span>
    </>
  );
}
