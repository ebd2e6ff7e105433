import { faultIn } from "./regexFault";
import classes from "./RegexFault.module.css";

/** The pattern with its fault marked, where one is plain to see. */
export function RegexFault({ pattern }: { pattern: string }) {
  const at = faultIn(pattern);
  if (at === null) return null;
  return (
    <>
      <p className={classes.pattern}>
        {pattern.slice(0, at)}
        <mark>{pattern.charAt(at)}</mark>
        {pattern.slice(at + 1)}
      </p>
      <p>The fault is at character {at + 1}.</p>
    </>
  );
}
