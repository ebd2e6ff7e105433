import { useQuery } from "@tanstack/react-query";
import { downloadHistoryOptions } from "@/api/generated/@tanstack/react-query.gen";
import { inFull } from "@/format/dates";
import { plural } from "@/format/numbers";
import { Empty } from "@/ui/Empty";
import { Failure } from "@/ui/Failure";
import { Tag } from "@/ui/Tag";
import { Waiting } from "@/ui/Waiting";
import classes from "./History.module.css";

const SHOWN = 50;

/** Who fetched the package or was refused; for its uploader and administrators. */
export function History({ packageId }: { packageId: string }) {
  const history = useQuery(downloadHistoryOptions({ path: { package_id: packageId }, query: { limit: SHOWN } }));
  if (history.error) return <Failure error={history.error} retry={history.refetch} />;
  if (!history.data) return <Waiting />;
  if (history.data.total === 0) return <Empty title="Nobody has asked for it yet">Every download and every refusal is listed here.</Empty>;
  return (
    <>
      <div className={classes.wide} tabIndex={0} role="region" aria-label="Download history">
        <table className={classes.history}>
          <thead>
            <tr><th scope="col">When</th><th scope="col">Who</th><th scope="col">What</th><th scope="col">Outcome</th><th scope="col">From</th></tr>
          </thead>
          <tbody>
            {history.data.downloads.map((each, index) => (
              <tr key={`${each.timestamp}-${index}`}>
                <td className="number">{inFull(each.timestamp)}</td>
                <td>{each.user ?? <span className="dim">deleted account</span>}</td>
                <td>{each.kind}{each.file && <span className="mono dim"> {each.file}</span>}</td>
                <td>
                  <Tag tone={each.outcome === "approved" ? "good" : "poor"}>{each.outcome}</Tag>
                  {each.reason && <p className={`dim ${classes.reason}`}>{each.reason}</p>}
                </td>
                <td className="mono dim" title={each.user_agent}>{each.ip ?? "–"}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
      <p className="dim" style={{ marginTop: 8, fontSize: 12 }}>
        {history.data.total > SHOWN ? `The newest ${SHOWN} of ${plural(history.data.total, "entry", "entries")}.` : plural(history.data.total, "entry", "entries")}
      </p>
    </>
  );
}
