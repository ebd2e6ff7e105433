import { Button, Group } from "@mantine/core";
import { count } from "@/format/numbers";
import { PAGE_SIZE } from "./criteria";
import type { Found } from "./useSearch";

/** Which part of the answer is shown, and the way to its neighbours. */
export function Pages({ found, page, go }: { found: Found; page: number; go: (to: number) => void }) {
  const first = (page - 1) * PAGE_SIZE + 1;
  const last = first + found.packages.length - 1;
  return (
    <nav aria-label="Pages of results">
      <Group justify="space-between" gap="sm">
        <span className="dim number">
          {count(first)}–{count(last)} of {found.total_is_exact ? "" : "about "}
          {count(found.total)}
        </span>
        <Group gap="xs">
          <Button variant="default" disabled={page <= 1} onClick={() => go(page - 1)}>Previous</Button>
          <Button variant="default" disabled={!found.next} onClick={() => go(page + 1)}>Next</Button>
        </Group>
      </Group>
    </nav>
  );
}
