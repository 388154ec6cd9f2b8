import { Button, FileButton } from "@mantine/core";
import { IconPlus } from "@tabler/icons-react";
import { useTexts } from "../../texts/use-texts.ts";
import { DemoButton } from "../../ui/demo-button.tsx";
import { Empty } from "../../ui/page.tsx";
import type { BundleDropState } from "./bundle-drop.tsx";

export function NoSources({ onAdd, bundles }: { onAdd(): void; readonly bundles: BundleDropState }) {
  const { sources: text } = useTexts();
  return (
    <Empty title={text.empty}>
      <p>{text.emptyText}</p>
      <div className="row">
        <Button leftSection={<IconPlus size={16} aria-hidden />} onClick={onAdd}>
          {text.add}
        </Button>
        <FileButton multiple onChange={bundles.take}>
          {(props) => (
            <Button variant="default" {...props}>
              {text.bundles.choose}
            </Button>
          )}
        </FileButton>
        <DemoButton />
      </div>
      <p className="dim">{text.bundles.dropHint}</p>
    </Empty>
  );
}
