import { SegmentedControl, Switch, TextInput } from "@mantine/core";
import { IconSearch } from "@tabler/icons-react";
import { useVirtualizer } from "@tanstack/react-virtual";
import { useEffect, useMemo, useRef, useState } from "react";
import type { LogEntry } from "../../store/job-feed.ts";
import { useApp } from "../../store/use-app.tsx";
import { useFormats, useLogWords, useTexts } from "../../texts/use-texts.ts";
import { Section } from "../../ui/page.tsx";

type Level = "all" | "warning" | "error";
const noEntries: readonly LogEntry[] = [];

function contextText(entry: LogEntry): string {
  const parts = Object.entries(entry.context).map(
    ([key, value]) => `${key}=${typeof value === "string" ? value : JSON.stringify(value)}`,
  );
  return parts.join(" ");
}

/** What the job said, newest last. */
export function JobLog({ job }: { readonly job: string }) {
  const { monitor } = useTexts();
  const format = useFormats();
  const wordsOf = useLogWords();
  const entries = useApp((state) => state.logs.get(job)) ?? noEntries;
  const [filter, setFilter] = useState("");
  const [level, setLevel] = useState<Level>("all");
  const [isFollowing, setFollowing] = useState(true);
  const scroller = useRef<HTMLDivElement>(null);

  const shown = useMemo(() => {
    const wanted = filter.trim().toLowerCase();
    return entries.filter(
      (entry) =>
        (level === "all" || entry.level === "error" || entry.level === level) &&
        (wanted === "" || `${wordsOf(entry)} ${contextText(entry)}`.toLowerCase().includes(wanted)),
    );
  }, [entries, filter, level, wordsOf]);

  const virtualizer = useVirtualizer({
    count: shown.length,
    getScrollElement: () => scroller.current,
    estimateSize: () => 26,
    getItemKey: (index) => shown[index]?.seq ?? index,
    overscan: 12,
  });
  useEffect(() => {
    if (isFollowing && shown.length > 0) virtualizer.scrollToIndex(shown.length - 1);
  }, [isFollowing, shown.length, virtualizer]);

  return (
    <Section
      title={monitor.log}
      actions={
        <div className="row">
          <TextInput
            size="xs"
            aria-label={monitor.logFilter}
            placeholder={monitor.logFilter}
            leftSection={<IconSearch size={14} aria-hidden />}
            value={filter}
            onChange={(event) => setFilter(event.currentTarget.value)}
          />
          <SegmentedControl
            size="xs"
            aria-label={monitor.logFilter}
            value={level}
            onChange={(value) => setLevel(value as Level)}
            data={(["all", "warning", "error"] as const).map((each) => ({
              value: each,
              label: monitor.logLevels[each],
            }))}
          />
          <Switch
            size="xs"
            label={monitor.logFollow}
            checked={isFollowing}
            onChange={(event) => setFollowing(event.currentTarget.checked)}
          />
        </div>
      }
    >
      <div ref={scroller} className="log" role="log" aria-label={monitor.log} tabIndex={0}>
        {shown.length === 0 ? (
          <p className="dim">{entries.length === 0 ? monitor.logEmpty : monitor.logNoMatch}</p>
        ) : null}
        <div className="log-lines" style={{ height: virtualizer.getTotalSize() }}>
          {virtualizer.getVirtualItems().map((item) => {
            const entry = shown[item.index];
            if (entry === undefined) return null;
            return (
              <div
                key={item.key}
                ref={virtualizer.measureElement}
                data-index={item.index}
                className={`log-line log-${entry.level}`}
                style={{ transform: `translateY(${item.start}px)` }}
              >
                <time className="dim" dateTime={entry.at} title={format.dateTime(Date.parse(entry.at))}>
                  {format.clock(Date.parse(entry.at))}
                </time>
                <span className="log-level">{monitor.levelNames[entry.level]}</span>
                <span className="log-text">
                  {wordsOf(entry)} <span className="dim">{contextText(entry)}</span>
                </span>
              </div>
            );
          })}
        </div>
      </div>
    </Section>
  );
}
