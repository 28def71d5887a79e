import { Outlet, useLocation } from "@tanstack/react-router";
import { lazy, Suspense, useEffect } from "react";
import { Toaster } from "@/design/toast";
import { live } from "@/lib/live";
import { useStore } from "@/lib/store";
import { ConnectionBanner } from "./connection-banner";
import { NavigationEffects } from "./navigation-effects";
import { overlay } from "./overlays";
import { useShellKeys } from "./shell-keys";
import { Sidebar } from "./sidebar";
import { TopBar } from "./top-bar";

const MobileMenu = lazy(() => import("./mobile-menu"));
const loadPalette = () => import("./palette");
const Palette = lazy(loadPalette);
const KeysOverlay = lazy(() => import("./keys-overlay"));

const PALETTE_AFTER_MS = 1500;

/** The frame around every page; signing in has none. */
export function Root() {
  const isBare = useLocation({ select: ({ pathname }) => pathname === "/sign-in" });
  return (
    <>
      {isBare ? (
        <main id="main" tabIndex={-1} className="flex min-h-dvh flex-col">
          <Outlet />
        </main>
      ) : (
        <Frame />
      )}
      <NavigationEffects />
      <Toaster />
    </>
  );
}

function Frame() {
  const { shown } = useStore(overlay);
  useShellKeys();
  useEffect(() => live.start(), []);
  // Who calls it types at once: it must be there already. Where the server is away, it is asked for when it is called.
  useEffect(() => {
    const soon = setTimeout(() => void loadPalette().catch(() => undefined), PALETTE_AFTER_MS);
    return () => clearTimeout(soon);
  }, []);
  return (
    <div className="flex min-h-dvh">
      <SkipLink />
      <Sidebar />
      <div className="flex min-w-0 grow flex-col">
        <TopBar />
        <ConnectionBanner />
        <main
          id="main"
          tabIndex={-1}
          className="mx-auto flex w-full max-w-[112rem] grow flex-col gap-5 px-4 pt-4 pb-10 sm:px-6"
        >
          <Outlet />
        </main>
      </div>
      <Suspense fallback={null}>
        {shown === "menu" ? <MobileMenu /> : null}
        {shown === "palette" ? <Palette /> : null}
        {shown === "keys" ? <KeysOverlay /> : null}
      </Suspense>
    </div>
  );
}

function SkipLink() {
  return (
    <button
      type="button"
      onClick={() => document.getElementById("main")?.focus()}
      className="sr-only z-50 rounded-md bg-accent px-3 py-2 font-medium text-on-accent focus:not-sr-only focus:fixed focus:top-2 focus:left-2"
    >
      Skip to the page
    </button>
  );
}
