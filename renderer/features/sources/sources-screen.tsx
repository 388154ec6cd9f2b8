import { Button } from "@mantine/core";
import { IconFileImport, IconPlus, IconUnlink } from "@tabler/icons-react";
import { useMemo, useState } from "react";
import { describeLogin, type Source } from "../../../common/domain/source.ts";
import { useActions, useApp } from "../../store/use-app.tsx";
import { useReportTexts, useTexts } from "../../texts/use-texts.ts";
import { DataTable } from "../../ui/data-table.tsx";
import { Page } from "../../ui/page.tsx";
import { BundleDrop, useBundleDrop } from "./bundle-drop.tsx";
import { ImportSources } from "./import-sources.tsx";
import { ManualPath } from "./manual-path.tsx";
import { NoSources } from "./no-sources.tsx";
import { SelectionActs } from "./selection-acts.tsx";
import { useSourceColumns } from "./source-columns.tsx";
import { SourceDrawer } from "./source-drawer.tsx";
import { SourceForm } from "./source-form.tsx";
import "./sources.css";

type OpenDialog = "add" | "import" | "manual" | null;

const idOf = (source: Source) => source.id;
const nameOf = (source: Source) => source.name;

export function SourcesScreen() {
  const { sources: text, common } = useTexts();
  const { report } = useReportTexts();
  const { open } = useActions();
  const sources = useApp((state) => state.sources);
  const assessments = useApp((state) => state.assessments);
  const isLoaded = useApp((state) => state.isLoaded);
  const [dialog, setDialog] = useState<OpenDialog>(null);
  const [openId, setOpenId] = useState<string | null>(null);
  const [group, setGroup] = useState("");
  const [selection, setSelection] = useState<ReadonlySet<string>>(new Set());
  const bundles = useBundleDrop();
  const columns = useSourceColumns();
  const rows = useMemo(() => [...sources.values()], [sources]);
  const close = () => setDialog(null);

  const groupsOf = useMemo(() => {
    switch (group) {
      case "tag":
        return (source: Source) => (source.tags.length === 0 ? [common.table.ungrouped] : source.tags);
      case "verdict":
        return (source: Source) => {
          const verdict = assessments.get(source.id)?.verdict;
          return [verdict === undefined ? text.notAssessed : report.verdicts[verdict]];
        };
      case "system":
        return (source: Source) => [assessments.get(source.id)?.os ?? text.notAssessed];
      default:
        return null;
    }
  }, [group, common, text, report, assessments]);

  return (
    <div className="drop-zone" {...bundles.handlers}>
      <Page
        title={text.title}
        lead={text.lead}
        isFullHeight={rows.length > 0}
        actions={
          <>
            <Button
              variant="default"
              leftSection={<IconUnlink size={16} aria-hidden />}
              onClick={() => setDialog("manual")}
            >
              {text.unreachable}
            </Button>
            <Button
              variant="default"
              leftSection={<IconFileImport size={16} aria-hidden />}
              onClick={() => setDialog("import")}
            >
              {text.importList}
            </Button>
            <Button leftSection={<IconPlus size={16} aria-hidden />} onClick={() => setDialog("add")}>
              {text.add}
            </Button>
          </>
        }
      >
        {!isLoaded ? (
          <p className="dim">{common.loading}</p>
        ) : rows.length === 0 ? (
          <NoSources onAdd={() => setDialog("add")} bundles={bundles} />
        ) : (
          <DataTable
            label={text.title}
            rows={rows}
            columns={columns}
            idOf={idOf}
            nameOf={nameOf}
            textOf={(source) =>
              `${source.name} ${describeLogin(source)} ${source.tags.join(" ")} ${assessments.get(source.id)?.os ?? ""}`
            }
            filterLabel={text.filter}
            initialSort={{ id: "name", desc: false }}
            groupsOf={groupsOf}
            group={group}
            onGroup={setGroup}
            groupChoices={[
              { value: "tag", label: text.groupByTag },
              { value: "verdict", label: text.groupByVerdict },
              { value: "system", label: text.groupBySystem },
            ]}
            selection={selection}
            onSelection={setSelection}
            onOpen={(source) => setOpenId(source.id)}
            openId={openId}
            selectionActs={<SelectionActs selection={selection} onGone={() => setSelection(new Set())} />}
          />
        )}
        <BundleDrop bundles={bundles} />
      </Page>
      {dialog === "add" ? (
        <SourceForm
          source={null}
          onClose={close}
          onSaved={(id) => {
            close();
            setOpenId(id);
          }}
        />
      ) : null}
      {dialog === "import" ? <ImportSources onClose={close} /> : null}
      {dialog === "manual" ? <ManualPath onClose={close} /> : null}
      <SourceDrawer
        source={openId === null ? null : (sources.get(openId) ?? null)}
        onClose={() => setOpenId(null)}
        onOpenAssessment={(source) => open({ screen: "assessment", source })}
      />
    </div>
  );
}
