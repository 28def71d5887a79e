import { Link } from "@tanstack/react-router";
import { PanelLeftClose, PanelLeftOpen } from "lucide-react";
import { IconButton } from "@/design/button";
import { cx } from "@/design/cx";
import { Tooltip } from "@/design/tooltip";
import icon from "@/icon.svg";
import { setPreference, usePreferences } from "@/lib/preferences";
import { NAVIGATION, type NavItem } from "./navigation";

export function Brand({ narrow }: { narrow?: boolean }) {
  return (
    <Link to="/" aria-label="Penstock, home" className="flex items-center gap-2 rounded-md p-1">
      <img src={icon} alt="" width={24} height={24} />
      {narrow ? null : <span className="text-lg font-semibold tracking-tight">Penstock</span>}
    </Link>
  );
}

export function Sidebar() {
  const narrow = usePreferences().sidebar === "narrow";
  return (
    <aside
      className={cx(
        "sticky top-0 hidden h-dvh shrink-0 flex-col border-r border-line bg-surface md:flex",
        narrow ? "w-14" : "w-54",
      )}
    >
      <div className={cx("flex h-12 items-center border-b border-line", narrow ? "justify-center" : "px-3")}>
        <Brand narrow={narrow} />
      </div>
      <Navigation narrow={narrow} />
      <div className={cx("flex border-t border-line p-2", narrow && "justify-center")}>
        <IconButton
          icon={narrow ? PanelLeftOpen : PanelLeftClose}
          label={narrow ? "Widen the sidebar" : "Narrow the sidebar"}
          onClick={() => setPreference("sidebar", narrow ? "open" : "narrow")}
        />
      </div>
    </aside>
  );
}

export function Navigation({ narrow = false, onNavigate }: { narrow?: boolean; onNavigate?: () => void }) {
  return (
    <nav aria-label="Main" className="flex min-h-0 grow flex-col gap-3 overflow-y-auto p-2">
      {NAVIGATION.map((group) => (
        <ul
          key={group[0]?.to}
          className="flex flex-col gap-0.5 border-line not-first:border-t not-first:pt-3"
        >
          {group.map((item) => (
            <li key={item.to}>
              <Entry item={item} narrow={narrow} onNavigate={onNavigate} />
            </li>
          ))}
        </ul>
      ))}
    </nav>
  );
}

interface EntryProps {
  item: NavItem;
  narrow: boolean;
  onNavigate: (() => void) | undefined;
}

function Entry({ item: { label, to, icon: Icon }, narrow, onNavigate }: EntryProps) {
  const link = (
    <Link
      to={to}
      activeOptions={{ exact: to === "/", includeSearch: false }}
      onClick={() => onNavigate?.()}
      aria-label={narrow ? label : undefined}
      className={cx(
        "flex h-9 items-center gap-2.5 rounded-md font-medium focus-visible:outline-offset-[-2px]",
        narrow ? "justify-center" : "px-2.5",
      )}
      activeProps={{ className: "bg-accent-soft text-accent" }}
      inactiveProps={{ className: "text-muted hover:bg-hover hover:text-text" }}
    >
      <Icon aria-hidden className="size-4.5 shrink-0" />
      {narrow ? null : <span className="truncate">{label}</span>}
    </Link>
  );
  return narrow ? (
    <Tooltip text={label} side="right">
      {link}
    </Tooltip>
  ) : (
    link
  );
}
