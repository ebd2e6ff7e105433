import { expect, test } from "vitest";
import { evidenceLines } from "./evidence";
import { anchor, onSpoke, outline } from "./radar";

test.each([
  [0, { x: 0, y: -10 }],
  [1, { x: 10, y: 0 }],
  [2, { x: 0, y: 10 }],
  [3, { x: -10, y: 0 }],
])("spoke %d of four", (index, point) => expect(onSpoke(index, 4, 1, 10)).toEqual(point));

test("an unknown value leaves a gap, a zero stands in the middle", () => {
  const spokes = [{ name: "a", value: 1 }, { name: "b", value: null }, { name: "c", value: 0 }, { name: "d", value: 0.5 }];
  expect(outline(spokes, 10)).toBe("0,-10 0,0 -5,0");
  expect(outline([], 10)).toBe("");
});

test("labels grow away from the drawing", () => expect([-5, 0, 5].map(anchor)).toEqual(["end", "middle", "start"]));

test.each([
  [null, []],
  [{}, []],
  [{ truck_factor: 3, share: 0.123456 }, ["0 truck factor: 3", "0 share: 0.1235"]],
  [{ sampled: true, source: null }, ["0 sampled: yes", "0 source: unknown"]],
  [{ files: ["a", "b"], none: [] }, ["0 files: a, b", "0 none: none"]],
  [{ inner: { deep: 1 } }, ["0 inner: ", "1 deep: 1"]],
  [{ rows: [{ name: "x", range: "^1" }] }, ["0 rows: 1", "1 : name: x · range: ^1"]],
])("evidence %j in lines", (evidence, lines) => {
  expect(evidenceLines(evidence).map(({ depth, name, value }) => `${depth} ${name}: ${value}`)).toEqual(lines);
});

test("long lists are cut, and say so", () => {
  expect(evidenceLines({ all: Array.from({ length: 10 }, (_, index) => index) })[0]?.value).toBe("0, 1, 2, 3, 4, 5, 6, 7 and 2 more");
});
