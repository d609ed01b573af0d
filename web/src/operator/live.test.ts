import { expect, test } from "vitest";
import type { Room } from "./api";
import { afterEvent } from "./live";

const ROOM: Room = {
  room: "a",
  since: 0,
  changed: 1,
  state: "listening",
  customers: 1,
  turns: 3,
  last_delay_ms: 480,
};

test.each([
  ["SpeechBegan", "hearing"],
  ["TurnTaken", "thinking"],
  ["FirstSound", "speaking"],
])("%s makes a room %s", (kind, state) => {
  const [room] = afterEvent([ROOM], { kind, room: "a", turn: 4 }, 9);
  expect(room).toEqual({ ...ROOM, state, changed: 9 });
});

test("what says nothing of the state changes nothing", () => {
  const rooms = [ROOM];
  expect(afterEvent(rooms, { kind: "ClauseReady", room: "a", turn: 4 }, 9)).toBe(rooms);
});

test("another room stays as it is, and so does a state that lasts", () => {
  const rooms = [ROOM, { ...ROOM, room: "b" }];
  const after = afterEvent(rooms, { kind: "LastSound", room: "a", turn: 4 }, 9);
  expect(after).toEqual(rooms);
});
