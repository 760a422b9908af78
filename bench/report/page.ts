/** Draws the charts of the report, in the browser. Inlined into the page; Chart.js stands before it. */
import type { Chart as Spec } from './charts.ts';

interface ChartLibrary {
  new (canvas: HTMLCanvasElement, config: object): unknown;
  readonly defaults: { color: string; borderColor: string; font: { family: string; size: number } };
}
declare const Chart: ChartLibrary;

/** Neighbours in a chart are easy to tell apart; the emulator has a colour that no other has. */
const COLOURS: Readonly<Record<string, string>> = {
  classic: '#d6336c',
  'classic, growth ahead': '#f06595',
  'go1.19': '#0b7285',
  'go1.19-noaes': '#22b8cf',
  'go1.23': '#1864ab',
  'go-swiss': '#74b816',
  'go1.19-wasm': '#7048e8',
  'AS Map': '#868e96',
  'Map(bigint)': '#e8590c',
  'Map(float64)': '#f59f00',
  'Map(int32)': '#c0a16b',
  'Map(string)': '#a61e4d',
  'made for its entries': '#0b7285',
  'grown to them': '#f59f00',
};
const LIMIT = '#868e96';

const dark = matchMedia('(prefers-color-scheme: dark)').matches;
Chart.defaults.color = dark ? '#ced4da' : '#343a40';
Chart.defaults.borderColor = dark ? '#343a40' : '#e9ecef';
Chart.defaults.font.family = 'system-ui, sans-serif';
Chart.defaults.font.size = 12;

const short = (value: number): string => {
  if (value >= 1e6) return `${value / 1e6}M`;
  return value >= 1e3 ? `${value / 1e3}k` : String(value);
};

const timeText = (ns: number): string => {
  if (ns >= 1e6) return `${ns / 1e6} ms`;
  return ns >= 1e3 ? `${ns / 1e3} µs` : `${ns} ns`;
};

/** Of a logarithmic axis only the powers of ten, and where it is short also their doubles and fives. */
const logTicks = (text: (value: number) => string, all: boolean) => ({
  callback: (value: number) => {
    const digit = value / 10 ** Math.floor(Math.log10(value) + 1e-9);
    return (all ? [1, 2, 5] : [1]).some((d) => Math.abs(digit - d) < 1e-6) ? text(value) : null;
  },
  maxRotation: 0,
});

function lineConfig(spec: Extract<Spec, { kind: 'lines' }>): object {
  const percentile = spec.xScale === 'percentile';
  const ys = spec.lines.flatMap(({ points }) => points.map(({ y }) => y));
  return {
    type: 'line',
    data: {
      datasets: spec.lines.map(({ name, points }) => ({
        label: name,
        data: points,
        borderColor: COLOURS[name] ?? LIMIT,
        backgroundColor: COLOURS[name] ?? LIMIT,
        borderWidth: name.startsWith('classic') ? 3 : 1.5,
        borderDash: name.startsWith('limit') ? [4, 4] : [],
        pointRadius: name.startsWith('classic') ? 4 : 2.5,
        order: name.startsWith('classic') ? 0 : 1,
      })),
    },
    options: {
      maintainAspectRatio: false,
      animation: false,
      interaction: { mode: 'nearest', intersect: false },
      scales: {
        x: {
          type: 'logarithmic',
          title: { display: true, text: spec.x },
          ticks: logTicks(
            percentile ? (v) => (v >= 1e6 ? 'worst' : `${+(100 - 100 / v).toFixed(4)} %`) : short,
            false,
          ),
        },
        y: {
          type: 'logarithmic',
          title: { display: true, text: percentile ? 'at most' : `${spec.y} an operation` },
          ticks: logTicks(timeText, Math.max(...ys) / Math.min(...ys) < 200),
        },
      },
      plugins: {
        legend: { position: 'bottom', labels: { boxWidth: 12, boxHeight: 3 } },
        tooltip: {
          callbacks: {
            title: () => '',
            label: (item: { dataset: { label: string }; raw: { x: number; text: string } }) =>
              `${item.dataset.label}, ${short(item.raw.x)}: ${item.raw.text}`,
          },
        },
      },
    },
  };
}

function barConfig(spec: Extract<Spec, { kind: 'bars' }>): object {
  const log = spec.from === 1;
  const values = spec.series.flatMap((s) => s.values).filter((v) => v !== null);
  return {
    type: 'bar',
    data: {
      labels: spec.categories,
      datasets: spec.series.map((series) => ({
        label: series.name,
        // From 1 to the ratio: a bar to the left is where the other engine is faster.
        data: series.values.map((v) => (v === null ? null : log ? [1, v] : v)),
        backgroundColor: COLOURS[series.name] ?? LIMIT,
        // A category without this engine leaves no gap.
        skipNull: true,
      })),
    },
    options: {
      indexAxis: 'y',
      maintainAspectRatio: false,
      animation: false,
      scales: {
        x: {
          type: log ? 'logarithmic' : 'linear',
          title: { display: true, text: spec.x },
          ...(log
            ? {
                min: Math.min(0.5, ...values) * 0.9,
                max: Math.max(2, ...values) * 1.1,
                ticks: logTicks((v) => `${+v.toPrecision(2)}x`, true),
                grid: {
                  color: (context: { tick: { value: number } }) =>
                    context.tick.value === 1 ? Chart.defaults.color : Chart.defaults.borderColor,
                },
              }
            : {}),
        },
      },
      plugins: {
        legend: { position: 'bottom', labels: { boxWidth: 12 } },
        tooltip: {
          callbacks: {
            label: (item: { dataset: { label: string }; raw: number | [number, number] }) => {
              const value = Array.isArray(item.raw) ? item.raw[1] : item.raw;
              return `${item.dataset.label}: ${value.toFixed(2)}${log ? 'x' : ''}`;
            },
          },
        },
      },
    },
  };
}

const data = document.getElementById('charts')?.textContent ?? '[]';
for (const [i, spec] of (JSON.parse(data) as Spec[]).entries()) {
  const canvas = document.getElementById(`chart-${i}`) as HTMLCanvasElement;
  if (spec.kind === 'bars' && canvas.parentElement !== null) {
    const bars = spec.categories.length * Math.max(1, spec.series.length);
    canvas.parentElement.style.height = `${Math.max(260, 130 + bars * 11 + spec.categories.length * 8)}px`;
  }
  new Chart(canvas, spec.kind === 'lines' ? lineConfig(spec) : barConfig(spec));
}
