import { createBrowserRouter, redirect } from "react-router";
import { NotFoundPage } from "@/pages/NotFoundPage";
import { SignInPage } from "@/pages/SignInPage";
import { BrokenPage } from "@/pages/BrokenPage";
import { SignedIn } from "./SignedIn";

/** The pages' addresses. The sign-in page comes with the first script, every other one when it is opened. */
export function makeRouter() {
  return createBrowserRouter([
    { path: "/login", element: <SignInPage />, errorElement: <BrokenPage /> },
    {
      element: <SignedIn />,
      errorElement: <BrokenPage />,
      children: [
        { path: "/", loader: () => redirect("/dashboard") },
        { path: "/dashboard", lazy: async () => ({ Component: (await import("@/pages/DashboardPage")).DashboardPage }) },
        { path: "/search", lazy: async () => ({ Component: (await import("@/pages/SearchPage")).SearchPage }) },
        { path: "/upload", lazy: async () => ({ Component: (await import("@/pages/UploadPage")).UploadPage }) },
        { path: "/package/:id", lazy: async () => ({ Component: (await import("@/pages/PackagePage")).PackagePage }) },
        { path: "*", element: <NotFoundPage /> },
      ],
      HydrateFallback: () => null,
    },
  ]);
}
