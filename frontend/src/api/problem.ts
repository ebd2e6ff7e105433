import type { Problem as ProblemBody } from "./generated";

/** A refusal of the registry's, or its absence (`status` 0). `message` is one sentence a person can act on. */
export class Problem extends Error {
  readonly status: number;
  readonly code: string;
  readonly fields: Readonly<Record<string, readonly string[]>>;

  constructor(status: number, body: Partial<ProblemBody>) {
    super(body.detail ?? "The registry answered in a way that this page doesn't understand.");
    this.name = "Problem";
    this.status = status;
    this.code = body.code ?? "unknown";
    this.fields = (body.errors ?? {}) as Record<string, string[]>;
  }

  /** What is wrong with one field, as one text; undefined when nothing is. */
  field(name: string): string | undefined {
    return this.fields[name]?.join(" ");
  }
}

const AWAY = "The registry can't be reached. Check your connection; this page tries again by itself.";

/** Whatever was thrown or answered, as a Problem. */
export function problemOf(error: unknown, status?: number): Problem {
  if (error instanceof Problem) return error;
  if (status === undefined) return new Problem(0, { detail: AWAY, code: "away" });
  if (typeof error === "object" && error !== null && "detail" in error) return new Problem(status, error as Partial<ProblemBody>);
  const detail = status >= 500 ? `The registry failed to answer (${status}). Try again in a moment.` : undefined;
  return new Problem(status, { detail, code: "unknown" });
}
