/** Commands to copy: what a person types on a machine that has no browser. `origin` is the registry's, without a slash. */
export function commands(origin: string, packageId: string, fileName: string): readonly { title: string; text: string }[] {
  const asked = `curl -sf -H "X-Auth-Token: $TOKEN" ${origin}/package/${packageId}`;
  const url = `python3 -c 'import json, sys; print(json.load(sys.stdin)["url"])'`;
  return [
    { title: "Get a token", text: `curl -sf ${origin}/authenticate -H "Content-Type: application/json" -d '{"username": "…", "password": "…"}'` },
    { title: "Download", text: `curl -sfL -o ${quoted(fileName)} "$(${asked} | ${url})"` },
    { title: "Weights only", text: `curl -sfLOJ "$(${asked}/weights | ${url})"` },
    { title: "Metadata", text: `${asked}/metadata` },
  ];
}

/** The file name that a package downloads as: the last part of its name, and its version. */
export function archiveName(name: string, version: string): string {
  return `${name.split("/").pop()}-${version}.zip`;
}

function quoted(word: string): string {
  return /^[\w.@%+=:,/-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`;
}
