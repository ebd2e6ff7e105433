import { expect, test } from "vitest";
import { archiveName, commands } from "./commands";

test.each([
  ["org/model", "1.0.0", "model-1.0.0.zip"],
  ["@scope/name", "2", "name-2.zip"],
  ["plain", "0.1", "plain-0.1.zip"],
])("%s %s downloads as %s", (name, version, file) => expect(archiveName(name, version)).toBe(file));

test("a file name with a blank or quote is quoted for the shell", () => {
  const download = commands("http://registry.test", "id", "it's one.zip").find(({ title }) => title === "Download");
  expect(download?.text).toContain(`-o 'it'\\''s one.zip' "$(curl -sf -H "X-Auth-Token: $TOKEN" http://registry.test/package/id |`);
});
