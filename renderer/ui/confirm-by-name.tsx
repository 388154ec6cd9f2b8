import { Button, Modal, TextInput } from "@mantine/core";
import { useState, type ReactNode } from "react";
import { useTexts } from "../texts/use-texts.ts";

/**
 * The question before something is given up. The button names the act and its object; where data goes, the object's
 * name has to be typed.
 */
export function ConfirmByName({
  isOpen,
  title,
  act,
  name,
  isBusy = false,
  onConfirm,
  onClose,
  children,
}: {
  readonly isOpen: boolean;
  readonly title: string;
  /** The button's words: `Remove web-01`. */
  readonly act: string;
  /** What has to be typed; null where a click is enough. */
  readonly name: string | null;
  readonly isBusy?: boolean;
  onConfirm(): void;
  onClose(): void;
  readonly children: ReactNode;
}) {
  const { common } = useTexts();
  const [typed, setTyped] = useState("");
  const matches = name === null || typed.trim() === name;
  const close = () => {
    setTyped("");
    onClose();
  };
  const confirm = () => {
    if (!matches || isBusy) return;
    setTyped("");
    onConfirm();
  };
  return (
    <Modal
      opened={isOpen}
      onClose={close}
      title={title}
      size="md"
      closeButtonProps={{ "aria-label": common.close }}
    >
      <form
        className="stack"
        onSubmit={(event) => {
          event.preventDefault();
          confirm();
        }}
      >
        {children}
        {name === null ? null : (
          <TextInput
            label={common.confirm.typeName(name)}
            value={typed}
            onChange={(event) => setTyped(event.currentTarget.value)}
            error={typed !== "" && !name.startsWith(typed.trim()) ? common.confirm.doesNotMatch : null}
            autoComplete="off"
            spellCheck={false}
            data-autofocus
          />
        )}
        <div className="row row-end">
          <Button variant="default" onClick={close}>
            {common.cancel}
          </Button>
          <Button type="submit" color="red" disabled={!matches} loading={isBusy}>
            {act}
          </Button>
        </div>
      </form>
    </Modal>
  );
}
