import assert from "node:assert/strict";
import { test } from "node:test";

import { sentences, words } from "../index.js";

test("words keep apostrophes and decimals", () => {
  assert.deepEqual(words("It's 3.5 km, no?"), ["It's", "3.5", "km", ",", "no", "?"]);
});

test("an empty text has no words", () => {
  assert.deepEqual(words(""), []);
});

test("a sentence ends before a capital letter", () => {
  assert.deepEqual(sentences("It rained. We left. e.g. here"), ["It rained.", "We left. e.g. here"]);
});
