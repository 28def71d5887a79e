import { createLink } from "@tanstack/react-router";
import type { LucideIcon } from "lucide-react";
import type { ComponentProps, ReactNode } from "react";
import { type ButtonKind, type ButtonSize, buttonClass } from "./button";
import { cx } from "./cx";

const linkClass = "rounded-sm text-accent underline-offset-2 hover:underline";
/** For links that are the content of a table's cell: calm until they are looked at. */
export const quietLinkClass =
  "rounded-sm text-text font-medium underline-offset-2 hover:text-accent hover:underline";

function Anchor({ quiet, className, ...rest }: ComponentProps<"a"> & { quiet?: boolean | undefined }) {
  return <a {...rest} className={cx(quiet ? quietLinkClass : linkClass, className)} />;
}

/** A link to a page of ours, typed by the route table: `<TextLink to="/runs/$id" params={{ id }}>`. */
export const TextLink = createLink(Anchor);

interface ButtonAnchorProps extends ComponentProps<"a"> {
  kind?: ButtonKind | undefined;
  size?: ButtonSize | undefined;
  icon?: LucideIcon | undefined;
  children?: ReactNode;
}

function ButtonAnchor({ kind, size, icon: Icon, className, children, ...rest }: ButtonAnchorProps) {
  return (
    <a {...rest} className={buttonClass(kind, size, className)}>
      {Icon ? <Icon aria-hidden className="size-4 shrink-0" /> : null}
      {children}
    </a>
  );
}

/** Leads to a page of ours and looks like a button. */
export const LinkButton = createLink(ButtonAnchor);
