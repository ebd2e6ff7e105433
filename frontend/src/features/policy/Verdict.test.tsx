import { cleanup, render, screen } from "@testing-library/react";
import { afterEach, expect, test } from "vitest";
import type { Tried } from "@/api/generated";
import { Verdict } from "./Verdict";

afterEach(cleanup);

const TRIED: Tried = { approved: true, code: "approved", reason: "Anybody may.", duration_ms: 3.2, lockdown: {} };
const PAST = { user: "kim", timestamp: "2026-11-23T12:00:00Z", kind: "full", outcome: "approved", code: "rejected", reason: "Not Kim." } as const;

test("what it says to oneself", () => {
  render(<Verdict tried={TRIED} />);
  expect(screen.getByText("approved")).toBeTruthy();
  expect(screen.queryByText(/would have refused/)).toBeNull();
});

test.each([
  [{ total: 2, considered: 2, refused: 0, decisions: [{ ...PAST, approved: true }] }, "Of the last 2 downloads it would have refused none.", 0],
  [{ total: 9, considered: 1, refused: 1, decisions: [{ ...PAST, approved: false }] }, "Of the last 1 download it would have refused 1.", 1],
  [{ total: 0, considered: 0, refused: 0, decisions: [] }, null, 0],
])("what it would have said in the past (%#)", (history, says, listed) => {
  const { container } = render(<Verdict tried={{ ...TRIED, history }} />);
  expect(screen.queryByText(/would have refused/)?.textContent ?? null).toBe(says);
  expect(container.querySelectorAll("li")).toHaveLength(listed);
});
