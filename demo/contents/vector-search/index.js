/** Vectors under keys, searched one by one: exact, and fast enough for a few thousand. */
export class VectorIndex {
  #entries = new Map();

  add(key, vector) {
    const length = Math.hypot(...vector) || 1;
    this.#entries.set(key, vector.map((value) => value / length));
  }

  /** The `count` keys nearest to `vector` by cosine, the nearest first. */
  nearest(vector, count = 10) {
    const length = Math.hypot(...vector) || 1;
    const scored = [...this.#entries].map(([key, entry]) => ({
      key,
      score: entry.reduce((sum, value, at) => sum + value * vector[at], 0) / length,
    }));
    return scored.sort((one, other) => other.score - one.score).slice(0, count);
  }
}
