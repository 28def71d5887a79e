import { readStored, writeStored } from "@/lib/storage";

export interface RecentPage {
  /** Below the base path, with search. */
  href: string;
  title: string;
}

const MOST = 8;

export function recentPages(): RecentPage[] {
  const stored = readStored("recent");
  if (!Array.isArray(stored)) return [];
  return stored.filter((each) => typeof each?.href === "string" && typeof each?.title === "string");
}

/** Remembers a page that was left, under the title that it had by then. */
export function rememberPage(href: string, title: string): void {
  const name = title.replace(/ · Penstock$/, "");
  if (!name || name === "Penstock" || href.startsWith("/sign-in")) return;
  const path = href.split(/[?#]/)[0];
  const others = recentPages().filter((page) => page.href.split(/[?#]/)[0] !== path);
  writeStored("recent", [{ href, title: name }, ...others].slice(0, MOST));
}
