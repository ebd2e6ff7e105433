import { Link } from "react-router";
import { PageTitle } from "@/ui/PageTitle";

export function NotFoundPage() {
  return (
    <div style={{ display: "grid", gap: 8, padding: "48px 0", justifyItems: "center", textAlign: "center" }}>
      <PageTitle tab="Not found">There is nothing at this address</PageTitle>
      <p className="dim">It may have been deleted, or the link is incomplete.</p>
      <p><Link to="/search">Search the registry</Link> or go to the <Link to="/dashboard">dashboard</Link>.</p>
    </div>
  );
}
