import assert from "node:assert/strict";
import { test } from "node:test";

import { VectorIndex } from "../index.js";

test("the nearest comes first", () => {
  const index = new VectorIndex();
  index.add("north", [0, 1]);
  index.add("east", [1, 0]);
  assert.deepEqual(index.nearest([0.1, 2]).map(({ key }) => key), ["north", "east"]);
});

test("an empty index finds nothing", () => {
  assert.deepEqual(new VectorIndex().nearest([1, 0]), []);
});
