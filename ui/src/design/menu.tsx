import { Check, type LucideIcon } from "lucide-react";
import { DropdownMenu as Radix } from "radix-ui";
import { Fragment, type ReactElement, type ReactNode } from "react";
import { cx } from "./cx";
import { floatClass, itemClass } from "./surfaces";

export interface MenuItem {
  id: string;
  label: ReactNode;
  icon?: LucideIcon | undefined;
  onSelect?: (() => void) | undefined;
  /** Shows a check mark; choosing toggles it and leaves the menu open. */
  checked?: boolean | undefined;
  danger?: boolean | undefined;
  disabled?: boolean | undefined;
  /** At the right: a key, a count. */
  hint?: ReactNode;
}

export interface MenuProps {
  /** The button that opens it. */
  trigger: ReactElement;
  /** Groups, with a line between them. */
  groups: readonly (readonly MenuItem[])[];
  align?: "start" | "center" | "end" | undefined;
  label?: string | undefined;
}

export function Menu({ trigger, groups, align = "end", label }: MenuProps) {
  return (
    <Radix.Root modal={false}>
      <Radix.Trigger asChild>{trigger}</Radix.Trigger>
      <Radix.Portal>
        <Radix.Content
          align={align}
          sideOffset={4}
          collisionPadding={8}
          aria-label={label}
          className={cx(
            floatClass,
            "max-h-(--radix-dropdown-menu-content-available-height) min-w-44 overflow-y-auto p-1",
          )}
        >
          {groups
            .filter((group) => group.length > 0)
            .map((group, index) => (
              <Fragment key={group[0]?.id}>
                {index > 0 ? <Radix.Separator className="-mx-1 my-1 h-px bg-line" /> : null}
                {group.map((item) => (
                  <Item key={item.id} {...item} />
                ))}
              </Fragment>
            ))}
        </Radix.Content>
      </Radix.Portal>
    </Radix.Root>
  );
}

function Item({ label, icon: Icon, onSelect, checked, danger, disabled = false, hint }: MenuItem) {
  const inside = (
    <>
      {Icon ? <Icon aria-hidden className="size-4 shrink-0" /> : null}
      <span className="grow">{label}</span>
      {hint ? <span className="text-xs text-muted">{hint}</span> : null}
    </>
  );
  const select = () => onSelect?.();
  if (checked === undefined) {
    return (
      <Radix.Item onSelect={select} disabled={disabled} className={cx(itemClass, danger && "text-danger")}>
        {inside}
      </Radix.Item>
    );
  }
  return (
    <Radix.CheckboxItem
      checked={checked}
      onCheckedChange={select}
      onSelect={(event) => event.preventDefault()}
      disabled={disabled}
      className={itemClass}
    >
      <span className="flex size-4 shrink-0">
        <Radix.ItemIndicator>
          <Check aria-hidden className="size-4 text-accent" />
        </Radix.ItemIndicator>
      </span>
      {inside}
    </Radix.CheckboxItem>
  );
}
