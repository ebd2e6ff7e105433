/** One line of evidence: its name in words and what was found, nested ones indented by `depth`. */
export interface EvidenceLine {
  name: string;
  value: string;
  depth: number;
}

const MOST_LINES = 60;
const MOST_ITEMS = 8;

/** Evidence, which every metric shapes in its own way, as lines for people. Long lists are cut, and say so. */
export function evidenceLines(evidence: unknown, depth = 0): EvidenceLine[] {
  if (!isObject(evidence)) return evidence === null || evidence === undefined ? [] : [{ name: "", value: plain(evidence), depth }];
  const lines: EvidenceLine[] = [];
  for (const [key, value] of Object.entries(evidence)) {
    const name = key.replaceAll("_", " ");
    if (isObject(value)) {
      lines.push({ name, value: Object.keys(value).length ? "" : "none", depth }, ...evidenceLines(value, depth + 1));
    } else if (Array.isArray(value) && value.some(isObject)) {
      lines.push({ name, value: `${value.length}`, depth });
      for (const item of value.slice(0, MOST_ITEMS)) lines.push({ name: "", value: plain(item), depth: depth + 1 });
      if (value.length > MOST_ITEMS) lines.push({ name: "", value: `and ${value.length - MOST_ITEMS} more`, depth: depth + 1 });
    } else {
      lines.push({ name, value: plain(value), depth });
    }
  }
  return lines.slice(0, MOST_LINES);
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function plain(value: unknown): string {
  if (value === null || value === undefined) return "unknown";
  if (typeof value === "boolean") return value ? "yes" : "no";
  if (typeof value === "number") return Number.isInteger(value) ? value.toLocaleString("en") : String(Number(value.toFixed(4)));
  if (Array.isArray(value)) {
    const shown = value.slice(0, MOST_ITEMS).map(plain).join(", ");
    return value.length > MOST_ITEMS ? `${shown} and ${value.length - MOST_ITEMS} more` : shown || "none";
  }
  if (isObject(value)) return Object.entries(value).map(([key, inner]) => `${key.replaceAll("_", " ")}: ${plain(inner)}`).join(" · ");
  return String(value);
}
