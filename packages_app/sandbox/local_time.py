"""Dates made from local parts, exactly: `new Date(2026, 2, 29, 1, 30)`, `setHours`, strings without a zone.

The engine asks for the offset of a local time as if it were UTC, and is wrong for as many hours around a change as the
zone is from UTC. This runs before a policy whose zone has changes, and leaves everything else of Date to the engine.
"""

#: `exact` follows ECMAScript's UTC(t): of two readings the earlier, in a gap the offset before it.
EXACT = """
(() => {
  "use strict";
  const {apply, construct, defineProperty} = Reflect;
  const Native = Date, {prototype, UTC, parse} = Date;
  const {exec} = RegExp.prototype, zoneless = /^[-+]?\\d{4,6}-\\d\\d-\\d\\dT[\\d:.]+$/;
  const {getTime, setTime, getTimezoneOffset} = prototype;
  const ahead = time => -60000 * apply(getTimezoneOffset, new Native(time), []);
  const exact = local => {
    const before = ahead(local - 86400000), early = local - before, after = ahead(early), late = local - after;
    return after !== before && ahead(late) === after ? late : early;
  };
  const replace = (holder, name, value) =>
    defineProperty(holder, name, {value, writable: true, enumerable: false, configurable: true});
  const parsed = text => {
    const time = parse(text), local = parse(`${text}Z`);
    const isLocal = time === local ? apply(exec, zoneless, [text]) !== null : local === local;
    return isLocal ? exact(local) : time;
  };
  for (const name of ["Milliseconds", "Seconds", "Minutes", "Hours", "Date", "Month", "FullYear"]) {
    const set = prototype[`setUTC${name}`];
    replace(prototype, `set${name}`, {[name](...parts) {
      const time = apply(getTime, this, []);
      return apply(setTime, this, [exact(apply(set, new Native(time + ahead(time)), parts))]);
    }}[name]);
  }
  const Exact = new Proxy(Native, {construct(target, parts, made) {
    if (parts.length > 1) return construct(target, [exact(apply(UTC, target, parts))], made);
    const [value] = parts;
    return construct(target, typeof value === "string" ? [parsed(value)] : parts, made);
  }});
  replace(Native, "parse", {parse(text) { return parsed(`${text}`); }}.parse);
  replace(prototype, "constructor", Exact);
  replace(globalThis, "Date", Exact);
})();
"""
