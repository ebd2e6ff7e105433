import { csrfToken } from "@/api/client";
import type { Accepted } from "@/api/generated";
import { Problem, problemOf } from "@/api/problem";

export interface Sending {
  onProgress: (sentBytes: number) => void;
  signal: AbortSignal;
}

/** Gets a package's bytes and labels to the registry. One way of many: uploads know no other name than this. */
export type Transport = (file: File, labels: FormData, sending: Sending) => Promise<Accepted>;

const TOO_OLD = "Your browser was signed out while the file was on its way. Sign in again, then send it again.";

/** The whole package in one POST. XMLHttpRequest, since fetch says nothing about the bytes it has sent. */
export const inOneRequest: Transport = (file, labels, { onProgress, signal }) =>
  new Promise((resolve, reject) => {
    const request = new XMLHttpRequest();
    request.open("POST", "/package");
    request.responseType = "json";
    request.setRequestHeader("Accept", "application/json");
    request.setRequestHeader("X-CSRFToken", csrfToken());
    request.upload.addEventListener("progress", (event) => onProgress(event.loaded));
    request.addEventListener("load", () => {
      if (request.status === 200) resolve(request.response as Accepted);
      else if (request.status === 401) reject(new Problem(401, { detail: TOO_OLD, code: "not_authenticated" }));
      else reject(problemOf(request.response, request.status));
    });
    request.addEventListener("error", () => reject(problemOf(undefined)));
    request.addEventListener("abort", () => reject(new Problem(0, { detail: "Stopped.", code: "stopped" })));
    signal.addEventListener("abort", () => request.abort());
    const body = new FormData();
    for (const [name, value] of labels) body.append(name, value);
    body.append("file", file);
    request.send(body);
  });
