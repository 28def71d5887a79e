import { useNavigate, useSearch } from "@tanstack/react-router";
import { Tabs as Radix } from "radix-ui";
import type { ReactNode } from "react";
import { cx } from "./cx";

export interface TabItem {
  id: string;
  label: ReactNode;
  /** Shown behind the label. */
  count?: number | string | undefined;
  content: ReactNode;
}

export interface TabsProps {
  /** What the tabs are about, for screen readers. */
  label: string;
  items: readonly TabItem[];
  value: string;
  onChange: (id: string) => void;
  /** Right of the tabs. */
  actions?: ReactNode;
  className?: string | undefined;
}

/** Only the content of the chosen tab is rendered. */
export function Tabs({ label, items, value, onChange, actions, className }: TabsProps) {
  return (
    <Radix.Root value={value} onValueChange={onChange} activationMode="manual" className={className}>
      <div className="flex items-end justify-between gap-4 border-b border-line">
        <Radix.List aria-label={label} className="-mb-px flex gap-1 overflow-x-auto pt-1 px-0.5">
          {items.map((item) => (
            <Radix.Trigger
              key={item.id}
              value={item.id}
              className={cx(
                "inline-flex h-9 shrink-0 items-center gap-1.5 border-b-2 border-transparent px-2.5 font-medium",
                "text-muted hover:text-text data-[state=active]:border-accent data-[state=active]:text-text",
                "focus-visible:outline-offset-[-2px]",
              )}
            >
              {item.label}
              {item.count === undefined ? null : (
                <span className="rounded-full bg-sunken px-1.5 text-xs text-muted tabular-nums">
                  {item.count}
                </span>
              )}
            </Radix.Trigger>
          ))}
        </Radix.List>
        {actions ? <div className="flex items-center gap-2 pb-1.5">{actions}</div> : null}
      </div>
      {items.map((item) => (
        <Radix.Content key={item.id} value={item.id} className="pt-4">
          {item.content}
        </Radix.Content>
      ))}
    </Radix.Root>
  );
}

export interface UrlTabsProps extends Omit<TabsProps, "value" | "onChange"> {
  /** The key in the address that holds the tab; nothing there means the first. */
  param?: string | undefined;
}

/** Tabs whose choice is in the address. What one has in the address beside it, means nothing to another. */
export function UrlTabs({ param = "tab", items, ...rest }: UrlTabsProps) {
  const search = useSearch({ strict: false }) as Record<string, unknown>;
  const navigate = useNavigate();
  const first = items[0]?.id ?? "";
  const value = items.find(({ id }) => id === search[param])?.id ?? first;
  const onChange = (id: string) =>
    navigate({
      to: ".",
      search: id === first ? {} : { [param]: id },
      replace: true,
    });
  return <Tabs {...rest} items={items} value={value} onChange={onChange} />;
}
