// Paths as the server writes them: `image`, `env.LOG_LEVEL`, `env['a.b']`, `job_configuration.args[0]`.

export type Path = readonly string[];

const PLAIN = /^[\p{L}\p{M}\p{Pc}][\p{L}\p{M}\p{N}\p{Pc}-]*$/u;
const SHOWN = 200;

function shown(text: string): string {
  return text.length <= SHOWN ? text : `${text.slice(0, SHOWN)}…`;
}

export function joinPath(path: Path): string {
  return path.reduce((text, step) => {
    if (PLAIN.test(step) && step.length <= SHOWN) return text ? `${text}.${step}` : step;
    return text ? `${text}['${shown(step)}']` : shown(step);
  }, "");
}

/** The path itself, then every path around it, innermost first: `env['a.b'][0]` → itself, `env['a.b']`, `env`. */
export function outwards(path: string): string[] {
  const found: string[] = [];
  for (let text = path; text; ) {
    found.push(text);
    text = text.endsWith("']")
      ? text.slice(0, text.lastIndexOf("['"))
      : text.slice(0, Math.max(0, text.lastIndexOf("."), text.lastIndexOf("[")));
  }
  return found;
}
