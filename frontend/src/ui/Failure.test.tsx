import { MantineProvider } from "@mantine/core";
import { cleanup, fireEvent, render, screen } from "@testing-library/react";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { Problem } from "@/api/problem";
import { Failure } from "./Failure";

beforeEach(() => void vi.useFakeTimers());
afterEach(() => {
  cleanup();
  vi.useRealTimers();
});

function show(status: number): () => unknown {
  const retry = vi.fn();
  render(<MantineProvider><Failure error={new Problem(status, { detail: "Because." })} retry={retry} /></MantineProvider>);
  return retry;
}

test.each([
  [0, 2],
  [500, 0],
  [403, 0],
])("with status %d it is tried again by itself %d times in ten seconds", (status, times) => {
  const retry = show(status);
  vi.advanceTimersByTime(10_000);
  expect(retry).toHaveBeenCalledTimes(times);
});

test("a failure can be tried again by hand", () => {
  const retry = show(500);
  fireEvent.click(screen.getByRole("button", { name: "Try again" }));
  expect(retry).toHaveBeenCalledOnce();
});

test.each([403, 404])("what is refused with %d isn't offered again", (status) => {
  show(status);
  expect(screen.queryByRole("button")).toBeNull();
});
