import { useEffect, useState } from "react";
import { Navigate } from "react-router";
import { useMe } from "@/features/session/useMe";
import { uploads } from "@/features/upload/uploads";
import { Failure } from "@/ui/Failure";
import { Waiting } from "@/ui/Waiting";
import { Shell } from "./Shell";

/** The pages behind the sign-in. Whose session ends is sent to sign in, told why, and brought back afterwards. */
export function SignedIn() {
  const me = useMe();
  const username = me.data?.username;
  useEffect(() => {
    if (username !== undefined) uploads.belongTo(username);
  }, [username]);
  if (me.data) return <Shell me={me.data} />;
  if (me.data === null) return <ToSignIn />;
  return <main style={{ padding: 24 }}>{me.error ? <Failure error={me.error} retry={me.refetch} /> : <Waiting />}</main>;
}

/** Remembers the address as it stood: the router's own copy of it lags behind while a page is being drawn. */
function ToSignIn() {
  const [next] = useState(() => encodeURIComponent(window.location.pathname + window.location.search));
  return <Navigate replace to={`/login?next=${next}`} state={{ over: true }} />;
}
