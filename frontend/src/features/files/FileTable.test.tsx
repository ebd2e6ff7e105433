import { MantineProvider } from "@mantine/core";
import { cleanup, fireEvent, render, screen } from "@testing-library/react";
import { afterEach, expect, test } from "vitest";
import type { File } from "@/api/generated";
import { FileTable } from "./FileTable";

afterEach(cleanup);

function file(path: string, verdict: File["scan"]["verdict"] = "clean"): File {
  return { path, size: 1_000, sha256: "0123456789abcdef", is_weight: false, scan: { verdict, findings: [] } };
}

function show(files: readonly File[]): void {
  render(<MantineProvider><FileTable files={files} /></MantineProvider>);
}

const paths = () => screen.getAllByRole("rowheader").map((header) => header.textContent?.trim());

test("what the scan found something in comes first", () => {
  show([file("a"), file("b", "malicious"), file("c", "suspicious"), file("d", "not_scanned")]);
  expect(paths()).toEqual(["b", "c", "a", "d"]);
  expect(screen.queryByRole("searchbox")).toBeNull();
});

test("of many files the first are shown, and all on request", () => {
  show(Array.from({ length: 120 }, (_, index) => file(`part-${index}`)));
  expect(paths()).toHaveLength(100);
  fireEvent.click(screen.getByRole("button", { name: "Show all 120" }));
  expect(paths()).toHaveLength(120);
});

test("many files are found by parts of their paths", () => {
  show([...Array.from({ length: 20 }, (_, index) => file(`part-${index}`)), file("Tokenizer/vocabulary.json")]);
  fireEvent.change(screen.getByRole("searchbox"), { target: { value: "tok json" } });
  expect(paths()).toEqual(["Tokenizer/vocabulary.json"]);
  expect(screen.getByRole("status").textContent).toBe("1 of 21 files, 1 kB unpacked.");
  fireEvent.change(screen.getByRole("searchbox"), { target: { value: "zebra" } });
  expect(screen.getByText("No path has “zebra” in it.")).toBeTruthy();
});
