import { expect, test } from "vitest";
import { axis, millis, seconds, since, ticks } from "./format";

test("times are short", () => {
  expect(seconds(480)).toBe("0.48 s");
  expect(seconds(12_400)).toBe("12 s");
  expect(seconds(null)).toBe("–");
  expect(millis(3.25)).toBe("3.3");
  expect(millis(180.4)).toBe("180");
});

test.each([
  [100, "0 s"],
  [59, "41 s"],
  [-200, "5 min"],
  [-7200, "2 h"],
  [-200_000, "2 d"],
])("how long ago %d was", (at, told) => {
  expect(since(at, 100)).toBe(told);
});

test.each([
  [1000, 4, 250, 1000],
  [1100, 4, 500, 1500],
  [3900, 4, 1000, 4000],
  [4000, 8, 500, 4000],
])("an axis up to %d ms in %d steps", (most, count, step, end) => {
  expect(axis(most, count)).toEqual({ step, end });
  expect(ticks(step, end).at(-1)).toBe(end);
});
