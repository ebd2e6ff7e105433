import { expect, test } from "vitest";
import { faultIn } from "./regexFault";

test.each([
  ["", null],
  ["abc", null],
  ["a(b)c|[)(]", null],
  ["\\(", null],
  ["[]a]", null],
  ["[^]]", null],
  ["(?:a)", null],
  ["a+?", null],
  ["a(b", 1],
  ["a)b", 1],
  ["((a)", 0],
  ["[a", 0],
  ["a[]", 1],
  ["*a", 0],
  ["a|+b", 2],
  ["a\\", 1],
])("the fault in %s is at %s", (pattern, at) => expect(faultIn(pattern)).toBe(at));
