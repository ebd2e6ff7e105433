/** What an archive says about itself, as far as a look at its small files tells. */
export interface Declared {
  name?: string;
  version?: string;
  description?: string;
}

interface Member {
  path: string;
  method: number;
  compressedSize: number;
  size: number;
  headerOffset: number;
}

const END = { signature: 0x06054b50, size: 22, longestComment: 65_535 } as const;
const ENTRY = { signature: 0x02014b50, size: 46 } as const;
const LOCAL = { signature: 0x04034b50, size: 30 } as const;
const STORED = 0;
const DEFLATED = 8;
const LARGEST_DIRECTORY = 8 * 1024 * 1024;
const LARGEST_MANIFEST = 1024 * 1024;

/** Name, version and description from package.json, config.json or the model card, in the server's order of trust.
 * Reads the archive's directory and those files alone, whatever its size. Empty for what can't be read: the server says why. */
export async function readManifest(archive: Blob): Promise<Declared> {
  try {
    const members = await readDirectory(archive);
    const root = commonFolder(members);
    const found: Declared = {};
    for (const [path, understand] of SOURCES) {
      const member = members.find((each) => each.path === root + path);
      if (!member) continue;
      const declared = understand(await readText(archive, member));
      found.name ??= declared.name;
      found.version ??= declared.version;
      found.description ??= declared.description;
    }
    return found;
  } catch {
    return {};
  }
}

const SOURCES: readonly [string, (text: string) => Declared][] = [
  ["package.json", fromJson],
  ["config.json", fromJson],
  ["README.md", fromFrontMatter],
];

function fromJson(text: string): Declared {
  const document = JSON.parse(text) as Record<string, unknown>;
  return {
    name: words(document.name) ?? words(document.model_name),
    version: words(document.version),
    description: words(document.description) ?? words(document.model_description),
  };
}

/** The plain `key: value` lines of a model card's front matter; anything cleverer is left to the server. */
export function fromFrontMatter(text: string): Declared {
  const block = /^---[ \t]*\r?\n([\s\S]*?\n)?---[ \t]*(?:\r?\n|$)/.exec(text)?.[1] ?? "";
  const value = (key: string) => {
    const [, quote, inner] = new RegExp(`^${key}:[ \\t]*(["']?)(.+?)\\1[ \\t]*\\r?$`, "m").exec(block) ?? [];
    return words(quote === '"' ? unescaped(inner ?? "") : inner);
  };
  return { name: value("name") ?? value("model_name"), version: value("version"), description: value("description") };
}

/** A double-quoted text with its escapes undone, where they are those that YAML shares with JSON. */
function unescaped(inner: string): string {
  try {
    return String(JSON.parse(`"${inner}"`));
  } catch {
    return inner;
  }
}

function words(value: unknown): string | undefined {
  return typeof value === "string" && value.trim() && !/^[[{|>&*]/.test(value) ? value.trim() : undefined;
}

/** The one top folder that holds everything, with its slash; empty where the manifests stand at the top. */
function commonFolder(members: readonly Member[]): string {
  const folder = /^[^/]+\//.exec(members[0]?.path ?? "")?.[0] ?? "";
  return folder && members.every((member) => member.path.startsWith(folder)) ? folder : "";
}

async function readDirectory(archive: Blob): Promise<Member[]> {
  const tail = await bytesOf(archive, Math.max(0, archive.size - END.size - END.longestComment), archive.size);
  let end = tail.byteLength - END.size;
  while (end >= 0 && tail.getUint32(end, true) !== END.signature) end -= 1;
  if (end < 0) throw new Error("No end record.");
  const [length, start] = [tail.getUint32(end + 12, true), tail.getUint32(end + 16, true)];
  if (length > LARGEST_DIRECTORY || start + length > archive.size) throw new Error("A directory that isn't read here.");
  const directory = await bytesOf(archive, start, start + length);
  const members: Member[] = [];
  for (let at = 0; at + ENTRY.size <= directory.byteLength && directory.getUint32(at, true) === ENTRY.signature; ) {
    const [nameLength, extraLength, commentLength] = [28, 30, 32].map((offset) => directory.getUint16(at + offset, true)) as [number, number, number];
    members.push({
      path: new TextDecoder().decode(new Uint8Array(directory.buffer, at + ENTRY.size, nameLength)),
      method: directory.getUint16(at + 10, true),
      compressedSize: directory.getUint32(at + 20, true),
      size: directory.getUint32(at + 24, true),
      headerOffset: directory.getUint32(at + 42, true),
    });
    at += ENTRY.size + nameLength + extraLength + commentLength;
  }
  return members;
}

async function readText(archive: Blob, member: Member): Promise<string> {
  if (Math.max(member.size, member.compressedSize) > LARGEST_MANIFEST) throw new Error("Too large for a manifest.");
  const header = await bytesOf(archive, member.headerOffset, member.headerOffset + LOCAL.size);
  if (header.getUint32(0, true) !== LOCAL.signature) throw new Error("No local header.");
  const start = member.headerOffset + LOCAL.size + header.getUint16(26, true) + header.getUint16(28, true);
  const data = archive.slice(start, start + member.compressedSize);
  if (member.method === STORED) return data.text();
  if (member.method !== DEFLATED) throw new Error("An unknown compression.");
  const reader = data.stream().pipeThrough(new DecompressionStream("deflate-raw")).getReader();
  const decoder = new TextDecoder();
  let text = "";
  for (let part = await reader.read(); !part.done; part = await reader.read()) {
    text += decoder.decode(part.value, { stream: true });
    if (text.length > LARGEST_MANIFEST) throw new Error("Larger than it says.");
  }
  return text;
}

async function bytesOf(archive: Blob, start: number, end: number): Promise<DataView> {
  return new DataView(await archive.slice(start, end).arrayBuffer());
}
