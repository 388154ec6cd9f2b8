import { Checkbox, Radio } from "@mantine/core";
import { useActions, useApp } from "../../store/use-app.tsx";
import { useFormats, useTexts } from "../../texts/use-texts.ts";
import { Section } from "../../ui/page.tsx";
import { useAssessment } from "../../ui/use-assessment.ts";

/** Which of the source's disks travel; known once it was assessed. */
export function DiskChoice({ source }: { readonly source: string }) {
  const { plan: text } = useTexts().wizard;
  const format = useFormats();
  const { setDraft } = useActions();
  const disks = useApp((state) => state.draft.disks);
  const stored = useAssessment(source);
  const candidates = (stored?.assessment.disks ?? []).filter(
    (disk) => disk.treatment === "copied" || disk.treatment === "removable",
  );
  const chosen = disks[source];
  const set = (paths: readonly string[] | null) => {
    const rest = Object.fromEntries(Object.entries(disks).filter(([id]) => id !== source));
    setDraft({ disks: paths === null ? rest : { ...rest, [source]: [...paths] }, confirmed: false });
  };
  return (
    <Section title={text.disks}>
      {candidates.length === 0 ? (
        <p className="dim">{text.disksUnknown}</p>
      ) : (
        <>
          <Radio.Group
            aria-label={text.disks}
            value={chosen === undefined ? "all" : "some"}
            onChange={(value) =>
              set(
                value === "all"
                  ? null
                  : candidates.filter(({ treatment }) => treatment === "copied").map(({ id }) => id),
              )
            }
          >
            <div className="wizard-options">
              <Radio value="all" label={text.allDisks} />
              <Radio value="some" label={text.chooseDisks} />
            </div>
          </Radio.Group>
          {chosen === undefined ? null : (
            <Checkbox.Group aria-label={text.chooseDisks} value={chosen} onChange={set}>
              <div className="wizard-options indent">
                {candidates.map((disk) => (
                  <Checkbox
                    key={disk.id}
                    value={disk.id}
                    label={
                      <>
                        <span className="mono">{disk.id}</span>{" "}
                        {disk.sizeBytes === null ? "" : format.bytes(disk.sizeBytes)} {disk.model ?? ""}
                      </>
                    }
                  />
                ))}
              </div>
            </Checkbox.Group>
          )}
        </>
      )}
    </Section>
  );
}
