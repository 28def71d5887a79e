import { filterWord, shellWord } from "@/lib/quoting";

export const workerCommand = (pool: string): string => `penstock worker start --pool ${shellWord(pool)}`;

/** The pool as a term of the query of the page Runs. */
export const poolTerm = (name: string): string => `pool:${filterWord(name)}`;
export const queueTerm = (name: string): string => `queue:${filterWord(name)}`;
