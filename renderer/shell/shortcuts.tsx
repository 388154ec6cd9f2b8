import { Kbd, Modal } from "@mantine/core";
import { IconKeyboard } from "@tabler/icons-react";
import { useEffect, useRef, useState } from "react";
import type { Route } from "../store/route.ts";
import { useActions } from "../store/use-app.tsx";
import { useTexts } from "../texts/use-texts.ts";

/** `g` and then one of these goes to a screen. */
const places = {
  h: { label: "start", route: { screen: "start" } },
  s: { label: "sources", route: { screen: "sources" } },
  c: { label: "compatibility", route: { screen: "compatibility" } },
  j: { label: "jobs", route: { screen: "jobs" } },
  o: { label: "cutover", route: { screen: "cutover" } },
  e: { label: "settings", route: { screen: "settings" } },
  n: { label: "wizard", route: { screen: "wizard" } },
} as const satisfies Record<string, { readonly label: string; readonly route: Route }>;

const secondKeyWithinMs = 1_500;

function isTyping(target: EventTarget | null): boolean {
  return (
    target instanceof HTMLElement &&
    (target.isContentEditable || ["INPUT", "TEXTAREA", "SELECT"].includes(target.tagName))
  );
}

/** Keys for those who do not want to leave them; `?` lists them. */
export function Shortcuts() {
  const { shell, common } = useTexts();
  const { open } = useActions();
  const [isListed, setListed] = useState(false);
  const goneAtMs = useRef(0);

  useEffect(() => {
    const pressed = (event: KeyboardEvent) => {
      if (event.ctrlKey || event.metaKey || event.altKey || isTyping(event.target)) return;
      if (document.querySelector('[role="dialog"]') !== null) return;
      const place = places[event.key as keyof typeof places];
      if (place !== undefined && event.timeStamp - goneAtMs.current < secondKeyWithinMs) {
        goneAtMs.current = 0;
        event.preventDefault();
        open(place.route);
      } else if (event.key === "g") {
        goneAtMs.current = event.timeStamp;
      } else if (event.key === "?") {
        setListed(true);
      } else if (event.key === "/") {
        const filter = document.querySelector<HTMLInputElement>("input[data-filter]");
        if (filter === null) return;
        event.preventDefault();
        filter.focus();
        filter.select();
      }
    };
    window.addEventListener("keydown", pressed);
    return () => window.removeEventListener("keydown", pressed);
  }, [open]);

  return (
    <>
      <button type="button" className="side-button" onClick={() => setListed(true)}>
        <IconKeyboard size={17} aria-hidden />
        {shell.shortcuts}
      </button>
      <Modal
        opened={isListed}
        onClose={() => setListed(false)}
        title={shell.shortcuts}
        size="sm"
        closeButtonProps={{ "aria-label": common.close }}
      >
        <dl className="shortcut-list">
          <dt>
            <Kbd>?</Kbd>
          </dt>
          <dd>{shell.shortcutList.help}</dd>
          <dt>
            <Kbd>/</Kbd>
          </dt>
          <dd>{shell.shortcutList.filter}</dd>
          {Object.entries(places).map(([key, { label }]) => (
            <div key={key} className="failure-fact">
              <dt>
                <Kbd>g</Kbd> {shell.then} <Kbd>{key}</Kbd>
              </dt>
              <dd>{shell.shortcutList[label]}</dd>
            </div>
          ))}
        </dl>
      </Modal>
    </>
  );
}
