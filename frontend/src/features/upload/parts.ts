const MIB = 1024 * 1024;
const LEAST_BYTES = 8 * MIB;
const USUAL_PARTS = 512;
/** A File's bytes never change, so that nobody needs to read them for this twice. */
const hashed = new WeakMap<Blob, string[]>();

/** How large the parts of a file of `size` bytes are: whole MiB, few enough to list, small enough to send again. */
export function partBytes(size: number): number {
  return Math.max(LEAST_BYTES, Math.ceil(size / (USUAL_PARTS * MIB)) * MIB);
}

/** The SHA-256 of each part, in hexadecimal, with one part in memory at a time; undefined where the browser has no
 * cryptography to offer, which is so without TLS. `onRead` is told the bytes so far. */
export async function hashParts(file: Blob, size: number, onRead: (bytes: number) => void, signal: AbortSignal): Promise<string[] | undefined> {
  const subtle = globalThis.crypto?.subtle as SubtleCrypto | undefined;
  if (!subtle || hashed.has(file)) return hashed.get(file);
  const hashes: string[] = [];
  for (let start = 0; start < file.size; start += size) {
    signal.throwIfAborted();
    const end = Math.min(start + size, file.size);
    hashes.push(hexadecimal(await subtle.digest("SHA-256", await file.slice(start, end).arrayBuffer())));
    onRead(end);
  }
  hashed.set(file, hashes);
  return hashes;
}

function hexadecimal(digest: ArrayBuffer): string {
  return Array.from(new Uint8Array(digest), (byte) => byte.toString(16).padStart(2, "0")).join("");
}
