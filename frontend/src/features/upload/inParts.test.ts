import { createHash } from "node:crypto";
import { beforeEach, expect, test } from "vitest";
import { client } from "@/api/generated/client.gen";
import { prepareClient } from "@/api/client";
import { inParts } from "./inParts";
import { NO_LABELS } from "./labels";
import { STOPPED, type Answered, type SendBytes } from "./sendBytes";
import type { Sending } from "./transport";

const MIB = 1024 * 1024;
const PART = 8 * MIB;
const large = new File([new Uint8Array(PART), new Uint8Array(PART).fill(1), "the rest"], "large.zip");
const ACCEPTED = { message: "Processing started", job_id: "job", package_id: "package" };
const GOOD: Answered = { status: 200, body: null };
const NOBODY: Answered = { status: 0, body: undefined };

/** The registry's side: which parts it holds, and what it was asked. */
let held: Set<number>;
let asked: string[];
let begun: Record<string, unknown>;
let urls: number;
/** What the API answers instead, one at a time. */
let instead: (Response | Error)[];

beforeEach(() => {
  [held, asked, begun, urls, instead] = [new Set(), [], {}, 0, []];
  prepareClient();
  client.setConfig({ baseUrl: "http://registry.test", fetch: async (input) => answer(input as Request) });
});

async function answer(request: Request): Promise<Response> {
  const path = new URL(request.url).pathname;
  asked.push(`${request.method} ${path}`);
  const fault = instead.shift();
  if (fault instanceof Error) throw fault;
  if (fault) return fault;
  if (path.endsWith("/complete")) return Response.json(ACCEPTED);
  if (request.method === "POST") begun = (await request.json()) as typeof begun;
  urls += 1;
  const parts = [0, PART, 2 * PART].map((offset, index) => ({
    number: index + 1, offset, size_bytes: Math.min(PART, large.size - offset), is_held: held.has(index + 1), etag: null,
    url: `/part/${index + 1}?${urls}`, headers: { "x-hash": `${index + 1}` },
  }));
  return Response.json({ upload_id: "id", status: "open", parts }, { status: 201 });
}

/** Takes parts, but for those whose number has faults left. */
function taking(faults: Record<number, Answered[]> = {}) {
  const puts: string[] = [];
  const send: SendBytes = async ({ url, headers, body, onProgress, signal }) => {
    if (signal.aborted) throw STOPPED;
    puts.push(`${url} ${headers["x-hash"]} ${(body as Blob).size}`);
    const number = Number(headers["x-hash"]);
    onProgress(1);
    const fault = faults[number]?.shift();
    if (!fault) held.add(number);
    return fault ?? GOOD;
  };
  return { send, puts };
}

function sending(): Sending & { seen: string[]; stop: AbortController } {
  const [seen, stop]: [string[], AbortController] = [[], new AbortController()];
  return { seen, stop, signal: stop.signal, onProgress: ({ step, bytes }) => seen.push(`${step} ${bytes}`), onBegun: (id) => seen.push(`begun ${id}`) };
}

const pauses: number[] = [];
const pause = async (milliseconds: number) => void pauses.push(milliseconds);

test("a file is hashed, sent part by part and completed", async () => {
  const { send, puts } = taking();
  const progress = sending();
  const labels = { ...NO_LABELS, name: "org/a", isSensitive: true, policy: new File(["policy"], "policy.js") };
  expect(await inParts(send, pause)(large, labels, progress)).toEqual(ACCEPTED);
  const digests = [large.slice(0, PART), large.slice(PART, 2 * PART), large.slice(2 * PART)].map(async (part) =>
    createHash("sha256").update(new Uint8Array(await part.arrayBuffer())).digest("hex"));
  expect(begun).toEqual({
    size_bytes: large.size, part_bytes: PART, part_sha256s: await Promise.all(digests), name: "org/a", is_sensitive: true, js_policy: "policy",
  });
  expect(puts).toEqual([`/part/1?1 1 ${PART}`, `/part/2?1 2 ${PART}`, "/part/3?1 3 8"]);
  expect(asked).toEqual(["POST /uploads", "POST /uploads/id/complete"]);
  expect(progress.seen.slice(0, 4)).toEqual([`reading ${PART}`, `reading ${2 * PART}`, `reading ${large.size}`, "begun id"]);
  expect(progress.seen.at(-1)).toBe(`sending ${large.size}`);
});

