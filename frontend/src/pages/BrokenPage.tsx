import { Button } from "@mantine/core";

/** When a page's own code fails, or couldn't be fetched (a newer version was installed meanwhile). */
export function BrokenPage() {
  return (
    <main style={{ display: "grid", gap: 10, padding: "64px 16px", justifyItems: "center", textAlign: "center" }}>
      <title>Something went wrong · Model Registry</title>
      <h1>This page didn't open</h1>
      <p className="dim">The registry may have been updated, or can't be reached. Loading the page again usually helps.</p>
      <Button onClick={() => window.location.reload()}>Load the page again</Button>
    </main>
  );
}
