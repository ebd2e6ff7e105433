import { beginUpload, completeUpload, uploadState, type MultipartUpload, type Part } from "@/api/generated";
import { Problem, problemOf } from "@/api/problem";
import { given, type Labels } from "./labels";
import { hashParts, partBytes } from "./parts";
import { sendBytes, STOPPED, type Answered, type SendBytes } from "./sendBytes";
import { refusalOf, type Progress, type Sending, type Transport } from "./transport";

const AT_ONCE = 3; // browsers keep six connections to a host, and the page needs some itself
const MOST_REFUSALS = 5; // of one part
const MOST_ATTEMPTS = 20; // for one part, while the registry answers; where it doesn't, it is waited for
const LONGEST_PAUSE_MS = 30_000;
const UNREADABLE = new Problem(0, { detail: "The file was changed or is gone; choose it again.", code: "unreadable" });

/** Resolves after so many milliseconds, or as soon as the browser is online again or asked to stop. */
export type Pause = (milliseconds: number, signal: AbortSignal) => Promise<void>;

/** A large file by `/uploads`: hashed and sent part by part, some at once, each again until it is there. What the registry
 * holds of the same file from before isn't sent again. (Uppy's S3 plugin speaks S3 itself; it knows neither parts whose
 * URLs are signed beforehand, nor their hashes, nor local storage.) */
export function inParts(send: SendBytes = sendBytes, pause: Pause = pauseFor): Transport {
  return async (file, labels, sending) => {
    try {
      return await new PartedFile(file, sending, send, pause).sendWith(labels);
    } catch (error) {
      if (sending.signal.aborted) throw STOPPED;
      throw error instanceof DOMException ? UNREADABLE : refusalOf(error, 500);
    }
  };
}

/** One file on its way. The first part that can't be sent ends the others. */
class PartedFile {
  readonly #sent = new Map<number, number>();
  readonly #failed = new AbortController();
  readonly #signal: AbortSignal;

  constructor(
    private readonly file: File,
    private readonly sending: Sending,
    private readonly send: SendBytes,
    private readonly pause: Pause,
  ) {
    this.#signal = AbortSignal.any([sending.signal, this.#failed.signal]);
  }

  async sendWith(labels: Labels) {
    const upload = await this.#begin(labels);
    const path = { upload_id: upload.upload_id };
    this.sending.onBegun(upload.upload_id);
    await this.#sendAll(upload);
    return this.#reached(async () => (await completeUpload({ path, body: {}, signal: this.#signal, throwOnError: true })).data);
  }

  async #begin(labels: Labels): Promise<MultipartUpload> {
    const { js_policy: policy, ...words } = given(labels);
    const size = partBytes(this.file.size);
    const onRead = (bytes: number) => this.sending.onProgress({ step: "reading", bytes });
    const hashes = await hashParts(this.file, size, onRead, this.#signal);
    const body = {
      size_bytes: this.file.size, part_bytes: size, ...words,
      ...(hashes && { part_sha256s: hashes }),
      ...(policy && { js_policy: await policy.text() }),
    };
    return this.#reached(async () => (await beginUpload({ body, signal: this.#signal, throwOnError: true })).data);
  }

  async #sendAll({ upload_id: uploadId, parts }: MultipartUpload): Promise<void> {
    for (const part of parts) if (part.is_held) this.#sent.set(part.number, part.size_bytes);
    this.#tell("sending");
    const left = parts.filter((part) => !part.is_held);
    const sendSome = async () => {
      for (let part = left.shift(); part; part = left.shift()) await this.#sendOne(uploadId, part);
    };
    await Promise.all(Array.from({ length: AT_ONCE }, () => sendSome().catch((error: unknown) => {
      this.#failed.abort();
      throw error;
    })));
  }

  async #sendOne(uploadId: string, part: Part): Promise<void> {
    for (let attempt = 0, refusals = 0; !part.is_held; attempt += 1) {
      const answer = await this.#put(part);
      if (answer.status === 200) break;
      if (answer.status !== 0) refusals += 1;
      if (refusals === MOST_REFUSALS || attempt + 1 === MOST_ATTEMPTS) throw notTaken(part, answer);
      await this.file.slice(part.offset, part.offset + 1).arrayBuffer(); // throws where the file can't be read any more
      this.#sent.delete(part.number);
      await this.#wait(attempt);
      part = await this.#lookedUp(uploadId, part);
    }
    this.#sent.set(part.number, part.size_bytes);
    this.#tell("sending");
  }

  #put(part: Part) {
    const onProgress = (bytes: number) => {
      this.#sent.set(part.number, bytes);
      this.#tell("sending");
    };
    const body = this.file.slice(part.offset, part.offset + part.size_bytes);
    const headers = { "Content-Type": "application/octet-stream", ...part.headers };
    return this.send({ method: "PUT", url: part.url ?? "", headers, body, onProgress, signal: this.#signal });
  }

  /** The part as it is now: it may have arrived after all, or its URL be stale, which it is after an hour. */
  async #lookedUp(uploadId: string, part: Part): Promise<Part> {
    const path = { upload_id: uploadId };
    const { parts } = await this.#reached(async () => (await uploadState({ path, signal: this.#signal, throwOnError: true })).data);
    return parts.find(({ number }) => number === part.number) ?? part;
  }

  /** What a call answers, however long it takes until somebody does. */
  async #reached<Answer>(call: () => Promise<Answer>): Promise<Answer> {
    for (let attempt = 0; ; attempt += 1) {
      try {
        return await call();
      } catch (error) {
        if (this.#signal.aborted || !(error instanceof Problem) || error.status !== 0) throw error;
        await this.#wait(attempt);
      }
    }
  }

  async #wait(attempt: number): Promise<void> {
    this.#tell("waiting");
    await this.pause(Math.min(1000 * 2 ** attempt, LONGEST_PAUSE_MS), this.#signal);
    this.#signal.throwIfAborted();
  }

  #tell(step: Progress["step"]): void {
    this.sending.onProgress({ step, bytes: [...this.#sent.values()].reduce((sum, each) => sum + each, 0) });
  }
}

/** The storage's reason where it gives one that can be read. */
function notTaken(part: Part, { status, body }: Answered): Problem {
  const why = status === 0 ? "the registry answers, but not its storage, which may not know this page's address" : `answered with ${status}`;
  const detail = `Part ${part.number} was not taken: ${why}. Send the file again to go on.`;
  return problemOf(body ?? { detail, code: "part_not_taken" }, status);
}

const pauseFor: Pause = (milliseconds, signal) =>
  new Promise((resolve) => {
    const end = () => {
      clearTimeout(timer);
      window.removeEventListener("online", end);
      signal.removeEventListener("abort", end);
      resolve();
    };
    const timer = setTimeout(end, milliseconds);
    window.addEventListener("online", end);
    signal.addEventListener("abort", end);
  });
