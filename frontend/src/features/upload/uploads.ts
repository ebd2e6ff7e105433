import { useSyncExternalStore } from "react";
import { abandonUpload } from "@/api/generated";
import { Problem } from "@/api/problem";
import { inParts } from "./inParts";
import { NO_LABELS, type Labels } from "./labels";
import { readManifest, type Declared } from "./manifest";
import { inOneRequest, type Progress, type Transport } from "./transport";

export type Phase = "chosen" | "sending" | "accepted" | "refused";

export interface Upload {
  id: number;
  file: File;
  labels: Labels;
  /** What the archive itself says; null until it is read. */
  declared: Declared | null;
  phase: Phase;
  progress: Progress;
  problem: Problem | null;
  jobId: string | null;
  /** Of an upload in parts that has begun: sent again, it goes on where it stopped. */
  uploadId: string | null;
}

const NONE_YET: Progress = { step: "sending", bytes: 0 };
const MOST_IN_ONE_BYTES = 4 * 1024 * 1024; // what a serverless registry, too, takes in one request
const inSeveral = inParts();

/** Small files in one request, the others in parts. */
const bySize: Transport = (file, labels, sending) => (file.size > MOST_IN_ONE_BYTES ? inSeveral : inOneRequest)(file, labels, sending);

/** Has the registry forget what it holds of an upload; where that can't be said it does so by itself, in a day. */
async function forget(uploadId: string): Promise<void> {
  await abandonUpload({ path: { upload_id: uploadId } });
}

/** The uploads of this browser tab. They stand outside any page, so that leaving one doesn't stop them. */
export class Uploads {
  #uploads: readonly Upload[] = [];
  #listeners = new Set<() => void>();
  #stops = new Map<number, AbortController>();
  #lastId = 0;
  #username: string | null = null;

  constructor(private readonly transport: Transport = bySize, private readonly abandon: (uploadId: string) => Promise<void> = forget) {}

  readonly current = (): readonly Upload[] => this.#uploads;

  readonly subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  };

  /** Forgets the uploads of whoever was signed in before, if that was somebody else. */
  belongTo(username: string): void {
    if (this.#username !== null && this.#username !== username) for (const { id } of this.#uploads) this.remove(id);
    this.#username = username;
  }

  choose(files: Iterable<File>): void {
    const added = [...files].map((file): Upload => ({
      id: ++this.#lastId, file, labels: NO_LABELS, declared: null, phase: "chosen", progress: NONE_YET, problem: null, jobId: null, uploadId: null,
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
    this.#change(id, { phase: "sending", progress: NONE_YET, problem: null });
    const sending = {
      onProgress: ({ step, bytes }: Progress) => this.#change(id, { progress: { step, bytes: Math.min(bytes, upload.file.size) } }),
      onBegun: (uploadId: string) => this.#change(id, { uploadId }),
      signal: stop.signal,
    };
    try {
      const accepted = await this.transport(upload.file, upload.labels, sending);
      this.#change(id, { phase: "accepted", progress: { step: "sending", bytes: upload.file.size }, jobId: accepted.job_id, uploadId: null });
    } catch (error) {
      const problem = error instanceof Problem ? error : new Problem(500, {});
      this.#change(id, { progress: NONE_YET, ...(problem.code === "stopped" ? { phase: "chosen" } : { phase: "refused", problem }) });
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
    const uploadId = this.#uploads.find((each) => each.id === id)?.uploadId;
    if (uploadId) void this.abandon(uploadId);
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

export const uploads = new Uploads();

export function useUploads(): readonly Upload[] {
  return useSyncExternalStore(uploads.subscribe, uploads.current);
}
