// Draws the charts of dashboards: loaded only where one is. Colours come from the style sheet and are read again when the
// theme changes; a click opens the list behind a figure. The table beside each chart says the same to those who cannot see it.

import { BarChart, HeatmapChart, LineChart } from "echarts/charts";
import { GridComponent, TooltipComponent, VisualMapComponent } from "echarts/components";
import * as echarts from "echarts/core";
import { CanvasRenderer } from "echarts/renderers";
import type { EChartsType } from "echarts/core";

echarts.use([BarChart, HeatmapChart, LineChart, GridComponent, TooltipComponent, VisualMapComponent, CanvasRenderer]);

interface Series {
  name: string;
  values: (number | null)[];
  ghost?: boolean;
}
interface Drawing {
  kind: "bar" | "line" | "stacked" | "heat";
  labels: string[];
  shown: [string, string][];
  series: Series[];
  links: string[][];
  unit: string;
  percent: boolean;
  now: number;
}

const drawn = new Map<HTMLElement, EChartsType>();
const STEP = 46; // width a step needs so that all are named; else only as many as there is room for
const calm = matchMedia("(prefers-reduced-motion: reduce)");

// A colour of the style sheet as the canvas understands it, whatever way it is written there.
function colour(name: string): string {
  const probe = document.createElement("i");
  probe.style.color = `var(--${name})`;
  probe.hidden = true;
  document.body.append(probe);
  const found = getComputedStyle(probe).color;
  probe.remove();
  return found;
}

const number = (value: number, percent: boolean): string =>
  percent ? `${value.toFixed(1)}%` : value.toLocaleString("en", { maximumFractionDigits: Math.abs(value) < 100 ? 1 : 0 });

function option(data: Drawing, width: number): Record<string, unknown> {
  const crowded = data.labels.length * (data.kind === "bar" || data.kind === "line" ? STEP * 0.7 : STEP) > width - 60;
  const [ink, soft, faint, line, raised] = ["ink", "ink-2", "ink-3", "line", "raised"].map(colour);
  const family = getComputedStyle(document.body).fontFamily;
  const text = { color: faint, fontFamily: family, fontSize: 12 };
  const tooltip = {
    renderMode: "richText",
    confine: true,
    backgroundColor: raised,
    borderColor: line,
    padding: [8, 10],
    textStyle: { color: ink, fontFamily: family, fontSize: 12, lineHeight: 20 },
  };
  const base = { animation: !calm.matches, animationDuration: 260, textStyle: { fontFamily: family } };
  if (data.kind === "heat") {
    const values = data.series.flatMap((one, row) => one.values.map((value, column) => [column, row, value ?? 0]));
    const most = Math.max(1, ...values.map((one) => one[2]));
    return {
      ...base,
      grid: { left: 4, right: 4, top: 4, bottom: 4, containLabel: true },
      tooltip: {
        ...tooltip,
        formatter: (one: { value: number[] }) => `${data.series[one.value[1]].name} · ${data.labels[one.value[0]]}\n${number(one.value[2], data.percent)} ${data.unit}`,
      },
      xAxis: { type: "category", data: data.labels, axisLine: { show: false }, axisTick: { show: false }, axisLabel: text },
      yAxis: { type: "category", inverse: true, data: data.series.map((one) => one.name), axisLine: { show: false }, axisTick: { show: false }, axisLabel: { ...text, width: 88, overflow: "truncate" } },
      visualMap: { show: false, min: 0, max: most, inRange: { color: [colour("sunken"), colour("chart-1")] } },
      series: [{ type: "heatmap", data: values, itemStyle: { borderColor: colour("surface"), borderWidth: 2, borderRadius: 4 }, label: { show: data.series.length < 14, color: ink, formatter: (one: { value: number[] }) => (one.value[2] ? number(one.value[2], data.percent) : ""), textBorderColor: colour("surface"), textBorderWidth: 2 }, emphasis: { itemStyle: { borderColor: ink } } }],
    };
  }
  const stacked = data.kind === "stacked";
  const many = data.labels.length > 16;
  const series = data.series.map((one, index) => {
    const own = colour(one.ghost ? "chart-ghost" : stacked || data.kind === "line" ? `chart-${(index % 6) + 1}` : "chart-1");
    const common = { name: one.name, cursor: "pointer", itemStyle: { color: own }, emphasis: { focus: stacked ? "series" : "none" } };
    if (data.kind === "line") {
      return { ...common, type: "line", data: one.values, showSymbol: !many, symbol: "circle", symbolSize: 6, lineStyle: { color: own, width: 2 }, connectNulls: true };
    }
    const values = one.values.map((value, at) => (at === data.now && !one.ghost && !stacked ? { value, itemStyle: { opacity: 0.6 } } : value));
    const radius = stacked ? 0 : [2, 2, 0, 0];
    return { ...common, type: "bar", data: values, stack: stacked ? "all" : undefined, barMaxWidth: 34, barGap: "12%", barCategoryGap: many ? "20%" : "38%", itemStyle: { color: own, borderRadius: radius, borderColor: stacked ? colour("surface") : undefined, borderWidth: stacked ? 1 : 0 } };
  });
  return {
    ...base,
    grid: { left: 4, right: 8, top: 16, bottom: 4, containLabel: true },
    tooltip: {
      ...tooltip,
      trigger: "axis",
      axisPointer: { type: data.kind === "line" ? "line" : "shadow", lineStyle: { color: line }, shadowStyle: { color: colour("hover"), opacity: 0.7 } },
      formatter: (some: { dataIndex: number; seriesName: string; value: number | null }[]) => {
        const rows = some.filter((one) => one.value !== null && one.value !== undefined && (one.value !== 0 || some.length < 3));
        const told = rows.map((one) => `${one.seriesName && data.series[0].name ? `${one.seriesName}  ` : ""}${number(one.value!, data.percent)} ${data.percent ? "" : data.unit}`);
        return [data.labels[some[0].dataIndex], ...told].join("\n");
      },
    },
    xAxis: {
      type: "category",
      data: crowded ? data.labels : data.shown.map(([short, year], at) => (year && (at === 0 || data.shown[at - 1][1] !== year) ? `${short}\n${year}` : short)),
      axisLine: { show: false },
      axisTick: { show: false },
      axisLabel: { ...text, lineHeight: 17, interval: crowded ? "auto" : 0, hideOverlap: crowded, width: crowded ? undefined : Math.max(34, (width - 60) / data.labels.length - 4), overflow: "truncate" },
    },
    yAxis: { type: "value", axisLabel: { ...text, formatter: (value: number) => number(value, false) + (data.percent ? "%" : "") }, splitLine: { lineStyle: { color: line } }, splitNumber: 4, minInterval: data.unit || data.percent ? 0 : 1, axisLine: { show: false } },
    series: series.map((one) => ({ ...one, labelLayout: { hideOverlap: true }, label: { show: !stacked && data.labels.length <= 12 && data.kind === "bar" && one.itemStyle.color !== colour("chart-ghost"), position: "top", color: soft, fontFamily: family, fontSize: 12, formatter: (held: { value: number }) => (held.value ? number(held.value, data.percent) : "") } })),
  };
}

