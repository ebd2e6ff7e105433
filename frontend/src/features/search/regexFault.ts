const OPENING = "(";
const CLOSING = ")";

/** Where a regular expression is plainly at fault: the index of an unmatched bracket, of a quantifier with nothing before
 * it, or of a backslash at the end. Null where nothing plain is found; the database has the last word. */
export function faultIn(pattern: string): number | null {
  const open: number[] = [];
  let before = "";
  for (let at = 0; at < pattern.length; at += 1) {
    const character = pattern.charAt(at);
    if (character === "\\") {
      if (at === pattern.length - 1) return at;
      at += 1;
    } else if (character === "[") {
      const end = endOfClass(pattern, at);
      if (end === null) return at;
      at = end;
    } else if (character === OPENING) {
      open.push(at);
    } else if (character === CLOSING) {
      if (open.pop() === undefined) return at;
    } else if ("*+?".includes(character) && isNothing(before, character)) {
      return at;
    }
    before = character;
  }
  return open.at(-1) ?? null;
}

/** Whether a quantifier finds nothing to repeat: at the start, or after an opening or an alternative. */
function isNothing(before: string, quantifier: string): boolean {
  return before === "" || before === "|" || (before === OPENING && quantifier !== "?");
}

/** The index of the bracket that closes the class opened at `start`; one that comes first is meant itself. */
function endOfClass(pattern: string, start: number): number | null {
  const first = pattern.charAt(start + 1) === "^" ? start + 2 : start + 1;
  const end = pattern.indexOf("]", first + 1);
  return end === -1 ? null : end;
}
