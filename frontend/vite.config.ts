import react from "@vitejs/plugin-react";
import { defineConfig } from "vitest/config";

// Django serves dist/assets as /static/web/ and the document itself; see registry_project/pages.py.
export default defineConfig({
  base: "/static/web/",
  plugins: [react()],
  resolve: { tsconfigPaths: true },
  build: { target: "es2022", assetsDir: "assets", assetsInlineLimit: 0, modulePreload: { polyfill: false } },
  experimental: {
    // The files of dist/assets stand directly under /static/web/.
    renderBuiltUrl: (filename) => `/static/web/${filename.replace(/^assets\//, "")}`,
  },
  server: {
    proxy: Object.fromEntries(
      ["/session", "/user", "/stats", "/health", "/packages", "/package/", "/job", "/uploads", "/objects", "/static/admin"].map(
        (path) => [path, { target: "http://127.0.0.1:8000", bypass: (request) =>
          request.headers.accept?.includes("text/html") ? "/index.html" : undefined }],
      ),
    ),
  },
  test: { environment: "happy-dom", include: ["src/**/*.test.{ts,tsx}"], restoreMocks: true },
});
