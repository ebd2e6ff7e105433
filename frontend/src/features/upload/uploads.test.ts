import { expect, test, vi } from "vitest";
import type { Accepted } from "@/api/generated";
import { Problem } from "@/api/problem";
import type { Transport } from "./transport";
import { Uploads } from "./uploads";

const ACCEPTED: Accepted = { message: "Processing started", job_id: "job", package_id: "package" };
const file = (name: string) => new File(["0123456789"], name);

function phases(uploads: Uploads) {
  return uploads.current().map(({ file: { name }, phase, progress }) => `${name} ${phase} ${progress.bytes}`);
}

test("chosen files wait, are sent one after another, and end accepted", async () => {
  const seen: string[][] = [];
  const uploads = new Uploads(async (_file, _labels, { onProgress }) => {
    onProgress({ step: "sending", bytes: 4 });
    seen.push(phases(uploads));
    return ACCEPTED;
  });
  uploads.choose([file("a"), file("b")]);
  await uploads.sendAll();
  expect(seen).toEqual([["a sending 4", "b chosen 0"], ["a accepted 10", "b sending 4"]]);
  expect(phases(uploads)).toEqual(["a accepted 10", "b accepted 10"]);
});

test("a refusal is kept with its reason, and can be sent again", async () => {
  let refusals = 1;
  const uploads = new Uploads(async () => {
    if (refusals-- > 0) throw new Problem(409, { detail: "Taken.", code: "name_taken" });
    return ACCEPTED;
  });
  uploads.choose([file("a")]);
  await uploads.sendAll();
  expect([phases(uploads), uploads.current()[0]?.problem?.message]).toEqual([["a refused 0"], "Taken."]);
  await uploads.sendAll();
  expect([phases(uploads), uploads.current()[0]?.problem]).toEqual([["a accepted 10"], null]);
  await uploads.sendAll();
});

/** Never ends by itself. */
const hanging: Transport = (_file, _labels, { signal }) =>
  new Promise((_, reject) => signal.addEventListener("abort", () => reject(new Problem(0, { detail: "Stopped.", code: "stopped" }))));

test("what is stopped waits again, what is removed is gone", async () => {
  const uploads = new Uploads(hanging);
  uploads.choose([file("a")]);
  const sending = uploads.sendAll();
  uploads.stop(uploads.current()[0]!.id);
  await sending;
  expect(phases(uploads)).toEqual(["a chosen 0"]);
  uploads.remove(uploads.current()[0]!.id);
  expect(phases(uploads)).toEqual([]);
});

/** Neither, but in parts. */
const hangingInParts: Transport = (archive, labels, sending) => {
  sending.onBegun("its id");
  return hanging(archive, labels, sending);
};

test("an upload in parts is kept for going on when it is stopped, and abandoned when it is removed", async () => {
  const abandoned: string[] = [];
  const uploads = new Uploads(hangingInParts, async (id) => void abandoned.push(id));
  uploads.choose([file("a")]);
  const sending = uploads.sendAll();
  uploads.stop(uploads.current()[0]!.id);
  await sending;
  expect([phases(uploads), uploads.current()[0]?.uploadId, abandoned]).toEqual([["a chosen 0"], "its id", []]);
  uploads.remove(uploads.current()[0]!.id);
  expect([phases(uploads), abandoned]).toEqual([[], ["its id"]]);
});

test("an accepted upload is the registry's: dismissing it abandons nothing", async () => {
  const abandon = vi.fn<(id: string) => Promise<void>>();
  const uploads = new Uploads(async (_file, _labels, { onBegun }) => {
    onBegun("its id");
    return ACCEPTED;
  }, abandon);
  uploads.choose([file("a")]);
  await uploads.sendAll();
  uploads.remove(uploads.current()[0]!.id);
  expect(abandon).not.toHaveBeenCalled();
});

test("uploads stay with who signs in again, and go when somebody else does", async () => {
  const uploads = new Uploads(hanging);
  uploads.belongTo("ada");
  uploads.choose([file("a")]);
  const sending = uploads.sendAll();
  uploads.belongTo("ada");
  expect(phases(uploads)).toEqual(["a sending 0"]);
  uploads.belongTo("ben");
  await sending;
  expect(phases(uploads)).toEqual([]);
});
