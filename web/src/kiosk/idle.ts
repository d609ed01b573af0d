/** How long nothing may happen: first a question whether somebody is there, then all is forgotten. */

const LONGEST_WARNING = 20; // seconds

export type Idle = { state: "busy" } | { state: "asking"; seconds: number } | { state: "gone" };

/** quiet: seconds since the last word or touch; timeout: seconds, 0 is never. */
export function idleAfter(quiet: number, timeout: number): Idle {
  if (timeout <= 0) return { state: "busy" };
  if (quiet >= timeout) return { state: "gone" };
  const warning = Math.min(LONGEST_WARNING, timeout / 2);
  if (quiet < timeout - warning) return { state: "busy" };
  return { state: "asking", seconds: Math.ceil(timeout - quiet) };
}
