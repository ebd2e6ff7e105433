import type { Tried } from "@/api/generated";
import { plural } from "@/format/numbers";
import { Tag } from "@/ui/Tag";
import { When } from "@/ui/When";
import classes from "./PolicyEditor.module.css";

const SHOWN = 5;

/** What a policy would answer now to oneself, and what it would have answered to those who asked before. */
export function Verdict({ tried }: { tried: Tried }) {
  const refused = tried.history?.decisions.filter((each) => !each.approved) ?? [];
  return (
    <>
      <p>
        <Tag tone={tried.approved ? "good" : "poor"}>{tried.code.replaceAll("_", " ")}</Tag> {tried.reason}{" "}
        <span className="dim number">in {Math.round(tried.duration_ms)} ms, asked as yourself; nothing was recorded.</span>
      </p>
      {tried.history && tried.history.considered > 0 && (
        <p className="dim">
          Of the last {plural(tried.history.considered, "download")} it would have refused {tried.history.refused || "none"}.
        </p>
      )}
      {refused.length > 0 && (
        <ul className={classes.refused}>
          {refused.slice(0, SHOWN).map((each, index) => (
            <li key={`${each.timestamp}-${index}`}>
              {each.user ?? "a deleted account"}, <When iso={each.timestamp} />: {each.reason}
            </li>
          ))}
        </ul>
      )}
    </>
  );
}
