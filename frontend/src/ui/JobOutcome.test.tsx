import { MantineProvider } from "@mantine/core";
import { cleanup, render, screen } from "@testing-library/react";
import { MemoryRouter } from "react-router";
import { afterEach, expect, test } from "vitest";
import type { Job } from "@/api/generated";
import { Outcome } from "./JobOutcome";

afterEach(cleanup);

const JOB: Job = { job_id: "1", kind: "ingest", status: "queued", package_id: null, name: "org/model", version: "1", error: null, created_at: "2026-11-23T12:00:00Z" };

function show(job: Partial<Job>) {
  render(<MantineProvider><MemoryRouter><Outcome job={{ ...JOB, ...job }} says={{ begun: "Ingest begun.", done: "Ingest successful." }} /></MemoryRouter></MantineProvider>);
}

test("a running job shows its stage and progress", () => {
  show({ status: "running", stage: "scoring", progress: 0.4 });
  expect(screen.getByRole("status").textContent).toContain("Ingest begun.");
  expect(screen.getByText("scoring")).toBeTruthy();
  expect(screen.getByRole("progressbar").getAttribute("aria-valuenow")).toBe("40");
});

test("a job that succeeded leads to its package", () => {
  show({ status: "succeeded", package_id: "abc" });
  expect(screen.getByRole("status").textContent).toContain("Ingest successful");
  expect(screen.getByRole("link").getAttribute("href")).toBe("/package/abc");
});

test("a rejected ingest shows every score, those first that failed", () => {
  const scores = { net_score: 0.8, bus_factor: { value: 0.2, status: "measured", reason: "One author." }, tree_score: -1 };
  show({ status: "rejected", scores, failed_metrics: ["bus_factor"], error: { detail: "One metric is under 0.5.", code: "rejected" } });
  expect(screen.getByRole("alert").textContent).toBe("Rejected: its scores don't pass the gateOne metric is under 0.5.");
  expect(screen.getAllByRole("rowheader").map((header) => header.textContent)).toEqual(["Bus factor failed", "Net score ", "Tree score "]);
  expect(screen.getByText("One author.")).toBeTruthy();
});

test.each([
  ["unavailable", "Not decided: evidence could not be had"],
  ["failed", "Failed"],
] as const)("a job that is %s says why", (status, title) => {
  show({ status, error: { detail: "Because.", code: "x" } });
  expect(screen.getByRole("alert").textContent).toBe(`${title}Because.`);
});
