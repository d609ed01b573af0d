import type { OperatorData } from "./api";
import { seconds } from "./format";

const GOAL_P50 = 500; // ms, what the project aims at on two cores
const GOAL_P95 = 1000;

function sum(counts: Record<string, number>): number {
  return Object.values(counts).reduce((total, count) => total + count, 0);
}

function Tile(props: { name: string; value: string; note: string; tone?: string | undefined }) {
  return (
    <div className={`card tile ${props.tone ?? ""}`}>
      <dt>{props.name}</dt>
      <dd>
        <strong>{props.value}</strong>
        <span>{props.note}</span>
      </dd>
    </div>
  );
}

function against(value: number | null, goal: number): string | undefined {
  if (value === null) return undefined;
  return value <= goal ? "good" : value <= 2 * goal ? "warn" : "bad";
}

function listed(counts: Record<string, number>, none: string): string {
  const entries = Object.entries(counts);
  return entries.length ? entries.map(([name, n]) => `${name} ${n}`).join(", ") : none;
}

/** The figures that say whether all is well. */
export function Tiles({ data }: { data: OperatorData }) {
  const { overview, load } = data;
  const failures = sum(overview.failures);
  const fallbacks = sum(overview.fallbacks);
  const share = overview.turns ? Math.round((100 * overview.barge_ins) / overview.turns) : 0;
  const unknown = overview.means.unknown ?? 0;
  return (
    <dl className="tiles">
      <Tile
        name="Rooms"
        value={`${overview.rooms.length} / ${data.rooms_max}`}
        note={`${load.cores_busy.toFixed(1)} of ${load.cores} cores, ${(load.memory_mb / 1000).toFixed(2)} GB`}
        tone={overview.rooms.length >= data.rooms_max ? "warn" : undefined}
      />
      <Tile
        name="Wait, median"
        value={seconds(overview.p50_ms)}
        note="goal 0.50 s"
        tone={against(overview.p50_ms, GOAL_P50)}
      />
      <Tile
        name="Wait, 95 of 100"
        value={seconds(overview.p95_ms)}
        note="goal 1.00 s"
        tone={against(overview.p95_ms, GOAL_P95)}
      />
      <Tile
        name="Turns"
        value={String(overview.turns)}
        note={`${overview.barge_ins} interrupted (${share}%)`}
      />
      <Tile
        name="Not known"
        value={String(unknown)}
        note={`staff called ${overview.staff_calls} ×`}
        tone={unknown ? "warn" : undefined}
      />
      <Tile
        name="Errors"
        value={String(failures)}
        note={
          fallbacks
            ? `fallbacks: ${listed(overview.fallbacks, "")}`
            : listed(overview.failures, "no stage failed")
        }
        tone={failures ? "bad" : fallbacks ? "warn" : "good"}
      />
    </dl>
  );
}
