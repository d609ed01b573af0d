import { describe, expect, it } from "vitest";

import { type Caption, withCaption } from "./captions";
import { idleAfter } from "./idle";
import { fill } from "./messages";
import { askedOf, cardOf, NOTHING, stageOf, titleOf } from "./told";

const said = (id: string, text: string, final = false): Caption => ({
  id,
  who: "customer",
  text,
  final,
});

describe("captions", () => {
  it("are replaced by their segment, in their place", () => {
    let all = withCaption([], said("a", "Where"));
    all = withCaption(all, said("b", "Hello"));
    all = withCaption(all, said("a", "Where is it?", true));
    expect(all.map((one) => one.text)).toEqual(["Where is it?", "Hello"]);
  });

  it("without words are not shown, and taken away when nothing came of them", () => {
    expect(withCaption([], said("a", " "))).toEqual([]);
    expect(withCaption([said("a", "Uh")], said("a", "", true))).toEqual([]);
    expect(withCaption([said("a", "Uh")], said("a", ""))).toHaveLength(1);
  });

  it("are bounded", () => {
    let all: readonly Caption[] = [];
    for (let i = 0; i < 200; i++) all = withCaption(all, said(`${i}`, "word"));
    expect(all.length).toBeLessThanOrEqual(60);
    expect(all.at(-1)?.id).toBe("199");
  });
});

describe("cards", () => {
  it("are taken as the bot sends them", () => {
    const card = cardOf('{"kind":"order","data":{"order_id":"ORD1","items":["A",3],"total":9.5}}');
    expect(card).toMatchObject({ kind: "order", order_id: "ORD1", items: ["A"], total: 9.5 });
    expect(card).toMatchObject({ tracking_number: "", shipping_eta: "" });
  });

  it.each(["", "{", "[]", "null", '{"kind":"bomb","data":{}}', '{"data":{"order_id":"x"}}'])(
    "of no known kind are none: %s",
    (message) => {
      expect(cardOf(message)).toBeNull();
    },
  );

  it("with wrong values are harmless", () => {
    expect(cardOf('{"kind":"products","data":{"products":[null,{"price":"free"}]}}')).toEqual({
      kind: "products",
      products: [
        { name: "", price: 0, stock: 0 },
        { name: "", price: 0, stock: 0 },
      ],
    });
    expect(cardOf('{"kind":"quote","data":null}')).toMatchObject({ text: "", page: 0 });
  });
});

describe("what is asked", () => {
  it("is read from the attribute", () => {
    expect(askedOf('{"kind":"choice","about":"which_order","options":["ORD1","ORD2"]}')).toEqual({
      kind: "choice",
      about: "which_order",
      options: ["ORD1", "ORD2"],
    });
  });

  it.each([undefined, "", "{", '{"kind":"nothing"}', '{"kind":"password"}'])(
    "is nothing in %s",
    (attribute) => {
      expect(askedOf(attribute)).toEqual(NOTHING);
    },
  );
});

describe("an order's way", () => {
  it.each([
    ["confirmed", "placed"],
    ["processing", "preparing"],
    ["in transit", "shipped"],
    ["Delivered", "delivered"],
    ["cancelled", null],
    ["lost at sea", null],
  ])("%s is %s", (status, stage) => {
    expect(stageOf(status)).toBe(stage);
  });
});

describe("idleness", () => {
  it("asks before it forgets", () => {
    expect(idleAfter(69, 90)).toEqual({ state: "busy" });
    expect(idleAfter(70, 90)).toEqual({ state: "asking", seconds: 20 });
    expect(idleAfter(89.5, 90)).toEqual({ state: "asking", seconds: 1 });
    expect(idleAfter(90, 90)).toEqual({ state: "gone" });
  });

  it("asks in the second half of a short time", () => {
    expect(idleAfter(2, 6)).toEqual({ state: "busy" });
    expect(idleAfter(3, 6)).toEqual({ state: "asking", seconds: 3 });
  });

  it("never comes where it is switched off", () => {
    expect(idleAfter(1e9, 0)).toEqual({ state: "busy" });
  });
});

it("documents are named for people", () => {
  expect(titleOf("shipping_policy.pdf")).toBe("Shipping policy");
});

it("values are filled into texts", () => {
  expect(fill("in {seconds} s, {nothing}", { seconds: 3 })).toBe("in 3 s, {nothing}");
});
