import { useEffect, useRef } from "react";
import uPlot from "uplot";
import "uplot/dist/uPlot.min.css";
import type { RateSample } from "../store/job-feed.ts";
import { useFormats, useTexts } from "../texts/use-texts.ts";
import { useAppliedTheme } from "./use-applied-theme.ts";
import "./throughput-chart.css";

const height = 150;
/** Grid lines at round binary sizes: 1 KiB, 2 KiB, … */
const binarySteps = Array.from({ length: 40 }, (_, power) => 2 ** power);

function colour(name: string): string {
  return getComputedStyle(document.documentElement).getPropertyValue(name).trim();
}

/** Throughput over the last minutes; the line below says the same in words. */
export function ThroughputChart({ samples }: { readonly samples: readonly RateSample[] }) {
  const { monitor } = useTexts();
  const format = useFormats();
  const frame = useRef<HTMLDivElement>(null);
  const plot = useRef<uPlot | null>(null);
  const theme = useAppliedTheme();
  const hasSamples = samples.length > 1;

  useEffect(() => {
    const element = frame.current;
    if (element === null || !hasSamples) return undefined;
    const dim = colour("--sma-dim");
    const grid = { stroke: colour("--sma-border"), width: 1 };
    const axis = { stroke: dim, grid, ticks: grid, font: "11px system-ui" };
    const chart = new uPlot(
      {
        width: element.clientWidth,
        height,
        legend: { show: false },
        cursor: { show: false },
        scales: { x: { time: true }, y: { range: (_chart, _low, high) => [0, Math.max(1, high * 1.1)] } },
        axes: [
          {
            ...axis,
            values: (_chart, ticks) => ticks.map((tick) => format.clock(tick * 1000)),
            space: 90,
          },
          {
            ...axis,
            size: 84,
            incrs: binarySteps,
            values: (_chart, ticks) => ticks.map((tick) => format.rate(tick)),
            space: 34,
          },
        ],
        series: [
          {},
          {
            stroke: colour("--sma-accent"),
            fill: colour("--sma-accent-tint"),
            width: 1.5,
            points: { show: false },
          },
        ],
      },
      [[], []],
      element,
    );
    plot.current = chart;
    const observer = new ResizeObserver(() => chart.setSize({ width: element.clientWidth, height }));
    observer.observe(element);
    return () => {
      observer.disconnect();
      chart.destroy();
      plot.current = null;
    };
  }, [hasSamples, format, theme]);

  useEffect(() => {
    plot.current?.setData([
      samples.map(({ atMs }) => atMs / 1000),
      samples.map(({ bytesPerSecond }) => bytesPerSecond),
    ]);
  }, [samples, hasSamples, format, theme]);

  if (!hasSamples) return <p className="dim">{monitor.noThroughput}</p>;
  const rates = samples.map(({ bytesPerSecond }) => bytesPerSecond);
  const average = rates.reduce((sum, rate) => sum + rate, 0) / rates.length;
  return (
    <figure className="chart">
      <div ref={frame} aria-hidden style={{ height }} />
      <figcaption className="dim">
        {format.labelled(
          monitor.throughput,
          monitor.throughputSummary(
            format.rate(rates.at(-1) ?? 0),
            format.rate(Math.max(...rates)),
            format.rate(average),
          ),
        )}
      </figcaption>
    </figure>
  );
}
