import { expect, test } from "vitest";
import type { ConfusionFinding } from "@/api/generated";
import { worstFirst } from "./Findings";

function finding(id: string, severity: ConfusionFinding["severity"], state: ConfusionFinding["state"]): ConfusionFinding {
  return { id, severity, state, package_id: "p", package: "p 1", pattern: "", details: {}, lookalike_id: null, detected_at: "" };
}

test("the worst finding comes first, a dismissed one last", () => {
  const findings = [finding("a", "low", "open"), finding("b", "high", "dismissed"), finding("c", "medium", "open"), finding("d", "high", "confirmed")];
  expect(worstFirst(findings).map(({ id }) => id)).toEqual(["d", "c", "a", "b"]);
});
