import { Button } from "@mantine/core";
import { IconDownload } from "@tabler/icons-react";
import { useEffect, useState } from "react";
import type { Collector } from "../../../common/api/assessment-procedures.ts";
import { useActions } from "../../store/use-app.tsx";
import { useFormats, useTexts } from "../../texts/use-texts.ts";
import { CopyLine } from "../../ui/copy-line.tsx";
import { Dialog } from "../../ui/dialog.tsx";
import { saveFile } from "../../ui/save-file.ts";

/** The way for servers that this machine cannot reach: a collector there, a file back. */
export function ManualPath({ onClose }: { onClose(): void }) {
  const { sources } = useTexts();
  const text = sources.manual;
  const format = useFormats();
  const { call } = useActions();
  const [collectors, setCollectors] = useState<readonly Collector[]>([]);
  useEffect(() => {
    void call("collector.list", {}).then((answer) => {
      if (answer.ok) setCollectors(answer.value);
    });
  }, [call]);
  const download = async (id: string) => {
    const answer = await call("collector.get", { id });
    if (answer.ok) saveFile(answer.value);
  };
  return (
    <Dialog onClose={onClose} title={text.title} size="xl">
      <div className="stack">
        <p>{text.intro}</p>
        <ol className="plain-steps">
          {text.steps.map((step) => (
            <li key={step}>{step}</li>
          ))}
        </ol>
        {collectors.map((collector) => (
          <div key={collector.id} className="collector stack-tight">
            <div className="row-between">
              <h3>
                {text.platforms[collector.platform]} <span className="mono dim">{collector.fileName}</span>
              </h3>
              <Button
                size="xs"
                variant="default"
                leftSection={<IconDownload size={15} aria-hidden />}
                onClick={() => void download(collector.id)}
              >
                {text.download} ({format.bytes(collector.sizeBytes)})
              </Button>
            </div>
            <CopyLine text={collector.command} label={`${text.line}, ${collector.fileName}`} />
            <div className="dim mono">
              {text.checksum} {collector.sha256}
            </div>
          </div>
        ))}
      </div>
    </Dialog>
  );
}
