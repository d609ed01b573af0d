import { useEffect, useState } from "react";
import { DelayPlot } from "./DelayPlot";
import { clock, since } from "./format";
import { Login } from "./Login";
import { useLive } from "./live";
import { Means, Questions, Returns, Stages, Troubles } from "./Panels";
import { Rooms } from "./Rooms";
import { Tiles } from "./Tiles";
import { Waterfalls } from "./Waterfalls";

const WINDOWS: [minutes: number, label: string][] = [
  [15, "15 min"],
  [60, "1 h"],
  [360, "6 h"],
  [1440, "24 h"],
];

function useNow(): number {
  const [now, setNow] = useState(() => Date.now() / 1000);
  useEffect(() => {
    const timer = window.setInterval(() => {
      setNow(Date.now() / 1000);
    }, 1000);
    return () => {
      window.clearInterval(timer);
    };
  }, []);
  return now;
}

export function App() {
  const [minutes, setMinutes] = useState(60);
  const live = useLive(minutes);
  const now = useNow();
  const { data } = live;

  useEffect(() => {
    document.title = data ? `${data.shop} – operator` : "Operator";
  }, [data]);

  if (live.locked) return <Login onDone={live.refresh} />;
  if (!data)
    return (
      <main className="alone">
        <p role="status">{live.trouble || "Loading …"}</p>
      </main>
    );

  const { overview } = data;
  const ready = data.problems.length === 0;
  return (
    <>
      <header>
        <h1>{data.shop}</h1>
        <p className={ready ? "pill good" : "pill bad"} role="status">
          {ready ? "Ready for customers" : data.problems.join("; ")}
        </p>
        <p className={live.connected ? "pill plain" : "pill warn"} role="status">
          {live.connected ? "Live" : live.trouble || "Reconnecting …"}
        </p>
        <span className="grow" />
        <div className="windows" role="group" aria-label="Period">
          {WINDOWS.map(([value, label]) => (
            <button
              key={value}
              type="button"
              aria-pressed={minutes === value}
              onClick={() => {
                setMinutes(value);
              }}
            >
              {label}
            </button>
          ))}
        </div>
        <p className="quiet">
          {clock(now)} · up {since(overview.since, now)}
        </p>
      </header>
      <main>
        <Tiles data={data} />
        <div className="wide">
          <DelayPlot periods={overview.periods} minutes={overview.minutes} now={overview.now} />
          <Waterfalls turns={overview.recent} words={overview.words} />
        </div>
        <div className="narrow">
          <Rooms rooms={overview.rooms} max={data.rooms_max} now={now} />
          <Means means={overview.means} />
          <Stages stages={overview.stages} />
          <Questions questions={overview.unanswered} words={overview.words} now={now} />
          <Troubles troubles={overview.troubles} now={now} />
          <Returns returns={overview.returns} now={now} />
        </div>
      </main>
    </>
  );
}
