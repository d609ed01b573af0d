import { describe, expect, it } from "vitest";

import { contrast, standingOut, textOn } from "./colour";

const BRANDS = ["#0f5c4c", "#ffe600", "#ff0000", "#7f7f7f", "#000000", "#ffffff", "#1e90ff"];

describe("contrast", () => {
  it("is that of WCAG", () => {
    expect(contrast("#000000", "#ffffff")).toBeCloseTo(21, 5);
    expect(contrast("#777777", "#ffffff")).toBeCloseTo(4.48, 2);
  });
});

describe.each(BRANDS)("%s", (brand) => {
  it("has readable text on it", () => {
    expect(contrast(textOn(brand), brand)).toBeGreaterThanOrEqual(4.5);
  });

  it.each(["#ffffff", "#f6f4ef", "#101614", "#1a2220"])("can be read on %s", (background) => {
    expect(contrast(standingOut(brand, background, 4.5), background)).toBeGreaterThanOrEqual(4.5);
  });
});
