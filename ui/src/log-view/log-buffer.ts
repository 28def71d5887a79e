import type { Schema } from "@/lib/api";

export type LogLine = Schema["LogLine"];
export type LogWindow = Schema["LogWindow"];

export interface WindowQuery {
  position?: number;
  line?: string;
  tail?: boolean;
  limit: number;
}
export type LoadWindow = (query: WindowQuery, signal: AbortSignal) => Promise<LogWindow>;

export const PAGE_LINES = 200;
const MAX_PAGES = 60;
/** So many lines before the end are asked for again with new ones: they show whether lines came in between. */
const OVERLAP = 40;
const MAX_NEW = 1000;

/**
 * The lines of a log that are in memory, by their place in the whole: pages of what was looked at last.
 * Knows nothing of scrolling; asked for a stretch, it loads what of it is missing.
 */
export class LogBuffer {
  /** How many lines there are; undefined until the first answer. */
  total: number | undefined;
  error: unknown;
  /** Counts what came and went, for whoever shows it. */
  version = 0;
  readonly taskNames = new Map<string, string>();
  private readonly pages = new Map<number, (LogLine | undefined)[]>();
  private readonly loading = new Map<number, AbortController>();
  private readonly listeners = new Set<() => void>();
  private readonly load: LoadWindow;
  private closing = new AbortController();
  /** Pages that came shorter than they ought to be, with the total at that time: not asked for again until it changes. */
  private readonly short = new Map<number, number>();
  private failures = 0;
  private pausedUntil = 0;
  private timer: ReturnType<typeof setTimeout> | undefined;
  private refreshing = false;
  private askedAgain = false;

  constructor(load: LoadWindow) {
    this.load = load;
  }

  subscribe = (listener: () => void): (() => void) => {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  };

  private changed(): void {
    this.version += 1;
    for (const listener of [...this.listeners]) listener();
  }

  /** Loads where one begins to read: the end, a line, or a place. Answers the place of what was asked for. */
  async open(at: { tail: true } | { line: string } | { position: number }): Promise<number> {
    const limit = PAGE_LINES;
    const query =
      "position" in at ? { position: Math.max(0, at.position - limit / 2), limit } : { ...at, limit };
    try {
      const window = await this.load(query, this.closing.signal);
      this.take(window);
      if (this.askedAgain) void this.refresh();
      if ("line" in at) {
        const found = window.lines.findIndex(({ id }) => id === at.line);
        return window.position + Math.max(0, found);
      }
      return "position" in at ? Math.min(at.position, window.total - 1) : window.total - 1;
    } catch (error) {
      this.failed(error);
      return -1;
    }
  }

  /** Asks nothing for a while, then again; longer each time. */
  private failed(error: unknown): void {
    if (this.closing.signal.aborted) return;
    const wait = Math.min(8000, 500 * 2 ** this.failures);
    this.failures += 1;
    this.error = error;
    this.pausedUntil = Date.now() + wait;
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.retry(), wait);
    this.changed();
  }

  /** Whether the wait after a failure is over. */
  get mayAsk(): boolean {
    return Date.now() >= this.pausedUntil;
  }

  /** Asks again at once for what is missing. */
  retry(): void {
    clearTimeout(this.timer);
    this.pausedUntil = 0;
    this.changed();
    if (this.total !== undefined) void this.refresh();
  }

  private take(window: LogWindow): void {
    this.error = undefined;
    this.failures = 0;
    this.total = window.total;
    for (const [id, name] of Object.entries(window.task_names ?? {})) this.taskNames.set(id, name);
    window.lines.forEach((line, i) => {
      const place = window.position + i;
      const page = this.pageOf(Math.floor(place / PAGE_LINES));
      page[place % PAGE_LINES] = line;
    });
    this.changed();
  }

  private pageOf(page: number): (LogLine | undefined)[] {
    const known = this.pages.get(page) ?? [];
    // What is used last is kept longest.
    this.pages.delete(page);
    this.pages.set(page, known);
    for (const oldest of this.pages.keys()) {
      if (this.pages.size <= MAX_PAGES) break;
      this.pages.delete(oldest);
    }
    return known;
  }

  lineAt(place: number): LogLine | undefined {
    return this.pages.get(Math.floor(place / PAGE_LINES))?.[place % PAGE_LINES];
  }

  private isComplete(page: number): boolean {
    const known = this.pages.get(page);
    if (!known) return false;
    const wanted = Math.min(PAGE_LINES, (this.total ?? 0) - page * PAGE_LINES);
    for (let i = 0; i < wanted; i++) if (known[i] === undefined) return false;
    return true;
  }

  /** Sees to it that these lines come; what was on its way for others is called off. */
  ensure(first: number, last: number): void {
    if (this.total === undefined || !this.mayAsk) return;
    const from = Math.max(0, Math.floor(first / PAGE_LINES));
    const to = Math.min(Math.floor(last / PAGE_LINES), Math.floor(Math.max(0, this.total - 1) / PAGE_LINES));
    for (const [page, control] of [...this.loading]) {
      if (page >= from && page <= to) continue;
      control.abort();
      this.loading.delete(page);
    }
    for (let page = from; page <= to; page++) {
      if (this.pages.has(page)) this.pageOf(page);
      if (this.loading.has(page) || this.short.get(page) === this.total) continue;
      if (!this.isComplete(page)) void this.fetchPage(page);
    }
  }

  private async fetchPage(page: number): Promise<void> {
    const control = new AbortController();
    this.loading.set(page, control);
    try {
      const window = await this.load({ position: page * PAGE_LINES, limit: PAGE_LINES }, control.signal);
      if (control.signal.aborted) return;
      this.loading.delete(page);
      if (window.lines.length < Math.min(PAGE_LINES, window.total - page * PAGE_LINES))
        this.short.set(page, window.total);
      this.take(window);
    } catch (error) {
      if (!control.signal.aborted) this.failed(error);
    } finally {
      if (this.loading.get(page) === control) this.loading.delete(page);
    }
  }

  /** Looks for lines that came since. Asked again meanwhile, or before the first answer, it looks afterwards. */
  async refresh(): Promise<void> {
    if (this.refreshing || this.total === undefined) {
      this.askedAgain = true;
      return;
    }
    this.refreshing = true;
    try {
      do {
        this.askedAgain = false;
        await this.lookForMore();
      } while (this.askedAgain && !this.closing.signal.aborted);
    } finally {
      this.refreshing = false;
    }
  }

  private async lookForMore(): Promise<void> {
    const known = this.total ?? 0;
    const from = Math.max(0, known - OVERLAP);
    try {
      const window = await this.load({ position: from, limit: MAX_NEW }, this.closing.signal);
      const moved = window.lines.some((line, i) => {
        const before = this.lineAt(window.position + i);
        return before !== undefined && before.id !== line.id;
      });
      // A line with an earlier time came late: all places behind it are others now.
      if (moved || window.total < known) this.pages.clear();
      if (window.total !== known || moved || this.error !== undefined) this.take(window);
    } catch (error) {
      this.failed(error);
    }
  }

  /** Works again after `close`: React may end and begin a component that stays. */
  reopen(): void {
    if (this.closing.signal.aborted) this.closing = new AbortController();
  }

  close(): void {
    clearTimeout(this.timer);
    this.closing.abort();
    for (const control of this.loading.values()) control.abort();
    this.loading.clear();
  }
}