function linkAt(data: Drawing, x: number, y: number, chart: EChartsType): string {
  const point = chart.convertFromPixel({ gridIndex: 0 }, [x, y]);
  const at = Math.round(point[0]);
  return data.links.map((one) => one[at]).find(Boolean) ?? "";
}

function start(place: HTMLElement): void {
  const data = JSON.parse(place.dataset.chart!) as Drawing;
  place.replaceChildren();
  const chart = echarts.init(place, null, { renderer: "canvas" });
  drawn.set(place, chart);
  chart.setOption(option(data, place.clientWidth));
  let opened = false;
  chart.on("click", (event) => {
    const at = event as unknown as { seriesIndex: number; dataIndex: number; value: number[] };
    const link = data.kind === "heat" ? data.links[at.value[1]]?.[at.value[0]] : data.links[at.seriesIndex]?.[at.dataIndex];
    opened = Boolean(link);
    if (link) location.assign(link);
  });
  chart.getZr().on("click", (event) => {
    if (opened || data.kind === "heat" || data.kind === "stacked") return;
    const link = chart.containPixel({ gridIndex: 0 }, [event.offsetX, event.offsetY]) ? linkAt(data, event.offsetX, event.offsetY, chart) : "";
    if (link) location.assign(link);
  });
  new ResizeObserver(() => chart.resize()).observe(place);
}

function again(): void {
  for (const [place, chart] of drawn) {
    if (place.isConnected) chart.setOption(option(JSON.parse(place.dataset.chart!) as Drawing, place.clientWidth), true);
    else {
      chart.dispose();
      drawn.delete(place);
    }
  }
}

new MutationObserver(again).observe(document.documentElement, { attributes: true, attributeFilter: ["data-theme"] });
matchMedia("(prefers-color-scheme: dark)").addEventListener("change", again);

/** Draws every chart inside `root` that is not drawn yet. */
export function drawCharts(root: ParentNode): void {
  root.querySelectorAll<HTMLElement>("[data-chart]").forEach((place) => {
    if (!drawn.has(place)) start(place);
  });
}
