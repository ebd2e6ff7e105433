import { Button, TextInput } from "@mantine/core";
import { useState } from "react";
import type { File } from "@/api/generated";
import { bytes, count, plural } from "@/format/numbers";
import type { Grade } from "@/format/scores";
import { Empty } from "@/ui/Empty";
import { Tag } from "@/ui/Tag";
import classes from "./FileTable.module.css";
import { containing, worstFirst } from "./files";

const VERDICTS: Readonly<Record<File["scan"]["verdict"], [string, Grade]>> = {
  clean: ["clean", "good"],
  suspicious: ["suspicious", "fair"],
  malicious: ["malicious", "poor"],
  not_scanned: ["not scanned", "unknown"],
};
const SHOWN = 100;
const FEW = 15;

/** What is in the package, and what the scan found in it. Of many files the first are shown, and the others on request. */
export function FileTable({ files }: { files: readonly File[] }) {
  const [words, setWords] = useState("");
  const [isWhole, setWhole] = useState(false);
  if (files.length === 0) return <Empty title="No files listed yet">They are listed when the package's job is done.</Empty>;
  const found = worstFirst(containing(files, words));
  const shown = isWhole ? found : found.slice(0, SHOWN);
  return (
    <div className={classes.all}>
      {files.length > FEW && (
        <TextInput type="search" aria-label="Filter the files" placeholder="Part of a path" spellCheck={false} value={words} onChange={(event) => setWords(event.currentTarget.value)} />
      )}
      {found.length === 0 && <Empty title="No such file">No path has “{words.trim()}” in it.</Empty>}
      {found.length > 0 && (
        <div className={classes.wide} tabIndex={0} role="region" aria-label="Files of the package">
          <table className={classes.files}>
            <thead>
              <tr>
                <th scope="col">Path</th>
                <th scope="col" className={classes.right}>Size</th>
                <th scope="col">Scan</th>
                <th scope="col">SHA-256</th>
              </tr>
            </thead>
            <tbody>{shown.map((file) => <Row key={file.path} file={file} />)}</tbody>
          </table>
        </div>
      )}
      <p className={`dim ${classes.foot}`} role="status">{inAll(files, found)}</p>
      {shown.length < found.length && <Button variant="default" onClick={() => setWhole(true)}>Show all {count(found.length)}</Button>}
    </div>
  );
}

function Row({ file }: { file: File }) {
  const [says, tone] = VERDICTS[file.scan.verdict];
  return (
    <tr>
      <th scope="row" className="mono">
        {file.path} {file.is_weight && <Tag tone="accent">weights</Tag>}
        {file.scan.findings.map((finding) => (
          <p key={finding} className={classes.finding}>{finding}</p>
        ))}
      </th>
      <td className={classes.right}>{bytes(file.size)}</td>
      <td><Tag tone={tone}>{says}</Tag></td>
      <td className="mono dim" title={file.sha256}>{file.sha256.slice(0, 12)}…</td>
    </tr>
  );
}

function inAll(files: readonly File[], found: readonly File[]): string {
  const size = bytes(found.reduce((sum, file) => sum + file.size, 0));
  return found.length === files.length ? `${plural(files.length, "file")}, ${size} unpacked.` : `${count(found.length)} of ${plural(files.length, "file")}, ${size} unpacked.`;
}
