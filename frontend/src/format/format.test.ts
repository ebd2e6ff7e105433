import { expect, test } from "vitest";
import { ago, duration } from "./dates";
import { bytes, plural, roughly } from "./numbers";
import { grade, inOrder, metricLabel, score } from "./scores";

const NOW = Date.parse("2026-11-23T12:00:00Z");

test.each([
  ["2026-11-23T12:00:00Z", "just now"],
  ["2026-11-23T11:59:01Z", "just now"],
  ["2026-11-23T11:59:00Z", "1 minute ago"],
  ["2026-11-23T09:00:00Z", "3 hours ago"],
  ["2026-11-22T12:00:00Z", "yesterday"],
  ["2026-11-09T12:00:00Z", "2 weeks ago"],
  ["2025-11-01T12:00:00Z", "last year"],
  ["2026-11-23T14:00:00Z", "in 2 hours"],
])("%s is %s", (iso, words) => expect(ago(iso, NOW)).toBe(words));

test.each([
  [0, "0 ms"],
  [0.00041, "0.4 ms"],
  [0.0838, "84 ms"],
  [0.9996, "1 s"],
  [1.24, "1.2 s"],
  [42.4, "42 s"],
  [59.7, "1 min 0 s"],
  [200, "3 min 20 s"],
  [7_500, "2 h 5 min"],
])("%d seconds are %s", (seconds, words) => expect(duration(seconds)).toBe(words));

test.each([
  [0, "0 B"],
  [999, "999 B"],
  [1_000, "1 kB"],
  [4_130_000, "4.1 MB"],
  [427_000, "427 kB"],
  [999_700, "1 MB"],
  [2_000_000_000_000, "2 TB"],
])("%d bytes are %s", (size, words) => expect(bytes(size)).toBe(words));

test.each([
  [1, "1 file"],
  [0, "0 files"],
  [1_200, "1,200 files"],
])("%d of a thing", (number, words) => expect(plural(number, "file")).toBe(words));

test("large numbers are rounded, small ones are not", () => expect([9_999, 12_345].map(roughly)).toEqual(["9,999", "12.3K"]));

test.each([
  [1, "good", "1.00"],
  [0.75, "good", "0.75"],
  [0.5, "fair", "0.50"],
  [0.49, "poor", "0.49"],
  [0, "poor", "0.00"],
  [-1, "unknown", "–"],
  [null, "unknown", "–"],
  [undefined, "unknown", "–"],
])("a score of %s is %s", (value, word, text) => expect([grade(value), score(value)]).toEqual([word, text]));

test("metrics keep their order, unknown ones come last", () => {
  expect(inOrder(["tree_score", "zeal", "net_score", "art"])).toEqual(["net_score", "tree_score", "art", "zeal"]);
});

test("an unknown metric is called by its own words", () => {
  expect(["net_score", "some_new_one"].map(metricLabel)).toEqual(["Net score", "Some new one"]);
});
