/** A word as a shell takes it. */
export function shellWord(text: string): string {
  return /^[\w@%+=:,./-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`;
}

export const workerCommand = (pool: string): string => `penstock worker start --pool ${shellWord(pool)}`;

/** The pool as a term of the query of the page Runs. */
export const poolTerm = (name: string): string => `pool:${/^[^\s",]+$/.test(name) ? name : `"${name}"`}`;
export const queueTerm = (name: string): string => `queue:${/^[^\s",]+$/.test(name) ? name : `"${name}"`}`;
