export function seconds(ms: number | null | undefined): string {
  if (ms === null || ms === undefined) return "–";
  return ms < 9_950 ? `${(ms / 1000).toFixed(2)} s` : `${(ms / 1000).toFixed(0)} s`;
}

export function millis(ms: number): string {
  return ms < 10 ? ms.toFixed(1) : ms.toFixed(0);
}

export function clock(at: number, withSeconds = true): string {
  return new Date(at * 1000).toLocaleTimeString([], {
    hour: "2-digit",
    minute: "2-digit",
    ...(withSeconds ? { second: "2-digit" } : {}),
    hour12: false,
  });
}

/** How long ago, in one word: 12 s, 5 min, 3 h, 2 d. */
export function since(at: number, now: number): string {
  const passed = Math.max(0, now - at);
  if (passed < 60) return `${Math.floor(passed)} s`;
  if (passed < 3600) return `${Math.floor(passed / 60)} min`;
  if (passed < 86_400) return `${Math.floor(passed / 3600)} h`;
  return `${Math.floor(passed / 86_400)} d`;
}

const STEPS = [200, 250, 500, 1000, 2000, 2500, 5000, 10_000, 20_000, 60_000];

/** The step of an axis of about `count` steps up to `most` ms, and its end. */
export function axis(most: number, count = 4): { step: number; end: number } {
  const step = STEPS.find((s) => most / s <= count) ?? 60_000;
  return { step, end: Math.max(step, Math.ceil(most / step) * step) };
}

export function ticks(step: number, end: number): number[] {
  return Array.from({ length: Math.floor(end / step) + 1 }, (_, index) => index * step);
}
