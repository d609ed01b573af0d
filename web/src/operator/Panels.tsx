import type { ReactNode } from "react";
import type { Question, ReturnOpened, StageTimes, Trouble } from "./api";
import { clock, millis, since } from "./format";
import { labelOf, MEANS, orderOf, toneOf, WHOLE } from "./stages";

function Panel(props: { id: string; title: string; note?: string; children: ReactNode }) {
  return (
    <section className="card" aria-labelledby={props.id}>
      <h2 id={props.id}>
        {props.title} {props.note && <small>{props.note}</small>}
      </h2>
      {props.children}
    </section>
  );
}

/** What answered, as one bar and its legend. */
export function Means({ means }: { means: Record<string, number> }) {
  const entries = Object.entries(means);
  const total = entries.reduce((all, [, count]) => all + count, 0);
  let left = 0;
  return (
    <Panel id="means" title="What answered">
      {total === 0 ? (
        <p className="none">No turn in this period.</p>
      ) : (
        <>
          <svg className="share" viewBox="0 0 100 4" preserveAspectRatio="none" aria-hidden="true">
            {entries.map(([name, count]) => {
              const width = (100 * count) / total;
              const x = left;
              left += width;
              return (
                <rect key={name} className={`means-${name}`} x={x} width={width} height={4} />
              );
            })}
          </svg>
          <ul className="legend">
            {entries.map(([name, count]) => (
              <li key={name}>
                <i className={`dot means-${name}`} />
                {MEANS[name] ?? name} <b>{count}</b>
                <span className="quiet"> {Math.round((100 * count) / total)}%</span>
              </li>
            ))}
          </ul>
        </>
      )}
    </Panel>
  );
}

/** Where the time goes. */
export function Stages({ stages }: { stages: StageTimes[] }) {
  const ordered = [...stages].sort((a, b) => orderOf(a.stage) - orderOf(b.stage));
  return (
    <Panel id="stages" title="Stages" note="ms, recent turns">
      {ordered.length === 0 ? (
        <p className="none">No turn yet.</p>
      ) : (
        <table>
          <thead>
            <tr>
              <th scope="col">Stage</th>
              <th scope="col">P50</th>
              <th scope="col">P95</th>
              <th scope="col">most</th>
              <th scope="col">runs</th>
            </tr>
          </thead>
          <tbody>
            {ordered.map((stage) => (
              <tr key={stage.stage} className={stage.stage === WHOLE ? "total" : undefined}>
                <th scope="row">
                  <i className={`dot ${stage.stage === WHOLE ? "tone-whole" : toneOf(stage.stage)}`} />
                  {labelOf(stage.stage)}
                </th>
                <td>{millis(stage.p50_ms)}</td>
                <td>{millis(stage.p95_ms)}</td>
                <td>{millis(stage.most_ms)}</td>
                <td>{stage.runs}</td>
              </tr>
            ))}
          </tbody>
        </table>
      )}
    </Panel>
  );
}

/** The documents that are missing, as far as questions tell. */
export function Questions(props: { questions: Question[]; words: boolean; now: number }) {
  const ordered = [...props.questions].sort((a, b) => b.count - a.count || b.last - a.last);
  return (
    <Panel id="questions" title="Not answered" note="what do the documents lack?">
      {ordered.length === 0 && <p className="none">Every question had an answer.</p>}
      <ul className="rows" tabIndex={ordered.length > 6 ? 0 : undefined}>
        {ordered.map((question) => (
          <li key={`${question.question}/${question.document}`}>
            <b className="count">{question.count} ×</b>
            <span className="what">
              {question.question || (
                <span className="quiet">
                  {question.document ? "a question" : "a question that no document is near to"}
                </span>
              )}
              {question.document && <small>nearest: {question.document}</small>}
            </span>
            <span className="quiet">{since(question.last, props.now)}</span>
          </li>
        ))}
      </ul>
      {!props.words && ordered.length > 0 && (
        <p className="note">
          What customers asked is kept only with <code>logging.words</code>.
        </p>
      )}
    </Panel>
  );
}

export function Troubles({ troubles, now }: { troubles: Trouble[]; now: number }) {
  return (
    <Panel id="troubles" title="Errors and fallbacks">
      {troubles.length === 0 && <p className="none">None since the start.</p>}
      <ul className="rows" tabIndex={troubles.length > 6 ? 0 : undefined}>
        {troubles.map((trouble, index) => (
          <li key={`${trouble.at}/${index}`}>
            <b className={trouble.kind === "failed" ? "count bad" : "count warn"}>
              {trouble.stage}
            </b>
            <span className="what">
              {trouble.text}
              {trouble.room && <small>{trouble.room}</small>}
            </span>
            <span className="quiet">{since(trouble.at, now)}</span>
          </li>
        ))}
      </ul>
    </Panel>
  );
}

export function Returns({ returns, now }: { returns: ReturnOpened[]; now: number }) {
  return (
    <Panel id="returns" title="Returns opened" note={returns.length ? String(returns.length) : ""}>
      {returns.length === 0 && <p className="none">None since the start.</p>}
      <ul className="rows" tabIndex={returns.length > 6 ? 0 : undefined}>
        {returns.map((opened, index) => (
          <li key={`${opened.at}/${index}`}>
            <b className="count">
              {opened.refund_amount === null ? "–" : opened.refund_amount.toFixed(2)}
            </b>
            <span className="what">
              {opened.return_id || opened.room}
              <small>{clock(opened.at)}</small>
            </span>
            <span className="quiet">{since(opened.at, now)}</span>
          </li>
        ))}
      </ul>
    </Panel>
  );
}
