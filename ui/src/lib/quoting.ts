// Words that keep their meaning inside of a longer text.

/** A word of a command line, quoted where a shell would read it as something else. */
export function shellWord(text: string): string {
  return /^[\w@%+=:,./-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`;
}

/** A value of the filter of runs: in quotation marks where it would be read as something else without. */
export function filterWord(text: string, also: RegExp = /[,]/): string {
  const isPlain = text !== "" && !/[\s"\\]/.test(text) && !also.test(text);
  return isPlain ? text : `"${text.replace(/["\\]/g, "\\$&")}"`;
}