test("what is held is not sent again", async () => {
  held.add(1).add(3);
  const { send, puts } = taking();
  const progress = sending();
  await inParts(send, pause)(large, NO_LABELS, progress);
  expect(puts).toEqual([`/part/2?1 2 ${PART}`]);
  expect(progress.seen).toContain(`sending ${PART + 8}`);
});

test("a part that fails is sent again to a fresh URL, until it is there", async () => {
  pauses.length = 0;
  const { send, puts } = taking({ 2: Array.from({ length: 7 }, () => NOBODY) });
  const progress = sending();
  expect(await inParts(send, pause)(large, NO_LABELS, progress)).toEqual(ACCEPTED);
  expect(puts.filter((each) => each.startsWith("/part/2"))).toEqual([1, 2, 3, 4, 5, 6, 7, 8].map((url) => `/part/2?${url} 2 ${PART}`));
  expect(pauses).toEqual([1000, 2000, 4000, 8000, 16_000, 30_000, 30_000]);
  expect(progress.seen.filter((each) => each.startsWith("waiting")).length).toBe(7);
});

test("a part that was cut but has arrived is not sent again", async () => {
  const faults = { 2: [NOBODY] };
  const { send, puts } = taking(faults);
  const arriving: SendBytes = async (request) => {
    const answered = await send(request);
    held.add(2);
    return answered;
  };
  await inParts(arriving, pause)(large, NO_LABELS, sending());
  expect(puts.length).toBe(3);
});

test("a part that is refused again and again ends all with the reason", async () => {
  const wrong: Answered = { status: 400, body: { detail: "Part 2 arrived with another hash.", code: "wrong_hash" } };
  const { send, puts } = taking({ 2: Array.from({ length: 9 }, () => wrong) });
  await expect(inParts(send, pause)(large, NO_LABELS, sending())).rejects.toMatchObject({ code: "wrong_hash" });
  expect([puts.filter((each) => each.startsWith("/part/2")).length, asked.at(-1)]).toEqual([5, "GET /uploads/id"]);
});

test.each<[string, Answered, number, string]>([
  ["a storage that lets nobody in", NOBODY, 20, "the registry answers, but not its storage"],
  ["a storage that refuses in its own words", { status: 403, body: null }, 5, "answered with 403"],
])("%s ends the upload", async (_what, answered, times, words) => {
  const { send, puts } = taking({ 1: Array.from({ length: 99 }, () => answered) });
  await expect(inParts(send, pause)(large, NO_LABELS, sending())).rejects.toMatchObject({
    code: "part_not_taken", message: expect.stringContaining(words) as string,
  });
  expect(puts.filter((each) => each.startsWith("/part/1")).length).toBe(times);
});

test("a registry that is away is waited for, also at the beginning and the end", async () => {
  const { send } = taking();
  instead = [new TypeError("Failed to fetch"), new TypeError("Failed to fetch")];
  const waited = sending();
  expect(await inParts(send, pause)(large, NO_LABELS, waited)).toEqual(ACCEPTED);
  expect([asked.length, waited.seen.filter((each) => each.startsWith("waiting")).length]).toEqual([4, 2]);
});

test.each([
  ["a taken name", 409, { detail: "Taken.", code: "name_taken" }, { status: 409, message: "Taken." }],
  ["the session's end", 401, { detail: "Who?", code: "not_authenticated" }, { status: 401, message: expect.stringContaining("Sign in again") as string }],
])("%s is told", async (_what, status, body, problem) => {
  instead = [Response.json(body, { status })];
  await expect(inParts(taking().send, pause)(large, NO_LABELS, sending())).rejects.toMatchObject(problem);
});

test("stopping ends it, also while the registry is away", async () => {
  const progress = sending();
  const stopping = async () => progress.stop.abort();
  await expect(inParts(async () => NOBODY, stopping)(large, NO_LABELS, progress)).rejects.toBe(STOPPED);
});

test("a file that can't be read any more is said so", async () => {
  const gone = new File([new Uint8Array(PART)], "gone.zip");
  gone.slice = () => ({ arrayBuffer: () => Promise.reject(new DOMException("changed", "NotReadableError")) }) as Blob;
  await expect(inParts(taking().send, pause)(gone, NO_LABELS, sending())).rejects.toMatchObject({ code: "unreadable" });
});
