import { client } from "./generated/client.gen";
import { problemOf } from "./problem";

const CHANGES_NOTHING = new Set(["GET", "HEAD", "OPTIONS"]);

/** The CSRF token that Django keeps in a cookie for us to send back. */
export function csrfToken(cookies: string = document.cookie): string {
  return /(?:^|;\s*)csrftoken=([^;]*)/.exec(cookies)?.[1] ?? "";
}

/** Has every call ask for JSON, carry the CSRF token where it changes something, and fail with a Problem. */
export function prepareClient(): void {
  client.setConfig({ baseUrl: "", credentials: "same-origin", headers: { Accept: "application/json" } });
  client.interceptors.request.use((request) => {
    if (!CHANGES_NOTHING.has(request.method)) request.headers.set("X-CSRFToken", csrfToken());
    return request;
  });
  client.interceptors.error.use((error, response) => problemOf(error, response?.status));
}
