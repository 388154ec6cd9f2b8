import { Modal, type ModalProps } from "@mantine/core";
import { useEffect, useState } from "react";
import { useTexts } from "../texts/use-texts.ts";

/**
 * A dialog that is there as long as it is wanted. The focus goes back to where it came from, which Mantine's own does
 * only for dialogs that stay in the page while they are closed.
 */
export function Dialog(props: Omit<ModalProps, "opened">) {
  const { common } = useTexts();
  const [opener] = useState(() => document.activeElement);
  useEffect(
    () => () => {
      // After the dialog is out of the page; whatever took the focus meanwhile keeps it.
      setTimeout(() => {
        const isNowhere = document.activeElement === null || document.activeElement === document.body;
        if (isNowhere && opener instanceof HTMLElement) opener.focus({ preventScroll: true });
      });
    },
    [opener],
  );
  return <Modal opened closeButtonProps={{ "aria-label": common.close }} {...props} />;
}
