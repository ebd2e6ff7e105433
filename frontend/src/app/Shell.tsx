import { Menu, useComputedColorScheme, useMantineColorScheme } from "@mantine/core";
import { Suspense } from "react";
import { NavLink, Outlet, useNavigation } from "react-router";
import type { Me } from "@/api/generated";
import { may, useSignOut } from "@/features/session/useMe";
import { UploadsUnderWay } from "@/features/upload/UploadsUnderWay";
import { Waiting } from "@/ui/Waiting";
import icon from "./icon.svg";
import classes from "./Shell.module.css";

const PAGES = [
  ["/dashboard", "Dashboard"],
  ["/search", "Search"],
  ["/upload", "Upload"],
] as const;

/** What surrounds every page: where one can go, and who one is. */
export function Shell({ me }: { me: Me }) {
  const isLeaving = useNavigation().state !== "idle";
  return (
    <>
      <a className={classes.skip} href="#content">
        Skip to the content
      </a>
      <header className={classes.bar}>
        <div className={classes.inside}>
          <NavLink to="/dashboard" className={classes.brand} aria-label="Model Registry">
            <img src={icon} alt="" width={24} height={24} />
            <span>Model Registry</span>
          </NavLink>
          <nav aria-label="Main" className={classes.nav}>
            {PAGES.map(([to, label]) => (
              <NavLink key={to} to={to}>
                {label}
              </NavLink>
            ))}
            {may(me, "admin") && <a className={classes.wideOnly} href="/admin/">Administration</a>}
          </nav>
          <UploadsUnderWay />
          <Account me={me} />
        </div>
        <div className={classes.progress} data-busy={isLeaving || undefined} />
      </header>
      <main id="content" tabIndex={-1} className={classes.content}>
        <Suspense fallback={<Waiting />}>
          <Outlet />
        </Suspense>
      </main>
    </>
  );
}

function Account({ me }: { me: Me }) {
  const signOut = useSignOut();
  const { setColorScheme } = useMantineColorScheme();
  const scheme = useComputedColorScheme("light");
  const other = scheme === "dark" ? "light" : "dark";
  return (
    <Menu position="bottom-end" width={230} shadow="md" withInitialFocusPlaceholder={false}>
      <Menu.Target>
        <button type="button" className={classes.account} aria-label={`Account of ${me.username}`}>
          <span aria-hidden="true">{me.username.slice(0, 1).toUpperCase()}</span>
        </button>
      </Menu.Target>
      <Menu.Dropdown>
        <Menu.Label className={classes.who}>
          <strong>{me.username}</strong>
          <span>may {me.permissions.join(", ") || "do nothing yet"}</span>
        </Menu.Label>
        <Menu.Divider />
        <Menu.Item onClick={() => setColorScheme(other)}>Use {other} colours</Menu.Item>
        <Menu.Item onClick={() => setColorScheme("auto")}>Colours as the system has them</Menu.Item>
        <Menu.Divider />
        <Menu.Item component="a" href="/api/docs/">API documentation</Menu.Item>
        {may(me, "admin") && <Menu.Item component="a" href="/admin/">Administration</Menu.Item>}
        <Menu.Divider />
        <Menu.Item onClick={() => signOut.mutate()}>Sign out</Menu.Item>
      </Menu.Dropdown>
    </Menu>
  );
}
