import { MantineProvider } from "@mantine/core";
import { cleanup, fireEvent, render, screen } from "@testing-library/react";
import { afterEach, expect, test, vi } from "vitest";
import { ModelCard } from "./ModelCard";

afterEach(cleanup);

function html(text: string): string {
  const { container } = render(<MantineProvider><ModelCard text={text} /></MantineProvider>);
  return container.querySelector("div[class*=card]")?.innerHTML ?? "";
}

test.each([
  ["<script>alert(1)</script>", ""],
  ["<img src=x onerror=alert(1)>", ""],
  ["<iframe src='https://example.org'></iframe>", ""],
  ["<svg onload=alert(1)>", ""],
])("%s leaves nothing", (text, left) => expect(html(text).trim()).toBe(left));

test.each(["javascript:alert(1)", "data:text/html,x", "vbscript:x", "/admin/", "//example.org", "JaVaScRiPt:alert(1)"])(
  "a link to %s is only its text",
  (target) => {
    const made = html(`[text](<${target}>)`);
    expect(made).toContain("text");
    expect(made).not.toContain("<a");
  },
);

test("an image from elsewhere is named, not loaded", () => {
  const made = html("![a whale](https://example.org/whale.png)");
  expect(made).toContain("Image not shown: a whale");
  expect(made).not.toContain("<img");
});

test("headings take their place below the page's own", () => {
  expect(html("# One\n\n## Two\n\n### Three").match(/<h\d/g)).toEqual(["<h3", "<h3", "<h4"]);
});

test("code is copied without the line's end, which a shell would take for Enter", async () => {
  const writeText = vi.fn(async () => {});
  vi.stubGlobal("navigator", { ...navigator, clipboard: { writeText } });
  html("```sh\npip install x\n  run\n```");
  fireEvent.click(screen.getByRole("button", { name: "Copy: this code" }));
  await vi.waitFor(() => expect(writeText).toHaveBeenCalledWith("pip install x\n  run"));
  vi.unstubAllGlobals();
});
