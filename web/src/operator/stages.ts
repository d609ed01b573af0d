import type { Span } from "./api";

/** The stages in the order of a turn. lane: of the small waterfall; what is in one lane does not
 * overlap much. */
export const STAGES: { name: string; label: string; lane: number }[] = [
  { name: "silence", label: "Silence", lane: 0 },
  { name: "judge", label: "Turn judged", lane: 1 },
  { name: "stt", label: "Transcribed", lane: 2 },
  { name: "second_hearing", label: "Heard again", lane: 3 },
  { name: "retrieval", label: "Retrieval", lane: 4 },
  { name: "understand", label: "Understood", lane: 3 },
  { name: "tool", label: "Tool", lane: 4 },
  { name: "first_token", label: "First token", lane: 3 },
  { name: "first_clause", label: "First clause", lane: 5 },
];
export const LANES = 6;
export const WHOLE = "voice_to_voice";

const KNOWN = new Map(STAGES.map((stage) => [stage.name, stage]));

export function laneOf(stage: string): number {
  return KNOWN.get(stage)?.lane ?? 3;
}

export function labelOf(stage: string): string {
  if (stage === WHOLE) return "Voice to voice";
  return KNOWN.get(stage)?.label ?? stage.replaceAll("_", " ");
}

/** The class that gives a stage its colour; those we do not know share one. */
export function toneOf(stage: string): string {
  return KNOWN.has(stage) ? `tone-${stage}` : "tone-other";
}

export function orderOf(stage: string): number {
  const index = STAGES.findIndex((known) => known.name === stage);
  return index < 0 ? STAGES.length : index;
}

/** For a screen reader. */
export function told(spans: Span[]): string {
  return spans
    .filter((span) => span.stage !== WHOLE)
    .map((span) => `${labelOf(span.stage)} ${Math.round(span.ms)} ms`)
    .join(", ");
}

export const MEANS: Record<string, string> = {
  dialogue: "Dialogue",
  tool: "Tool",
  quote: "Quote",
  unknown: "Unknown",
  model: "Model",
  apology: "Apology",
  none: "No answer",
};
