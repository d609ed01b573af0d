import { useEffect, useRef, useState } from "react";
import type { Period } from "./api";
import { axis, clock, seconds, ticks } from "./format";

const HEIGHT = 190;
const LEFT = 44;
const RIGHT = 8;
const TOP = 10;
const BOTTOM = 24;
const GOALS = [500, 1000]; // ms
const MOST = 5000; // beyond it a point sticks to the upper edge

/** The width of an element, kept up to date, so that the plot's text is not stretched. */
function useWidth() {
  const ref = useRef<HTMLDivElement>(null);
  const [width, setWidth] = useState(720);
  useEffect(() => {
    if (!ref.current) return;
    const observer = new ResizeObserver(([entry]) => {
      if (entry) setWidth(Math.max(240, entry.contentRect.width));
    });
    observer.observe(ref.current);
    return () => {
      observer.disconnect();
    };
  }, []);
  return { ref, width };
}

function describe(period: Period): string {
  const at = clock(period.start, false);
  const errors = period.errors ? `, ${period.errors} errors` : "";
  if (!period.turns) return `${at}: no turn${errors}`;
  const waits = `P50 ${seconds(period.p50_ms)}, P95 ${seconds(period.p95_ms)}`;
  return `${at}: ${period.turns} turns, ${waits}${errors}`;
}

/** P50 and P95 of what customers waited, how many turns there were, and when something failed. */
export function DelayPlot(props: { periods: Period[]; minutes: number; now: number }) {
  const { ref, width } = useWidth();
  const { periods } = props;
  const inner = width - LEFT - RIGHT;
  const worst = Math.max(1000, ...periods.map((p) => p.p95_ms ?? 0));
  const { step, end } = axis(Math.min(worst, MOST));
  const busiest = Math.max(1, ...periods.map((p) => p.turns));
  const slot = inner / periods.length;
  const x = (index: number) => LEFT + (index + 0.5) * slot;
  const y = (ms: number) =>
    TOP + (HEIGHT - TOP - BOTTOM) * (1 - Math.min(ms, end) / end);
  const line = (pick: (period: Period) => number | null) =>
    periods
      .flatMap((period, index) => {
        const ms = pick(period);
        return ms === null ? [] : [`${x(index).toFixed(1)},${y(ms).toFixed(1)}`];
      })
      .join(" ");
  const start = props.now - props.minutes * 60;
  const turns = periods.reduce((all, period) => all + period.turns, 0);
  const summary = turns
    ? `What customers waited over ${props.minutes} minutes: ${periods.filter((p) => p.turns).map(describe).join("; ")}`
    : "No turn in this period";

  return (
    <section className="card plot" aria-labelledby="delays">
      <h2 id="delays">
        What customers wait <small>from the end of their words to the first sound</small>
        <span className="keys">
          <i className="dot p50" /> P50 <i className="dot p95" /> P95 <i className="dot volume" />{" "}
          turns <i className="dot fail" /> errors
        </span>
      </h2>
      <div ref={ref}>
        <svg width={width} height={HEIGHT} role="img" aria-label={summary}>
          {ticks(step, end).map((ms) => (
            <g key={ms}>
              <line className="grid" x1={LEFT} x2={width - RIGHT} y1={y(ms)} y2={y(ms)} />
              <text x={LEFT - 6} y={y(ms) + 4} textAnchor="end">
                {(ms / 1000).toFixed(step < 100 ? 2 : 1)} s
              </text>
            </g>
          ))}
          {GOALS.map((ms) => (
            <line
              key={ms}
              className="goal"
              x1={LEFT}
              x2={width - RIGHT}
              y1={y(ms)}
              y2={y(ms)}
            />
          ))}
          {[0, 0.25, 0.5, 0.75, 1].map((part) => (
            <text
              key={part}
              x={LEFT + part * inner}
              y={HEIGHT - 6}
              textAnchor={part === 0 ? "start" : part === 1 ? "end" : "middle"}
            >
              {clock(start + part * props.minutes * 60, false)}
            </text>
          ))}
          {periods.map((period, index) => {
            const height = (34 * period.turns) / busiest;
            return (
              <g key={period.start}>
                <rect
                  className="volume"
                  x={LEFT + index * slot + slot * 0.15}
                  width={slot * 0.7}
                  y={HEIGHT - BOTTOM - height}
                  height={height}
                />
                {period.errors > 0 && (
                  <path
                    className="fail"
                    d={`M${x(index) - 4},${HEIGHT - BOTTOM + 7} l4,-7 l4,7 z`}
                  />
                )}
              </g>
            );
          })}
          <polyline className="p95" points={line((p) => p.p95_ms)} />
          <polyline className="p50" points={line((p) => p.p50_ms)} />
          {periods.map((period, index) => (
            <g key={period.start}>
              {period.p95_ms !== null && (
                <circle className="p95" cx={x(index)} cy={y(period.p95_ms)} r={2.5} />
              )}
              {period.p50_ms !== null && (
                <circle className="p50" cx={x(index)} cy={y(period.p50_ms)} r={2.5} />
              )}
              <rect
                className="touch"
                x={LEFT + index * slot}
                width={slot}
                y={TOP}
                height={HEIGHT - TOP}
              >
                <title>{describe(period)}</title>
              </rect>
            </g>
          ))}
          {turns === 0 && (
            <text className="empty" x={LEFT + inner / 2} y={HEIGHT / 2} textAnchor="middle">
              No turn in this period
            </text>
          )}
        </svg>
      </div>
    </section>
  );
}
