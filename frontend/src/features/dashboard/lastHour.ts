import type { Stats } from "@/api/generated";
import { duration } from "@/format/dates";
import { count, plural } from "@/format/numbers";

export type LastHour = Stats["last_hour"];

/** One minute's bar, as shares (0-1) of the busiest minute's height: all its requests, and those that failed. */
export interface Bar {
  readonly all: number;
  readonly failed: number;
}

export function bars(minutes: LastHour["minutes"]): Bar[] {
  const most = Math.max(1, ...minutes.map((minute) => minute.requests));
  return minutes.map((minute) => ({ all: minute.requests / most, failed: minute.errors / most }));
}

/** How long it took; a dash where nothing was measured. */
export function took(milliseconds: number | null): string {
  return milliseconds === null ? "–" : duration(milliseconds / 1000);
}

/** "0", "3 (0.2 %)". */
export function failures({ requests, errors }: Pick<LastHour, "requests" | "errors">): string {
  if (!errors) return "0";
  const share = (100 * errors) / requests;
  return `${count(errors)} (${share < 0.1 ? "under 0.1" : Number(share.toFixed(share < 10 ? 1 : 0))} %)`;
}

/** What the bars show, for those who don't see them. */
export function inWords(hour: LastHour): string {
  const most = Math.max(0, ...hour.minutes.map((minute) => minute.requests));
  const busy = hour.minutes.filter((minute) => minute.requests > 0).length;
  const failed = hour.errors ? `${count(hour.errors)} failed` : "none failed";
  return `Requests minute by minute: ${count(hour.requests)} in ${plural(busy, "minute")}, at most ${count(most)} in one; ${failed}.`;
}
