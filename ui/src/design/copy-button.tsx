import { Check, Copy } from "lucide-react";
import { useEffect, useState } from "react";
import { Button, IconButton } from "./button";

/** Puts text on the clipboard; also where the page is not served over https. */
export async function copyText(text: string): Promise<boolean> {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    const area = document.createElement("textarea");
    area.value = text;
    area.setAttribute("readonly", "");
    area.className = "sr-only";
    const focused = document.activeElement as HTMLElement | null;
    // A dialog takes the focus back from whatever is outside of it.
    (focused?.closest("[role=dialog], [role=menu]") ?? document.body).append(area);
    area.select();
    const done = document.execCommand?.("copy") ?? false;
    area.remove();
    focused?.focus({ preventScroll: true });
    return done;
  }
}

export interface CopyButtonProps {
  /** What is copied; a function where it takes work to make. */
  text: string | (() => string | Promise<string>);
  /** What is copied, in words: "Copy request id". */
  label?: string | undefined;
  /** With the label as visible text instead of an icon alone. */
  showLabel?: boolean | undefined;
  size?: "small" | "medium" | undefined;
  className?: string | undefined;
}

export function CopyButton({ text, label = "Copy", showLabel, size = "small", className }: CopyButtonProps) {
  const [result, setResult] = useState<"" | "Copied" | "Cannot copy here">("");
  useEffect(() => {
    if (!result) return;
    const timer = setTimeout(() => setResult(""), 1600);
    return () => clearTimeout(timer);
  }, [result]);
  const copy = async () => {
    const done = await copyText(typeof text === "string" ? text : await text());
    setResult(done ? "Copied" : "Cannot copy here");
  };
  const icon = result === "Copied" ? Check : Copy;
  return (
    <>
      {showLabel ? (
        <Button icon={icon} size={size} onClick={copy} className={className}>
          {result || label}
        </Button>
      ) : (
        <IconButton icon={icon} label={result || label} size={size} onClick={copy} className={className} />
      )}
      <span role="status" className="sr-only">
        {result}
      </span>
    </>
  );
}
