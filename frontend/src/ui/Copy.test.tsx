import { MantineProvider } from "@mantine/core";
import { cleanup, fireEvent, render, screen } from "@testing-library/react";
import { afterEach, expect, test, vi } from "vitest";
import { Copy } from "./Copy";

function press(): void {
  render(<MantineProvider><Copy text="some words" what="Words" /></MantineProvider>);
  fireEvent.click(screen.getByRole("button", { name: "Copy: Words" }));
}

afterEach(() => {
  cleanup();
  vi.unstubAllGlobals();
});

test("a text is copied, and that is said", async () => {
  const writeText = vi.fn(async () => {});
  vi.stubGlobal("navigator", { ...navigator, clipboard: { writeText } });
  press();
  await vi.waitFor(() => expect(screen.getByRole("status").textContent).toBe("Copied"));
  expect(writeText).toHaveBeenCalledWith("some words");
});

test.each([
  [true, "Copied"],
  [false, "Select it by hand"],
])("without a clipboard a selection is copied (%s)", async (works, says) => {
  vi.stubGlobal("navigator", { ...navigator, clipboard: undefined });
  document.execCommand = vi.fn(() => works);
  press();
  await vi.waitFor(() => expect(screen.getByRole("status").textContent).toBe(says));
  expect(document.querySelector("textarea")).toBeNull();
});
