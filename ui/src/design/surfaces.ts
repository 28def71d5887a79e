// Classes that floating things share. Apart from them, so that none brings another along.

export const floatClass =
  "float-in z-50 rounded-lg border border-line bg-raised shadow-float text-text focus:outline-none";
export const itemClass =
  "flex min-h-8 w-full cursor-default items-center gap-2 rounded-md px-2 text-left select-none outline-none " +
  "data-[highlighted]:bg-hover data-[disabled]:opacity-55";
