import { globSync, readFileSync } from "node:fs";
import { expect, test } from "vitest";

const SOURCES = globSync("src/**/*.{ts,tsx}").filter((path) => !path.includes("generated"));
const IMPORT = /from "(@\/[^"]+)"/g;

/** What a room may import besides the rooms below it. */
const BELOW: Readonly<Record<string, readonly string[]>> = {
  format: [],
  api: ["api"],
  ui: ["api", "format", "ui"],
  features: ["api", "format", "ui"],
  pages: ["api", "format", "ui", "features", "app/icon.svg"],
};

test.each(Object.keys(BELOW))("%s imports only what lies below it, and no feature another", (room) => {
  const wrong = SOURCES.filter((path) => path.startsWith(`src/${room}/`)).flatMap((path) =>
    [...readFileSync(path, "utf8").matchAll(IMPORT)]
      .map(([, target]) => target?.slice(2) ?? "")
      .filter((target) => !BELOW[room]?.some((below) => target === below || target.startsWith(`${below}/`)))
      .map((target) => `${path} imports ${target}`),
  );
  expect(wrong).toEqual([]);
});
