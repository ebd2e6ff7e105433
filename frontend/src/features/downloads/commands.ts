import type { Metadata } from "@/api/generated";

export interface Command {
  title: string;
  text: string;
}

/** Commands to paste into a shell, on a machine that has no browser: the first asks for the password and keeps a token,
 * which the others use. `origin` is the registry's, without a slash; a package without weights has no command for them. */
export function commands(origin: string, username: string, of: Pick<Metadata, "id" | "name" | "version" | "sha256" | "files">): readonly Command[] {
  const address = `${origin}/package/${of.id}`;
  const asked = `curl -sSf -H "X-Auth-Token: $TOKEN" ${address}`;
  const weights = of.files.filter((each) => each.is_weight).length;
  const file = quoted(archiveName(of.name, of.version));
  const credentials = `python3 -c 'import getpass, json; print(json.dumps({"username": "${username}", "password": getpass.getpass()}))'`;
  return [
    {
      title: "Get a token",
      text: `TOKEN=$(${credentials} | curl -sSf -H "Content-Type: application/json" -d @- ${origin}/authenticate | ${valuesOf("token")})`,
    },
    { title: "Download", text: `curl -fL -o ${file} "$(${asked} | ${valuesOf("url")})"` },
    { title: "Check it", text: `echo "${of.sha256}  "${file} | sha256sum -c` },
    ...(weights ? [{ title: "Weights only", text: `${asked}/weights | ${weights === 1 ? ONE : SEVERAL}` }] : []),
    { title: "Metadata", text: `${asked}/metadata` },
  ];
}

/** The file name that a package downloads as: the last part of its name, and its version. */
export function archiveName(name: string, version: string): string {
  return `${name.split("/").pop()}-${version}.zip`;
}

const ONE = `${valuesOf("url")} | xargs curl -fLOJ`;
/** Into folders as in the package, where two may have the same name. */
const SEVERAL = `${valuesOf("url", "file")} | tr '\\n' '\\0' | xargs -0 -n 2 sh -c 'curl -fL --create-dirs -o "$1" "$0"'`;

/** Reads every value of the keys out of JSON, one a line, with what each system has. */
function valuesOf(...keys: string[]): string {
  return `grep -oE '"(${keys.join("|")})": *"[^"]*"' | cut -d '"' -f 4`;
}

function quoted(word: string): string {
  return /^[\w.@%+=:,/-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`;
}
