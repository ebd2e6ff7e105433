import { Skeleton } from "@mantine/core";

/** The shape of what is coming. */
export function Waiting({ rows = 4, height = 18 }: { rows?: number; height?: number }) {
  return (
    <div role="status" aria-label="Loading" style={{ display: "grid", gap: 10, padding: "12px 0" }}>
      {Array.from({ length: rows }, (_, row) => (
        <Skeleton key={row} height={height} width={`${92 - ((row * 17) % 40)}%`} radius="sm" />
      ))}
    </div>
  );
}
