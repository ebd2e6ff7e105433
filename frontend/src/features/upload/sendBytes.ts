import { Problem } from "@/api/problem";

export interface Answered {
  /** 0 where nobody answered. */
  status: number;
  body: unknown;
}

export interface Request {
  method: "POST" | "PUT";
  url: string;
  headers: Readonly<Record<string, string>>;
  body: Blob | FormData;
  onProgress: (sentBytes: number) => void;
  signal: AbortSignal;
}
export type SendBytes = (request: Request) => Promise<Answered>;

export const STOPPED = new Problem(0, { detail: "Stopped.", code: "stopped" });

/** One request whose bytes are counted as they leave: by XMLHttpRequest, since fetch says nothing about them. Throws
 * STOPPED alone. */
export const sendBytes: SendBytes = ({ method, url, headers, body, onProgress, signal }) =>
  new Promise((resolve, reject) => {
    if (signal.aborted) throw STOPPED;
    const request = new XMLHttpRequest();
    request.open(method, url);
    request.responseType = "json";
    for (const [name, value] of Object.entries(headers)) request.setRequestHeader(name, value);
    const stop = () => request.abort();
    signal.addEventListener("abort", stop);
    request.upload.addEventListener("progress", (event) => onProgress(event.loaded));
    request.addEventListener("load", () => resolve({ status: request.status, body: request.response as unknown }));
    request.addEventListener("error", () => resolve({ status: 0, body: undefined }));
    request.addEventListener("abort", () => reject(STOPPED));
    request.addEventListener("loadend", () => signal.removeEventListener("abort", stop));
    request.send(body);
  });
