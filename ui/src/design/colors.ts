/** What a colour of the tokens is now, as rgb(): for a canvas, which knows no variables. Ask again when the theme changes. */
export function resolveColor(color: string): string {
  const probe = document.createElement("span");
  probe.style.color = color.startsWith("--") ? `var(${color})` : color;
  probe.hidden = true;
  document.body.append(probe);
  const resolved = getComputedStyle(probe).color;
  probe.remove();
  return resolved;
}
