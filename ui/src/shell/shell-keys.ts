import { useNavigate } from "@tanstack/react-router";
import { useEffect } from "react";
import { listenForKeys, useKeys } from "@/lib/keys";
import { live } from "@/lib/live";
import { NAVIGATION } from "./navigation";
import { openPalette, overlay } from "./overlays";

/** Keys that work on every page. */
export function useShellKeys(): void {
  const navigate = useNavigate();
  useEffect(listenForKeys, []);
  useKeys("Anywhere", [
    { keys: "mod+k", label: "Search or go to…", run: () => openPalette() },
    { keys: "?", label: "Show keys", run: () => overlay.set({ shown: "keys", text: "" }) },
    {
      keys: "p",
      label: "Pause or resume live changes",
      run: () => (live.state.get().paused ? live.resume() : live.pause()),
    },
    { keys: "/", label: "Filter", run: focusFilter },
  ]);
  useKeys(
    "Go to",
    NAVIGATION.flat().map(({ keys, label, to }) => ({ keys, label, run: () => void navigate({ to }) })),
  );
}

function focusFilter(): void {
  const filter = document.querySelector<HTMLInputElement>("main input[type=search]");
  if (filter) filter.focus();
  else openPalette();
}
