/** The metrics in the order they are shown, with the words people know them by. */
export const METRICS: Readonly<Record<string, { label: string; about: string }>> = {
  net_score: { label: "Net score", about: "The weighted mean of what is known; 0 without an acceptable licence." },
  license_score: { label: "Licence", about: "Whether the licence allows use together with LGPL-2.1 code." },
  correctness: { label: "Correctness", about: "Sound archive, real tests, passing checks, few open issues." },
  ramp_up: { label: "Ramp-up", about: "How far the documentation carries somebody new." },
  bus_factor: { label: "Bus factor", about: "How many people would have to leave before nobody knows the code." },
  responsive_maintainer: { label: "Responsiveness", about: "Recent activity, and the time to a first human answer." },
  good_pinning_practice: { label: "Pinning", about: "The share of dependencies held to one major and minor version." },
  pull_request: { label: "Reviewed code", about: "The share of code that came through a reviewed pull request." },
  reviewedness: { label: "Reviewedness", about: "The same, for the repository that a model links to." },
  reproducibility: { label: "Reproducibility", about: "Whether the model card's own code runs." },
  tree_score: { label: "Tree score", about: "The mean net score of the models it derives from." },
};

/** A metric's name for people; an unknown one's own words. */
export function metricLabel(metric: string): string {
  const words = metric.replaceAll("_", " ");
  return METRICS[metric]?.label ?? words.charAt(0).toUpperCase() + words.slice(1);
}

export type Grade = "good" | "fair" | "poor" | "unknown";

/** How a score reads: -1 and null are unknown, never poor. The ingest gate is at 0.5. */
export function grade(value: number | null | undefined): Grade {
  if (value === null || value === undefined || value < 0) return "unknown";
  if (value >= 0.75) return "good";
  return value >= 0.5 ? "fair" : "poor";
}

/** "0.82"; an unknown score is a dash. */
export function score(value: number | null | undefined): string {
  return value === null || value === undefined || value < 0 ? "–" : value.toFixed(2);
}

/** Metrics by the order above, unknown ones last by name. */
export function inOrder(metrics: readonly string[]): string[] {
  const order = Object.keys(METRICS);
  const place = (name: string) => (order.includes(name) ? order.indexOf(name) : order.length);
  return [...metrics].sort((one, other) => place(one) - place(other) || one.localeCompare(other));
}
