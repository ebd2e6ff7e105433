import type { File } from "@/api/generated";

/** The files whose paths have every one of the words in them, in any case. */
export function containing(files: readonly File[], words: string): readonly File[] {
  const wanted = words.toLowerCase().split(/\s+/).filter(Boolean);
  return files.filter(({ path }) => wanted.every((word) => path.toLowerCase().includes(word)));
}

/** Files in which the scan found something come first; the others keep their order. */
export function worstFirst(files: readonly File[]): File[] {
  const order: Readonly<Record<File["scan"]["verdict"], number>> = { malicious: 0, suspicious: 1, clean: 2, not_scanned: 2 };
  return [...files].sort((one, other) => order[one.scan.verdict] - order[other.scan.verdict]);
}
