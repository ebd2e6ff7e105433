import { useEffect } from "react";
import { Link } from "react-router";
import { useUploads } from "./uploads";
import classes from "./UploadsUnderWay.module.css";

/** On every page: how far the uploads of this tab are. Closing the tab meanwhile is asked about. */
export function UploadsUnderWay() {
  const sending = useUploads().filter((upload) => upload.phase === "sending");
  const isSending = sending.length > 0;
  useEffect(() => {
    if (!isSending) return;
    const ask = (event: BeforeUnloadEvent) => event.preventDefault();
    window.addEventListener("beforeunload", ask);
    return () => window.removeEventListener("beforeunload", ask);
  }, [isSending]);
  if (!isSending) return null;
  const share = sending.reduce((sum, { progress, file }) => sum + (progress.step === "reading" ? 0 : progress.bytes / Math.max(1, file.size)), 0) / sending.length;
  return (
    <Link to="/upload" className={classes.pill}>
      <span className="unseen">Uploads under way: </span>↑ <span className="number">{Math.round(share * 100)} %</span>
    </Link>
  );
}
