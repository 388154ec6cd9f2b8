import type { ReactNode } from "react";
import "./page.css";

/** A screen: its heading, what can be done there, and its content. */
export function Page({
  title,
  lead,
  actions,
  children,
  isFullHeight = false,
}: {
  readonly title: ReactNode;
  readonly lead?: ReactNode;
  readonly actions?: ReactNode;
  readonly children: ReactNode;
  /** The content scrolls by itself (long tables) instead of the page. */
  readonly isFullHeight?: boolean;
}) {
  return (
    <div className={isFullHeight ? "page page-full" : "page"}>
      <header className="page-head">
        <div className="grow">
          <h1 tabIndex={-1} id="page-title">
            {title}
          </h1>
          {lead === undefined ? null : <div className="dim page-lead">{lead}</div>}
        </div>
        {actions === undefined ? null : <div className="row">{actions}</div>}
      </header>
      {children}
    </div>
  );
}

/** A titled part of a page. */
export function Section({
  title,
  actions,
  children,
}: {
  readonly title: ReactNode;
  readonly actions?: ReactNode;
  readonly children: ReactNode;
}) {
  return (
    <section className="panel stack">
      <div className="row-between">
        <h2>{title}</h2>
        {actions}
      </div>
      {children}
    </section>
  );
}

/** What stands where there is nothing yet, and what to do about it. */
export function Empty({ title, children }: { readonly title: ReactNode; readonly children?: ReactNode }) {
  return (
    <div className="panel empty">
      <h2>{title}</h2>
      {children}
    </div>
  );
}
