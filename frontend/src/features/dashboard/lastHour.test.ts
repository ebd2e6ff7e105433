import { expect, test } from "vitest";
import { bars, failures, inWords, took, type LastHour } from "./lastHour";

const minute = (requests: number, errors = 0) => ({ minute: "2026-11-23T12:00:00Z", requests, errors });
const hour = (...minutes: LastHour["minutes"]): LastHour => ({
  requests: minutes.reduce((sum, each) => sum + each.requests, 0),
  errors: minutes.reduce((sum, each) => sum + each.errors, 0),
  p50_ms: 2,
  p95_ms: 8,
  p99_ms: 20,
  minutes,
});

test("bars are shares of the busiest minute", () => {
  expect(bars([minute(0), minute(10, 5), minute(40)])).toEqual([
    { all: 0, failed: 0 },
    { all: 0.25, failed: 0.125 },
    { all: 1, failed: 0 },
  ]);
});

test("an hour without requests has flat bars, no minutes none", () => {
  expect(bars([minute(0), minute(0)])).toEqual([{ all: 0, failed: 0 }, { all: 0, failed: 0 }]);
  expect(bars([])).toEqual([]);
});

test.each([
  [null, "–"],
  [0.31, "0.3 ms"],
  [2.68, "2.7 ms"],
  [9.96, "10 ms"],
  [84.4, "84 ms"],
  [999.4, "999 ms"],
  [999.9, "1 s"],
  [12_340, "12 s"],
])("%s ms are %s", (milliseconds, words) => expect(took(milliseconds)).toBe(words));

test.each([
  [100, 0, "0"],
  [0, 0, "0"],
  [1_000, 3, "3 (0.3 %)"],
  [30, 20, "20 (67 %)"],
  [1, 1, "1 (100 %)"],
  [100_000, 1, "1 (under 0.1 %)"],
])("of %d requests %d failed: %s", (requests, errors, words) => expect(failures({ requests, errors })).toBe(words));

test("the bars are told in words", () => {
  expect(inWords(hour(minute(0), minute(1_200, 2), minute(5)))).toBe(
    "Requests minute by minute: 1,205 in 2 minutes, at most 1,200 in one; 2 failed.",
  );
  expect(inWords(hour(minute(1)))).toBe("Requests minute by minute: 1 in 1 minute, at most 1 in one; none failed.");
});
