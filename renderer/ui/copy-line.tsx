import { ActionIcon, CopyButton, Tooltip } from "@mantine/core";
import { IconCheck, IconCopy } from "@tabler/icons-react";
import { useFormats, useTexts } from "../texts/use-texts.ts";
import "./copy-line.css";

/** A line to take elsewhere: a command, a path, a fingerprint. */
export function CopyLine({ text, label }: { readonly text: string; readonly label: string }) {
  const { common } = useTexts();
  const format = useFormats();
  return (
    <div className="copy-line">
      <code className="mono grow" tabIndex={0} aria-label={label}>
        {text}
      </code>
      <CopyButton value={text}>
        {({ copied, copy }) => (
          <Tooltip label={copied ? common.copied : common.copy}>
            <ActionIcon
              variant="subtle"
              onClick={copy}
              aria-label={copied ? common.copied : format.labelled(common.copy, label)}
            >
              {copied ? <IconCheck size={16} aria-hidden /> : <IconCopy size={16} aria-hidden />}
            </ActionIcon>
          </Tooltip>
        )}
      </CopyButton>
    </div>
  );
}
