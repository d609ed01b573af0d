// What voicebot answers at /api/operator (voicebot/http/operator.py, telemetry/board.py). Times are
// Unix seconds.

export type RoomState = "waiting" | "listening" | "hearing" | "thinking" | "speaking";

export interface Room {
  room: string;
  since: number;
  changed: number;
  state: RoomState;
  customers: number;
  turns: number;
  last_delay_ms: number | null;
}

export interface Span {
  stage: string;
  start_ms: number; // after the end of the customer's voice
  ms: number;
}

export interface Turn {
  at: number;
  room: string;
  turn: number;
  means: string;
  detail: string;
  interrupted: boolean;
  delay_ms: number | null;
  spans: Span[];
  tools: string[];
  user: string;
  say: string;
}

export interface Period {
  start: number;
  turns: number;
  errors: number;
  p50_ms: number | null;
  p95_ms: number | null;
}

export interface StageTimes {
  stage: string;
  runs: number;
  p50_ms: number;
  p95_ms: number;
  most_ms: number;
}

export interface Question {
  question: string;
  document: string;
  count: number;
  first: number;
  last: number;
}

export interface ReturnOpened {
  at: number;
  room: string;
  refund_amount: number | null;
  return_id: string;
}

export interface Trouble {
  at: number;
  kind: string;
  room: string;
  stage: string;
  text: string;
}

export interface Overview {
  now: number;
  since: number;
  minutes: number;
  words: boolean;
  rooms: Room[];
  turns: number;
  p50_ms: number | null;
  p95_ms: number | null;
  means: Record<string, number>;
  barge_ins: number;
  staff_calls: number;
  failures: Record<string, number>;
  fallbacks: Record<string, number>;
  periods: Period[];
  stages: StageTimes[];
  recent: Turn[];
  unanswered: Question[];
  returns: ReturnOpened[];
  troubles: Trouble[];
}

export interface OperatorData {
  shop: string;
  problems: string[];
  rooms_max: number;
  load: { cores_busy: number; cores: number; memory_mb: number };
  overview: Overview;
}

export interface LiveEvent {
  kind: string;
  room: string;
  turn: number;
}

/** An answer that is not the data: status 401 asks for the key. */
export class Refused extends Error {
  constructor(
    readonly status: number,
    message: string,
  ) {
    super(message);
  }
}

async function messageOf(answer: Response): Promise<string> {
  try {
    const body = (await answer.json()) as { error?: { message?: string } };
    return body.error?.message ?? answer.statusText;
  } catch {
    return answer.statusText;
  }
}

export async function fetchData(minutes: number, signal: AbortSignal): Promise<OperatorData> {
  const answer = await fetch(`/api/operator?minutes=${minutes}`, { signal });
  if (!answer.ok) throw new Refused(answer.status, await messageOf(answer));
  return (await answer.json()) as OperatorData;
}

/** Shows the key once; the browser then has a cookie. */
export async function showKey(key: string): Promise<void> {
  const answer = await fetch("/api/operator/session", {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify({ key }),
  });
  if (!answer.ok) throw new Refused(answer.status, await messageOf(answer));
}
