// What somebody who is led to a place wants to type into: what is wrong, else the control, else a button beside it.
const IN_ORDER = [
  "[aria-invalid=true]",
  "input:not([tabindex='-1']), textarea, [role=combobox], [role=textbox]",
  "select",
  "button",
];

export function focusFirst(place: Element): void {
  for (const selector of IN_ORDER) {
    const control = place.querySelector<HTMLElement>(selector);
    if (!control) continue;
    control.focus();
    return;
  }
}
