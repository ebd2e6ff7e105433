import { csrfToken } from "@/api/client";
import type { Accepted } from "@/api/generated";
import { Problem, problemOf } from "@/api/problem";
import { given, type Labels } from "./labels";
import { sendBytes } from "./sendBytes";

/** How far a file is: its bytes read to be hashed, or sent; `waiting` while the registry can't be reached. */
export interface Progress {
  step: "reading" | "sending" | "waiting";
  bytes: number;
}

export interface Sending {
  onProgress: (progress: Progress) => void;
  /** Told the id of an upload in parts, which outlives a failure. */
  onBegun: (uploadId: string) => void;
  signal: AbortSignal;
}

/** Gets a package's bytes and labels to the registry, or throws a Problem: STOPPED when asked to stop. One way of many:
 * uploads know no other name than this. */
export type Transport = (file: File, labels: Labels, sending: Sending) => Promise<Accepted>;

const SIGNED_OUT = "Your browser was signed out while the file was on its way. Sign in again, then send it again.";

/** A refusal as whoever sends a file reads it. */
export function refusalOf(error: unknown, status?: number): Problem {
  const problem = problemOf(error, status);
  return problem.status === 401 ? new Problem(401, { detail: SIGNED_OUT, code: "not_authenticated" }) : problem;
}

/** The whole package in one POST. */
export const inOneRequest: Transport = async (file, labels, { onProgress, signal }) => {
  const body = new FormData();
  for (const [name, value] of Object.entries(given(labels))) body.append(name, value instanceof File ? value : String(value));
  body.append("file", file);
  const headers = { Accept: "application/json", "X-CSRFToken": csrfToken() };
  const onSent = (bytes: number) => onProgress({ step: "sending", bytes });
  const answer = await sendBytes({ method: "POST", url: "/package", headers, body, onProgress: onSent, signal });
  if (answer.status !== 200) throw refusalOf(answer.body, answer.status || undefined);
  return answer.body as Accepted;
};
