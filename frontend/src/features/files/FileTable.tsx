import type { File } from "@/api/generated";
import { bytes, plural } from "@/format/numbers";
import type { Grade } from "@/format/scores";
import { Empty } from "@/ui/Empty";
import { Tag } from "@/ui/Tag";
import classes from "./FileTable.module.css";

const VERDICTS: Readonly<Record<File["scan"]["verdict"], [string, Grade]>> = {
  clean: ["clean", "good"],
  suspicious: ["suspicious", "fair"],
  malicious: ["malicious", "poor"],
  not_scanned: ["not scanned", "unknown"],
};

/** What is in the package, and what the scan found in it. */
export function FileTable({ files }: { files: readonly File[] }) {
  if (files.length === 0) return <Empty title="No files listed yet">They are listed when the package's job is done.</Empty>;
  const total = files.reduce((sum, file) => sum + file.size, 0);
  return (
    <>
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
          <tbody>
            {files.map((file) => (
              <tr key={file.path}>
                <th scope="row" className="mono">
                  {file.path} {file.is_weight && <Tag tone="accent">weights</Tag>}
                  {file.scan.findings.map((finding) => (
                    <p key={finding} className={classes.finding}>{finding}</p>
                  ))}
                </th>
                <td className={classes.right}>{bytes(file.size)}</td>
                <td><Tag tone={VERDICTS[file.scan.verdict][1]}>{VERDICTS[file.scan.verdict][0]}</Tag></td>
                <td className="mono dim" title={file.sha256}>{file.sha256.slice(0, 12)}…</td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
      <p className={`dim ${classes.foot}`}>{plural(files.length, "file")}, {bytes(total)} unpacked.</p>
    </>
  );
}
