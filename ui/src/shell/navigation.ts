import {
  Boxes,
  Gauge,
  House,
  type LucideIcon,
  Play,
  Radio,
  Rocket,
  Server,
  Settings,
  Variable,
  Workflow,
  Zap,
} from "lucide-react";

export interface NavItem {
  label: string;
  to: string;
  icon: LucideIcon;
  /** The sequence that goes there. */
  keys: string;
}

/**
 * What the sidebar, the palette and the keys lead to.
 *
 * Places of pages to come, to be added when they are there and not before:
 *   Blocks (g b) and Artifacts (g t) in the group of Events, Audit and Users in the last group, before Settings.
 */
export const NAVIGATION: readonly (readonly NavItem[])[] = [
  [
    { label: "Home", to: "/", icon: House, keys: "g h" },
    { label: "Runs", to: "/runs", icon: Play, keys: "g r" },
    { label: "Flows", to: "/flows", icon: Workflow, keys: "g f" },
    { label: "Deployments", to: "/deployments", icon: Rocket, keys: "g d" },
  ],
  [
    { label: "Automations", to: "/automations", icon: Zap, keys: "g a" },
    { label: "Events", to: "/events", icon: Radio, keys: "g e" },
  ],
  [
    { label: "Work pools", to: "/work-pools", icon: Boxes, keys: "g p" },
    { label: "Workers", to: "/workers", icon: Server, keys: "g w" },
    { label: "Concurrency", to: "/concurrency", icon: Gauge, keys: "g c" },
    { label: "Variables", to: "/variables", icon: Variable, keys: "g v" },
  ],
  [{ label: "Settings", to: "/settings", icon: Settings, keys: "g s" }],
];
