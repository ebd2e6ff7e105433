import { deflateRawSync } from "node:zlib";
import { expect, test } from "vitest";
import { fromFrontMatter, readManifest } from "./manifest";

/** A zip archive of these files, deflated or stored; without checksums, which nobody looks at here. */
function archive(files: Record<string, string>, { stored = false, comment = "" } = {}): Blob {
  const bodies: Buffer[] = [];
  const entries: Buffer[] = [];
  let offset = 0;
  for (const [path, text] of Object.entries(files)) {
    const data = stored ? Buffer.from(text) : deflateRawSync(text);
    const local = Buffer.alloc(30);
    local.writeUInt32LE(0x04034b50, 0);
    local.writeUInt16LE(Buffer.byteLength(path), 26);
    const entry = Buffer.alloc(46);
    entry.writeUInt32LE(0x02014b50, 0);
    entry.writeUInt16LE(stored ? 0 : 8, 10);
    entry.writeUInt32LE(data.length, 20);
    entry.writeUInt32LE(Buffer.byteLength(text), 24);
    entry.writeUInt16LE(Buffer.byteLength(path), 28);
    entry.writeUInt32LE(offset, 42);
    bodies.push(local, Buffer.from(path), data);
    entries.push(entry, Buffer.from(path));
    offset += 30 + Buffer.byteLength(path) + data.length;
  }
  const directory = Buffer.concat(entries);
  const end = Buffer.alloc(22);
  end.writeUInt32LE(0x06054b50, 0);
  end.writeUInt32LE(directory.length, 12);
  end.writeUInt32LE(offset, 16);
  end.writeUInt16LE(comment.length, 20);
  return new Blob([Buffer.concat([...bodies, directory, end, Buffer.from(comment)])]);
}

const CONFIG = '{"name": "org/model", "version": "1.0.0"}';

test.each([
  ["deflated", archive({ "config.json": CONFIG })],
  ["stored", archive({ "config.json": CONFIG }, { stored: true })],
  ["with a comment", archive({ "config.json": CONFIG }, { comment: "hello" })],
  ["inside one folder", archive({ "model-main/config.json": CONFIG, "model-main/weights.bin": "" })],
])("a manifest is read from an archive that is %s", async (_how, blob) => {
  expect(await readManifest(blob)).toMatchObject({ name: "org/model", version: "1.0.0" });
});

test("package.json is believed before config.json, which is believed before the card", async () => {
  const card = '---\nname: card\nversion: "3"\ndescription: From the card.\n---\n# Card';
  const all = { "README.md": card, "config.json": '{"name": "config", "version": "2"}', "package.json": '{"name": "npm"}' };
  expect(await readManifest(archive(all))).toEqual({ name: "npm", version: "2", description: "From the card." });
});

test.each([
  ["nothing", new Blob([])],
  ["no archive", new Blob(["hello"])],
  ["an archive without manifests", archive({ "a.txt": "a" })],
  ["two top folders", archive({ "a/config.json": CONFIG, "b/x": "" })],
  ["broken JSON", archive({ "config.json": "{" })],
])("%s declares nothing", async (_what, blob) => expect(await readManifest(blob)).toEqual({}));

test.each([
  ["---\nname: a\n---\n", "a"],
  ["---\r\nname: a b \r\n---\r\n", "a b"],
  ["---\nname: 'a'\n---\n", "a"],
  ["---\nmodel_name: a\n---\n", "a"],
  ["---\nname: [a]\n---\n", undefined],
  ['---\nname: "\\u0441\\u0443\\u0440\\u043e\\u043a"\n---\n', "сурок"],
  ['---\nname: "a\\x41"\n---\n', "a\\x41"],
  ["---\nname: 'a\\u0041'\n---\n", "a\\u0041"],
  ["name: a\n", undefined],
  ["# A\n---\nname: a\n---\n", undefined],
])("front matter %j names %s", (text, name) => expect(fromFrontMatter(text).name).toBe(name));
