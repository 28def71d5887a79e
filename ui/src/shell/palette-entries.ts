import { useQuery } from "@tanstack/react-query";
import { useNavigate, useRouter } from "@tanstack/react-router";
import { Clock, Contrast, Globe, Keyboard, LogOut, type LucideIcon, Pause, Play, Rows4 } from "lucide-react";
import { stateLook } from "@/design/states";
import { kindLabel, placeOf } from "@/features/search/places";
import { searchQuery } from "@/features/search/queries";
import { isSignedIn } from "@/features/session/queries";
import { live } from "@/lib/live";
import { preferences, setPreference } from "@/lib/preferences";
import { leave } from "./leave";
import { NAVIGATION } from "./navigation";
import { overlay } from "./overlays";
import { recentPages } from "./recent";

export interface Entry {
  id: string;
  label: string;
  detail?: string | undefined;
  icon: LucideIcon;
  /** A state's colour for the icon. */
  color?: string | undefined;
  keys?: string | undefined;
  run: () => unknown;
}
export interface EntryGroup {
  name: string;
  entries: Entry[];
}

const KIND_ICONS: Record<string, LucideIcon> = Object.fromEntries(
  NAVIGATION.flat().map(({ label, icon }) => [label, icon]),
);

/** What the palette offers for a text: pages and commands that have its words, recent pages, and what the server finds. */
export function usePaletteEntries(text: string, searched: string) {
  const found = useFound(searched);
  const navigate = useNavigate();
  const router = useRouter();
  const goTo = NAVIGATION.flat().map(({ label, to, icon, keys }): Entry => {
    return { id: `go ${to}`, label: `Go to ${label}`, icon, keys, run: () => navigate({ to }) };
  });
  const recent = recentPages().map(({ href, title }): Entry => {
    return { id: `recent ${href}`, label: title, icon: Clock, run: () => router.navigate({ href }) };
  });
  const local: EntryGroup[] = [
    { name: "Recent", entries: recent },
    { name: "Go to", entries: goTo },
    { name: "Commands", entries: commands() },
  ];
  const words = text.toLowerCase().split(/\s+/).filter(Boolean);
  const fits = ({ label }: Entry) => words.every((word) => label.toLowerCase().includes(word));
  const groups = [
    ...local.map(({ name, entries }) => ({ name, entries: entries.filter(fits) })),
    ...found.groups,
  ];
  return { ...found, groups: groups.filter(({ entries }) => entries.length > 0) };
}

function useFound(text: string) {
  const navigate = useNavigate();
  const { data, isFetching, error } = useQuery(searchQuery(text));
  const groups = new Map<string, Entry[]>();
  for (const { subject, detail, state_type: state } of text.trim() === "" ? [] : (data ?? [])) {
    const name = kindLabel(subject.kind);
    const look = state ? stateLook(state) : undefined;
    const entry: Entry = {
      id: `${subject.kind} ${subject.id}`,
      label: subject.name,
      detail: [subject.within, detail].filter(Boolean).join(" · ") || undefined,
      icon: look?.icon ?? KIND_ICONS[name] ?? Play,
      color: look ? `var(--state-${look.tone})` : undefined,
      run: () => navigate(placeOf(subject)),
    };
    groups.set(name, [...(groups.get(name) ?? []), entry]);
  }
  return { groups: [...groups].map(([name, entries]) => ({ name, entries })), searching: isFetching, error };
}

function commands(): Entry[] {
  const { zone, density } = preferences.get();
  const theme = (value: "light" | "dark" | "system"): Entry => ({
    id: `theme ${value}`,
    label: `Theme: ${value}`,
    icon: Contrast,
    run: () => setPreference("theme", value),
  });
  const paused = live.state.get().paused;
  const list: Entry[] = [
    {
      id: "pause",
      label: paused ? "Resume live changes" : "Pause live changes",
      icon: paused ? Play : Pause,
      keys: "p",
      run: paused ? live.resume : live.pause,
    },
    theme("light"),
    theme("dark"),
    theme("system"),
    {
      id: "zone",
      label: zone === "utc" ? "Show times in local time" : "Show times in UTC",
      icon: Globe,
      run: () => setPreference("zone", zone === "utc" ? "local" : "utc"),
    },
    {
      id: "density",
      label: density === "compact" ? "Comfortable rows" : "Compact rows",
      icon: Rows4,
      run: () => setPreference("density", density === "compact" ? "comfortable" : "compact"),
    },
    {
      id: "keys",
      label: "Show keys",
      icon: Keyboard,
      keys: "?",
      run: () => overlay.set({ shown: "keys", text: "" }),
    },
  ];
  if (isSignedIn()) {
    list.push({ id: "sign out", label: "Sign out", icon: LogOut, run: leave });
  }
  return list;
}
