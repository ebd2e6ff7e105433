import { expect, test } from "vitest";
import { given, NO_LABELS, type Labels } from "./labels";

const policy = new File(["x"], "policy.js");

test.each<[string, Partial<Labels>, object]>([
  ["nothing", {}, {}],
  ["blanks", { name: " ", version: "", description: "\n" }, {}],
  ["words", { name: " org/a ", version: "1.0.0", description: "A b." }, { name: "org/a", version: "1.0.0", description: "A b." }],
  ["a policy for everybody", { policy }, {}],
  ["a sensitive package", { isSensitive: true }, { is_sensitive: true }],
  ["a guarded package", { isSensitive: true, policy }, { is_sensitive: true, js_policy: policy }],
])("of %s only what was given is sent", (_what, labels, sent) => expect(given({ ...NO_LABELS, ...labels })).toEqual(sent));
