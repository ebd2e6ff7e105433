import { MantineProvider } from "@mantine/core";
import { cleanup, render, screen } from "@testing-library/react";
import { afterEach, expect, test } from "vitest";
import { LastHour } from "./LastHour";

afterEach(cleanup);

const quiet = { requests: 0, errors: 0, p50_ms: null, p95_ms: null, p99_ms: null, minutes: [] };
const busy = {
  ...quiet,
  requests: 4,
  errors: 1,
  p50_ms: 2.68,
  p95_ms: 84,
  p99_ms: 1_200,
  minutes: [0, 3, 1].map((requests, place) => ({ minute: `2026-11-23T12:0${place}:00Z`, requests, errors: requests === 1 ? 1 : 0 })),
};

function shown(hour: Parameters<typeof LastHour>[0]["hour"]) {
  render(<LastHour hour={hour} />, { wrapper: MantineProvider });
}

test("an hour without requests says so", () => {
  shown(quiet);
  expect(screen.getByText("Quiet")).toBeTruthy();
  expect(screen.queryByRole("img")).toBeNull();
});

test("an hour's requests are bars, numbers and words", () => {
  shown(busy);
  const picture = screen.getByRole("img", { name: "Requests minute by minute: 4 in 2 minutes, at most 3 in one; 1 failed." });
  expect([...picture.querySelectorAll("rect")].map((bar) => [bar.getAttribute("x"), bar.getAttribute("height"), bar.dataset["failed"]])).toEqual([
    ["1.1", "24", undefined],
    ["2.1", "8", undefined],
    ["2.1", "8", "true"],
  ]);
  expect(screen.getAllByRole("definition").map((each) => each.textContent)).toEqual(["4", "1 (25 %)", "2.7 ms", "84 ms", "1.2 s"]);
});
