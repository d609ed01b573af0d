import { useState } from "react";
import type { Turn } from "./api";
import { axis, clock, seconds, ticks } from "./format";
import { LANES, laneOf, labelOf, MEANS, orderOf, STAGES, told, toneOf, WHOLE } from "./stages";

const SHOWN = 25; // turns; more at a press
const LANE = 5; // units of the small waterfall, of which one is a gap
const SMALL = { width: 1000, height: LANES * LANE };
const ROW = 22; // px of the large one
const LONGEST = 4000; // ms; what lasts longer goes on beyond the edge

/** The scale that all turns share, so that lengths can be compared. */
function scaleOf(turns: Turn[]): { step: number; end: number } {
  const ends = turns.map((turn) => turn.delay_ms ?? 0);
  return axis(Math.min(LONGEST, Math.max(1000, ...ends)), 8);
}

function clipped(start: number, ms: number, end: number): { from: number; to: number } {
  const from = Math.min(Math.max(0, start), end);
  return { from, to: Math.min(end, Math.max(from, start + ms)) };
}

/** All stages of a turn at once, in lanes: what overlaps vertically ran at the same time. */
function Strip({ turn, end, step }: { turn: Turn; end: number; step: number }) {
  const scale = SMALL.width / end;
  return (
    <svg
      className="strip"
      viewBox={`0 0 ${SMALL.width} ${SMALL.height}`}
      preserveAspectRatio="none"
      role="img"
      aria-label={told(turn.spans) || "no stages"}
    >
      {ticks(step, end).map((ms) => (
        <line key={ms} className="grid" x1={ms * scale} x2={ms * scale} y1={0} y2={SMALL.height} />
      ))}
      {turn.spans
        .filter((span) => span.stage !== WHOLE)
        .map((span, index) => {
          const { from, to } = clipped(span.start_ms, span.ms, end);
          return (
            <rect
              key={index}
              className={toneOf(span.stage)}
              x={from * scale}
              width={Math.max(3, (to - from) * scale)}
              y={laneOf(span.stage) * LANE}
              height={LANE - 1}
            />
          );
        })}
      {turn.delay_ms !== null && (
        <line
          className="sound"
          x1={Math.min(turn.delay_ms, end) * scale}
          x2={Math.min(turn.delay_ms, end) * scale}
          y1={0}
          y2={SMALL.height}
        />
      )}
    </svg>
  );
}

/** One stage a row, with its times. */
function Large({ turn }: { turn: Turn }) {
  const { step, end } = scaleOf([turn]);
  const spans = [...turn.spans]
    .filter((span) => span.stage !== WHOLE)
    .sort((a, b) => orderOf(a.stage) - orderOf(b.stage) || a.start_ms - b.start_ms);
  return (
    <table className="large">
      <caption>
        Turn {turn.turn} of {turn.room}: {seconds(turn.delay_ms)} from the end of the words to the
        first sound
      </caption>
      <tbody>
        {spans.map((span, index) => {
          const { from, to } = clipped(span.start_ms, span.ms, end);
          return (
            <tr key={index}>
              <th scope="row">{labelOf(span.stage)}</th>
              <td className="bar">
                <svg viewBox={`0 0 ${end} ${ROW}`} preserveAspectRatio="none" aria-hidden="true">
                  {ticks(step, end).map((ms) => (
                    <line key={ms} className="grid" x1={ms} x2={ms} y1={0} y2={ROW} />
                  ))}
                  <rect
                    className={toneOf(span.stage)}
                    x={from}
                    width={Math.max(2, to - from)}
                    y={5}
                    height={ROW - 10}
                  />
                  {turn.delay_ms !== null && (
                    <line
                      className="sound"
                      x1={Math.min(turn.delay_ms, end)}
                      x2={Math.min(turn.delay_ms, end)}
                      y1={0}
                      y2={ROW}
                    />
                  )}
                </svg>
              </td>
              <td className="from">{Math.round(span.start_ms)}</td>
              <td className="ms">{Math.round(span.ms)} ms</td>
            </tr>
          );
        })}
      </tbody>
    </table>
  );
}

function Row(props: { turn: Turn; end: number; step: number; words: boolean }) {
  const [open, setOpen] = useState(false);
  const { turn } = props;
  const slow = turn.delay_ms !== null && turn.delay_ms > 1000;
  return (
    <li className={open ? "open" : undefined}>
      <button
        type="button"
        className="turn"
        aria-expanded={open}
        onClick={() => {
          setOpen(!open);
        }}
      >
        <time>{clock(turn.at)}</time>
        <span className="name" title={turn.room}>
          {turn.room}
        </span>
        <span className="means">
          <i className={`dot means-${turn.means || "none"}`} />
          {MEANS[turn.means || "none"] ?? turn.means}
        </span>
        <Strip turn={turn} end={props.end} step={props.step} />
        <b className={slow ? "delay slow" : "delay"}>{seconds(turn.delay_ms)}</b>
      </button>
      {open && (
        <div className="details">
          <Large turn={turn} />
          <p>
            {turn.detail && !turn.tools.includes(turn.detail) && (
              <>
                <b>By</b> {turn.detail}{" "}
              </>
            )}
            {turn.tools.length > 0 && (
              <>
                <b>Tools</b> {turn.tools.join(", ")}{" "}
              </>
            )}
            {turn.interrupted && <b>interrupted by the customer</b>}
          </p>
          {props.words && (
            <blockquote>
              <p>{turn.user}</p>
              <p className="said">{turn.say}</p>
            </blockquote>
          )}
        </div>
      )}
    </li>
  );
}

/** The recent turns, the last one first. */
export function Waterfalls({ turns, words }: { turns: Turn[]; words: boolean }) {
  const [all, setAll] = useState(false);
  const shown = all ? turns : turns.slice(0, SHOWN);
  const { step, end } = scaleOf(shown);
  return (
    <section className="card" aria-labelledby="turns">
      <h2 id="turns">
        Recent turns <small>seconds after the last word; the mark is the first sound</small>
      </h2>
      <ul className="legend">
        {STAGES.map((stage) => (
          <li key={stage.name}>
            <i className={`dot tone-${stage.name}`} /> {stage.label}
          </li>
        ))}
      </ul>
      {turns.length === 0 && <p className="none">No turn yet.</p>}
      {shown.length > 0 && (
        <p className="turn scale" aria-hidden="true">
          <span className="ticks">
            {ticks(step, end).map((ms) => (
              <span key={ms}>{(ms / 1000).toFixed(step % 100 ? 2 : 1)}</span>
            ))}
          </span>
        </p>
      )}
      <ol className="turns">
        {shown.map((turn) => (
          <Row
            key={`${turn.room}/${turn.turn}/${turn.at}`}
            turn={turn}
            end={end}
            step={step}
            words={words}
          />
        ))}
      </ol>
      {turns.length > SHOWN && (
        <button
          type="button"
          className="more"
          onClick={() => {
            setAll(!all);
          }}
        >
          {all ? "Fewer" : `All ${turns.length}`}
        </button>
      )}
    </section>
  );
}
