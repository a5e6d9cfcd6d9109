// @ts-check
/* global document, getComputedStyle, matchMedia, devicePixelRatio, requestAnimationFrame, ResizeObserver */
import { child } from "./elements.js";
import { History } from "./history.js";
import { duration, figure } from "./numbers.js";
import uPlot from "./uplot.js";

/**
 * @typedef {import("../src/live/snapshot.ts").Snapshot} Snapshot
 * @typedef {{ label: string, colour: string, value: (snapshot: Snapshot) => number | null }} Curve
 * @typedef {{ title: string, unit: string, show: (value: number | null | undefined) => string, curves: Curve[] }} Chart
 */

const OVER_MS = 180_000;
const HEIGHT = 132;

/** @type {readonly Chart[]} */
const CHARTS = [
  {
    title: "Events",
    unit: "per second",
    show: figure,
    curves: [
      { label: "taken", colour: "--blue", value: ({ perSecond }) => perSecond.taken },
      { label: "stored", colour: "--green", value: ({ perSecond }) => perSecond.stored },
    ],
  },
  {
    title: "Waiting",
    unit: "events",
    show: figure,
    curves: [
      { label: "in the buffer", colour: "--blue", value: ({ buffer }) => buffer.rows },
      { label: "in line for room", colour: "--amber", value: ({ inLine }) => inLine },
    ],
  },
  {
    title: "Latency",
    unit: "from the door to the table",
    show: duration,
    curves: [
      { label: "p50", colour: "--blue", value: ({ latency }) => latency?.p50 ?? null },
      { label: "p99", colour: "--violet", value: ({ latency }) => latency?.p99 ?? null },
    ],
  },
  {
    title: "Batch size",
    unit: "events in a batch, on average",
    show: figure,
    curves: [{ label: "events", colour: "--blue", value: ({ batchRows }) => batchRows }],
  },
  {
    title: "Statements",
    unit: "per second",
    show: figure,
    curves: [
      { label: "all", colour: "--blue", value: ({ perSecond }) => perSecond.sends },
      { label: "retries", colour: "--amber", value: ({ perSecond }) => perSecond.retries },
    ],
  },
  {
    title: "Refused events",
    unit: "per second, by reason",
    show: figure,
    curves: [
      { label: "overflow", colour: "--amber", value: ({ dropsPerSecond }) => dropsPerSecond.overflow },
      { label: "bad row", colour: "--red", value: ({ dropsPerSecond }) => dropsPerSecond.rejected },
      {
        label: "gave up",
        colour: "--violet",
        value: ({ dropsPerSecond }) => dropsPerSecond["retries-exhausted"],
      },
    ],
  },
  {
    title: "Limiter",
    unit: "tokens; each statement takes one",
    show: figure,
    curves: [{ label: "tokens", colour: "--green", value: ({ limiter }) => limiter?.tokens ?? null }],
  },
  {
    title: "Workers",
    unit: "busy",
    show: figure,
    curves: [
      { label: "senders", colour: "--blue", value: ({ senders }) => senders.busy },
      { label: "rows", colour: "--green", value: ({ rows }) => rows.busy },
      { label: "threads", colour: "--violet", value: ({ threads }) => threads.busy },
    ],
  },
];

/** Charts of the last minutes, all with the same time. */
export class Charts {
  #cards;
  #history;
  #isStale = false;

