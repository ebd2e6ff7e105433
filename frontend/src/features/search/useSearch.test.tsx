import { QueryClient, QueryClientProvider } from "@tanstack/react-query";
import { renderHook, waitFor } from "@testing-library/react";
import type { ReactNode } from "react";
import { beforeEach, expect, test, vi } from "vitest";
import { client } from "@/api/generated/client.gen";
import { prepareClient } from "@/api/client";
import { ANYTHING } from "./criteria";
import { search, useSearch } from "./useSearch";

type Answer = (body: Record<string, string>, signal: AbortSignal) => Promise<Response> | Response;
let answer: Answer;
const asked: Record<string, string>[] = [];

beforeEach(() => {
  asked.length = 0;
  prepareClient();
  client.setConfig({
    baseUrl: "http://registry.test",
    fetch: async (input: RequestInfo | URL) => {
      const request = input as Request;
      const body = (await request.clone().json()) as Record<string, string>;
      asked.push(body);
      return answer(body, request.signal);
    },
  });
});

function page(...names: string[]): Response {
  const packages = names.map((name) => ({ name }));
  return Response.json({ packages, total: names.length, total_is_exact: true, offset: 0, limit: 25, next: null });
}

test("words that nothing has are looked for in names", async () => {
  answer = (body) => (body.name ? page("encoder") : page());
  const found = await search({ ...ANYTHING, text: "enc" }, new AbortController().signal);
  expect([found.instead, found.packages.map(({ name }) => name)]).toEqual(["names", ["encoder"]]);
  expect(asked).toEqual([{ query: "enc", sort: "newest" }, { name: "enc", sort: "newest" }]);
});

test("a name is looked for in names first", async () => {
  answer = (body) => (body.name ? page("org/encoder") : page());
  const found = await search({ ...ANYTHING, text: "org/enc" }, new AbortController().signal);
  expect([found.instead, asked.length]).toEqual([null, 1]);
});

test("a pattern is asked once", async () => {
  answer = () => page();
  await search({ ...ANYTHING, text: "enc", isRegex: true }, new AbortController().signal);
  expect(asked).toEqual([{ regex: "enc", sort: "newest" }]);
});

test("an answer that comes too late is dropped", async () => {
  const late = vi.fn<() => void>();
  answer = (body, signal) =>
    body.query === "slow"
      ? new Promise((resolve) => {
          signal.addEventListener("abort", late);
          setTimeout(() => resolve(page("from the slow one")), 80);
        })
      : page("from the quick one");
  const queries = new QueryClient({ defaultOptions: { queries: { retry: false } } });
  const wrapper = ({ children }: { children: ReactNode }) => <QueryClientProvider client={queries}>{children}</QueryClientProvider>;
  const { result, rerender } = renderHook(({ text }) => useSearch({ ...ANYTHING, text }), { wrapper, initialProps: { text: "slow" } });
  await waitFor(() => expect(asked.length).toBe(1));
  rerender({ text: "quick" });
  await waitFor(() => expect(result.current.data?.packages[0]?.name).toBe("from the quick one"));
  await new Promise((resolve) => setTimeout(resolve, 120));
  expect(result.current.data?.packages[0]?.name).toBe("from the quick one");
  expect(late).toHaveBeenCalledOnce();
});
