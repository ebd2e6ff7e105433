const whole = new Intl.NumberFormat("en");
const compact = new Intl.NumberFormat("en", { notation: "compact", maximumFractionDigits: 1 });
const SIZES = ["B", "kB", "MB", "GB", "TB"] as const;

/** "1,234". */
export function count(value: number): string {
  return whole.format(value);
}

/** "1.2K" from ten thousand on, "1,234" below. */
export function roughly(value: number): string {
  return value < 10_000 ? count(value) : compact.format(value);
}

/** "812 B", "4.1 MB": decimal, as disks and networks are sold. */
export function bytes(size: number): string {
  let value = size;
  let unit = 0;
  while (value >= 999.5 && unit < SIZES.length - 1) {
    value /= 1000;
    unit += 1;
  }
  return `${unit === 0 || value >= 99.95 ? Math.round(value) : Number(value.toFixed(1))} ${SIZES[unit]}`;
}

/** "1 file", "2 files". */
export function plural(value: number, one: string, many = `${one}s`): string {
  return `${count(value)} ${value === 1 ? one : many}`;
}
