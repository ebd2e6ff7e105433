import { Alert } from "@mantine/core";
import { Navigate, useLocation, useSearchParams } from "react-router";
import icon from "@/app/icon.svg";
import { SignInForm } from "@/features/session/SignInForm";
import { useMe } from "@/features/session/useMe";
import { PageTitle } from "@/ui/PageTitle";
import classes from "./SignInPage.module.css";

/** Where to go afterwards: a path of ours, whatever the address says. */
export function safeNext(next: string | null): string {
  return next?.startsWith("/") && !/^\/[/\\]/.test(next) && !next.startsWith("/login") ? next : "/dashboard";
}

export function SignInPage() {
  const [query] = useSearchParams();
  const isOver = (useLocation().state as { over?: boolean } | null)?.over === true;
  const me = useMe();
  if (me.data) return <Navigate replace to={safeNext(query.get("next"))} />;
  return (
    <main className={classes.page}>
      <div className={classes.card}>
        <img src={icon} alt="" width={40} height={40} />
        <PageTitle tab="Sign in">Model Registry</PageTitle>
        <p className="dim">Models and packages, with the reasons to trust them.</p>
        {isOver && (
          <Alert color="indigo" variant="light" mt="md" role="status">
            Your session is over. Sign in again and you are back where you were.
          </Alert>
        )}
        <div className={classes.form}>
          <SignInForm />
        </div>
        <p className={`dim ${classes.foot}`}>Accounts are made by an administrator. Programs use tokens: see the <a href="/api/docs/">API</a>.</p>
      </div>
    </main>
  );
}
