import { expect, test } from "vitest";
import { ANYTHING, filtersSet, looksLikeName, readCriteria, searchRequest, writeCriteria, type Criteria } from "./criteria";

const EVERYTHING: Criteria = {
  text: "a (b", isRegex: true, version: "^1.0.0", kind: "npm", license: "MIT", minScore: 0.5, flag: "not_sensitive", isNewestOnly: true, sort: "score", page: 3,
};

test.each([
  ["nothing", ANYTHING, ""],
  ["everything", EVERYTHING, "q=a+%28b&regex=1&version=%5E1.0.0&kind=npm&license=MIT&score=0.5&flag=not_sensitive&newest=1&sort=score&page=3"],
])("the address holds %s, and gives it back", (_what, criteria, address) => {
  expect(writeCriteria(criteria).toString()).toBe(address);
  expect(readCriteria(new URLSearchParams(address))).toEqual(criteria);
});

test.each(["kind=cat", "score=2", "score=x", "sort=best", "page=0", "page=1.5", "flag=maybe", "newest=yes", "regex=yes"])(
  "%s in an address counts as not said",
  (address) => expect(readCriteria(new URLSearchParams(address))).toEqual(ANYTHING),
);

test.each<[Partial<Criteria>, object]>([
  [{}, {}],
  [{ text: "  " }, {}],
  [{ text: " two words " }, { query: "two words" }],
  [{ text: " ^a ", isRegex: true }, { regex: " ^a " }],
  [{ version: " 1.0.0 ", license: " MIT " }, { version: "1.0.0", license: "MIT" }],
  [{ flag: "not_sensitive", minScore: 0.5, kind: "model" }, { is_sensitive: false, min_net_score: 0.5, kind: "model" }],
  [{ isNewestOnly: true }, { newest_only: true }],
  [{ flag: "sensitive" }, { is_sensitive: true }],
  [{ flag: "looks_like_another" }, { flag: "looks_like_another" }],
])("%o is asked as %o", (criteria, request) => {
  expect(searchRequest({ ...ANYTHING, ...criteria })).toEqual({ ...request, sort: "newest" });
});

test("a text can be looked for in names alone", () => {
  expect(searchRequest({ ...ANYTHING, text: "enc" }, "names")).toEqual({ name: "enc", sort: "newest" });
});

test("text and order are no filters", () => expect([ANYTHING, EVERYTHING].map(filtersSet)).toEqual([0, 6]));

test.each([
  ["encoder", false],
  ["two words", false],
  ["org/model", true],
  ["bert-base", true],
  ["@scope/x", true],
  ["gpt2", true],
  ["v2 notes", false],
])("%s looks like a name: %s", (text, itDoes) => expect(looksLikeName(text)).toBe(itDoes));
