import { createHash } from "node:crypto";
import { expect, test, vi } from "vitest";
import { hashParts, partBytes } from "./parts";

const MIB = 1024 * 1024;
const GIB = 1024 * MIB;
const never = new AbortController().signal;
const sha256 = (text: string) => createHash("sha256").update(text).digest("hex");

test.each([
  [1, 8 * MIB],
  [4 * GIB, 8 * MIB],
  [4 * GIB + 1, 9 * MIB],
  [50 * GIB, 100 * MIB],
])("a file of %i bytes is cut into parts of %i", (size, part) => expect(partBytes(size)).toBe(part));

test("every part is hashed by itself, and a file read once", async () => {
  const file = new Blob(["abcdefg"]);
  const read = vi.fn<(bytes: number) => void>();
  const hashes = [sha256("abc"), sha256("def"), sha256("g")];
  expect(await hashParts(file, 3, read, never)).toEqual(hashes);
  expect(await hashParts(file, 3, read, never)).toEqual(hashes);
  expect(read.mock.calls).toEqual([[3], [6], [7]]);
});

test("reading ends when asked to", async () => {
  const stop = new AbortController();
  await expect(hashParts(new Blob(["abcd"]), 2, () => stop.abort(), stop.signal)).rejects.toThrow();
});

test("without TLS there are no hashes", async () => {
  vi.stubGlobal("crypto", {});
  expect(await hashParts(new Blob(["abc"]), 3, () => undefined, never)).toBeUndefined();
  vi.unstubAllGlobals();
});
