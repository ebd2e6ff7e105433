import { expect, test } from "vitest";
import { archiveName, commands } from "./commands";

const PACKAGE = { id: "id", name: "org/model", version: "1.0.0", sha256: "abc", files: [] };
const WEIGHTS = { path: "model.safetensors", size: 1, sha256: "def", is_weight: true, scan: { verdict: "clean" as const, findings: [] } };

test.each([
  ["org/model", "1.0.0", "model-1.0.0.zip"],
  ["@scope/name", "2", "name-2.zip"],
  ["plain", "0.1", "plain-0.1.zip"],
])("%s %s downloads as %s", (name, version, file) => expect(archiveName(name, version)).toBe(file));

test("a file name with a blank or quote is quoted for the shell", () => {
  const [, download, check] = commands("http://registry.test", "kim", { ...PACKAGE, name: "it's one" });
  expect(download?.text).toContain(`-o 'it'\\''s one-1.0.0.zip' "$(curl -sSf -H "X-Auth-Token: $TOKEN" http://registry.test/package/id |`);
  expect(check?.text).toBe(`echo "abc  "'it'\\''s one-1.0.0.zip' | sha256sum -c`);
});

test.each([
  [["model.safetensors"], `xargs curl -fLOJ`],
  [["unet/model.safetensors", "vae/model.safetensors"], `xargs -0 -n 2 sh -c 'curl -fL --create-dirs -o "$1" "$0"'`],
])("the weights %o are fetched by %s", (paths, fetching) => {
  const files = paths.map((path) => ({ ...WEIGHTS, path }));
  const weights = commands("http://registry.test", "kim", { ...PACKAGE, files }).find(({ title }) => title === "Weights only");
  expect(weights?.text.endsWith(fetching)).toBe(true);
});

test.each([
  [[], ["Get a token", "Download", "Check it", "Metadata"]],
  [[WEIGHTS], ["Get a token", "Download", "Check it", "Weights only", "Metadata"]],
])("weights are offered where there are some", (files, titles) => {
  expect(commands("http://registry.test", "kim", { ...PACKAGE, files }).map(({ title }) => title)).toEqual(titles);
});
