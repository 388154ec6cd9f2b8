import { Button } from "@mantine/core";
import { IconPlus } from "@tabler/icons-react";
import { Suspense, useEffect, useRef } from "react";
import { useActions, useApp } from "../store/use-app.tsx";
import { useTexts } from "../texts/use-texts.ts";
import { ConnectionBanner } from "./connection-banner.tsx";
import { HostKeyDialog } from "./host-key-dialog.tsx";
import { Navigation } from "./navigation.tsx";
import { Notices } from "./notices.tsx";
import { PreferencesMenu } from "./preferences-menu.tsx";
import { CurrentScreen } from "./current-screen.tsx";
import { Shortcuts } from "./shortcuts.tsx";
import "./shell.css";

/** What surrounds every screen. */
export function Shell() {
  const texts = useTexts();
  const actions = useActions();
  const route = useApp((state) => state.route);

  return (
    <div className="shell">
      <a
        className="skip-link"
        href="#content"
        onClick={(event) => {
          // The address holds the screen; the jump must not replace it.
          event.preventDefault();
          document.getElementById("content")?.focus();
        }}
      >
        {texts.shell.skip}
      </a>
      <aside className="sidebar">
        <div className="brand">
          <img src="./icon.svg" width={24} height={24} alt="" />
          <span>{texts.common.product}</span>
        </div>
        <Button
          leftSection={<IconPlus size={16} aria-hidden />}
          onClick={() => actions.open({ screen: "wizard" })}
          fullWidth
        >
          {texts.shell.newMigration}
        </Button>
        <Navigation />
        <div className="grow" />
        <PreferencesMenu />
        <Shortcuts />
      </aside>
      <div className="main-column">
        <ConnectionBanner />
        <main id="content" tabIndex={-1} className="content">
          <Suspense fallback={<p className="dim">{texts.common.loading}</p>}>
            <CurrentScreen route={route} />
            <Arrival place={JSON.stringify(route)} />
          </Suspense>
        </main>
        <Notices />
        <HostKeyDialog />
      </div>
    </div>
  );
}

/** A new screen is announced by moving the focus to its heading, as a new page would be. Drawn once its screen is. */
function Arrival({ place }: { readonly place: string }) {
  const isFirst = useRef(true);
  useEffect(() => {
    if (isFirst.current) {
      isFirst.current = false;
      return;
    }
    document.getElementById("content")?.scrollTo(0, 0);
    document.getElementById("page-title")?.focus({ preventScroll: true });
  }, [place]);
  return null;
}
