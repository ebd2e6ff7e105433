import { useSyncExternalStore } from "react";
import { Problem } from "@/api/problem";
import { readManifest, type Declared } from "./manifest";
import { inOneRequest, type Transport } from "./transport";

export interface Labels {
  name: string;
  version: string;
  description: string;
  isSensitive: boolean;
  policy: File | null;
}
export type Phase = "chosen" | "sending" | "accepted" | "refused";

export interface Upload {
  id: number;
  file: File;
  labels: Labels;
  /** What the archive itself says; null until it is read. */
  declared: Declared | null;
  phase: Phase;
  sentBytes: number;
  problem: Problem | null;
  jobId: string | null;
}

const NO_LABELS: Labels = { name: "", version: "", description: "", isSensitive: false, policy: null };

/** The uploads of this browser tab. They stand outside any page, so that leaving one doesn't stop them. */
export class Uploads {
  #uploads: readonly Upload[] = [];
  #listeners = new Set<() => void>();
  #stops = new Map<number, AbortController>();
  #lastId = 0;

  constructor(private readonly transport: Transport = inOneRequest) {}

  readonly current = (): readonly Upload[] => this.#uploads;

  readonly subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  };

  choose(files: Iterable<File>): void {
    const added = [...files].map((file): Upload => ({
      id: ++this.#lastId, file, labels: NO_LABELS, declared: null, phase: "chosen", sentBytes: 0, problem: null, jobId: null,
    }));
    this.#set([...this.#uploads, ...added]);
    for (const { id, file } of added) void readManifest(file).then((declared) => this.#change(id, { declared }));
  }

  label(id: number, labels: Partial<Labels>): void {
    const upload = this.#uploads.find((each) => each.id === id);
    if (upload) this.#change(id, { labels: { ...upload.labels, ...labels } });
  }

  async send(id: number): Promise<void> {
    const upload = this.#uploads.find((each) => each.id === id);
    if (!upload || upload.phase === "sending" || upload.phase === "accepted") return;
    const stop = new AbortController();
    this.#stops.set(id, stop);
    this.#change(id, { phase: "sending", sentBytes: 0, problem: null });
    try {
      const onProgress = (sent: number) => this.#change(id, { sentBytes: Math.min(sent, upload.file.size) });
      const accepted = await this.transport(upload.file, asForm(upload.labels), { onProgress, signal: stop.signal });
      this.#change(id, { phase: "accepted", sentBytes: upload.file.size, jobId: accepted.job_id });
    } catch (error) {
      const problem = error instanceof Problem ? error : new Problem(500, {});
      this.#change(id, problem.code === "stopped" ? { phase: "chosen", sentBytes: 0 } : { phase: "refused", problem });
    } finally {
      this.#stops.delete(id);
    }
  }

  /** Everything that waits or was refused, one after another: a line shared by many is no faster for any. */
  async sendAll(): Promise<void> {
    for (const { id } of this.#uploads.filter(canBeSent)) await this.send(id);
  }

  stop(id: number): void {
    this.#stops.get(id)?.abort();
  }

  remove(id: number): void {
    this.stop(id);
    this.#set(this.#uploads.filter((each) => each.id !== id));
  }

  #change(id: number, to: Partial<Upload>): void {
    this.#set(this.#uploads.map((each) => (each.id === id ? { ...each, ...to } : each)));
  }

  #set(uploads: readonly Upload[]): void {
    this.#uploads = uploads;
    for (const listener of this.#listeners) listener();
  }
}

export function canBeSent(upload: Upload): boolean {
  return upload.phase === "chosen" || upload.phase === "refused";
}

function asForm(labels: Labels): FormData {
  const form = new FormData();
  for (const key of ["name", "version", "description"] as const) {
    if (labels[key].trim()) form.append(key, labels[key].trim());
  }
  if (labels.isSensitive) form.append("is_sensitive", "true");
  if (labels.isSensitive && labels.policy) form.append("js_policy", labels.policy);
  return form;
}

export const uploads = new Uploads();

export function useUploads(): readonly Upload[] {
  return useSyncExternalStore(uploads.subscribe, uploads.current);
}