  /** @param {HTMLElement} place */
  constructor(place) {
    this.#cards = CHARTS.map((chart) => new Card(place, chart));
    this.#history = new History(
      CHARTS.flatMap(({ curves }) => curves.map(({ value }) => value)),
      OVER_MS,
    );
    matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => {
      for (const card of this.#cards) card.recolour();
    });
  }

  /** @param {Snapshot} snapshot */
  show(snapshot) {
    this.#history.add(snapshot.at, snapshot);
    if (this.#isStale) return;
    this.#isStale = true;
    requestAnimationFrame(() => this.#draw());
  }

  #draw() {
    this.#isStale = false;
    const times = this.#history.times.map((at) => at / 1_000);
    let column = 0;
    for (const card of this.#cards) {
      const columns = CHARTS[this.#cards.indexOf(card)]?.curves.map(() => this.#history.column(column++)) ?? [];
      card.draw(times, columns);
    }
  }
}

/** One chart: title, the numbers of now or of where the pointer is, and curves. */
class Card {
  #chart;
  #plot;
  /** @type {HTMLElement[]} */
  #numbers = [];

  /**
   * @param {HTMLElement} place
   * @param {Chart} chart
   */
  constructor(place, chart) {
    this.#chart = chart;
    const card = child(place, "figure", "panel chart");
    const caption = child(card, "figcaption", "");
    child(caption, "h3", "").textContent = chart.title;
    child(caption, "p", "unit").textContent = chart.unit;
    const legend = child(caption, "dl", "");
    for (const { label, colour } of chart.curves) this.#numbers.push(addNumber(legend, label, colour));
    const canvas = child(card, "div", "curves");
    canvas.setAttribute("aria-hidden", "true");
    this.#plot = new uPlot(this.#options(canvas.clientWidth), [[], ...chart.curves.map(() => [])], canvas);
    new ResizeObserver(() => this.#plot.setSize({ width: canvas.clientWidth, height: HEIGHT })).observe(canvas);
  }

  /**
   * @param {number[]} times
   * @param {(number | null)[][]} columns
   */
  draw(times, columns) {
    this.#plot.setData([times, ...columns]);
    this.#tell();
  }

  recolour() {
    this.#plot.redraw(false);
  }

  #tell() {
    const { idx } = this.#plot.cursor;
    this.#numbers.forEach((number, index) => {
      const column = this.#plot.data[index + 1];
      number.textContent = this.#chart.show(idx === null || idx === undefined ? column?.at(-1) : column?.[idx]);
    });
  }

  /**
   * @param {number} width
   * @returns {import("uplot").Options}
   */
  #options(width) {
    const { curves, show } = this.#chart;
    const axis = { stroke: () => colour("--muted"), font: "11px system-ui, sans-serif", ticks: { show: false } };
    const grid = { stroke: () => colour("--line"), width: 1 / devicePixelRatio };
    return {
      width,
      height: HEIGHT,
      padding: [8, 10, 0, 0],
      legend: { show: false },
      cursor: { sync: { key: "time" }, drag: { x: false, y: false }, points: { size: 6 } },
      scales: {
        x: { time: false, range: (_, __, last) => [(last ?? 0) - OVER_MS / 1_000, last ?? 0] },
        y: { range: (_, __, max) => [0, Math.max(max ?? 0, 1) * 1.08] },
      },
      axes: [
        {
          ...axis,
          grid: { show: false },
          size: 24,
          splits: (_, __, first, last) => [first, first + 60, first + 120, last],
          values: () => ["−3 min", "−2 min", "−1 min", "now"],
        },
        { ...axis, grid, size: 52, space: 34, values: (_, values) => values.map((value) => show(value)) },
      ],
      series: [
        {},
        ...curves.map((curve) => ({
          label: curve.label,
          stroke: () => colour(curve.colour),
          width: 1.5,
          points: { show: false },
        })),
      ],
      hooks: { setCursor: [() => this.#tell()] },
    };
  }
}

/**
 * A number with its label, in a legend.
 *
 * @param {HTMLElement} legend
 * @param {string} label
 * @param {string} colourName
 */
function addNumber(legend, label, colourName) {
  const pair = child(legend, "div", `pair ${colourName.slice(2)}`);
  child(pair, "dt", "").textContent = label;
  return child(pair, "dd", "");
}

/** @param {string} name */
function colour(name) {
  return getComputedStyle(document.documentElement).getPropertyValue(name).trim();
}
