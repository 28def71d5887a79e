import { endOf, type Group, LOOKS, type Model } from "./model";

const RETRY = LOOKS.indexOf("AWAITING_RETRY");

/** Pixels of a column of a band. */
export const BIN_PX = 2;

/** How many of a group's task runs were in work at once, by look; columns of `BIN_PX`. Its arrays are used again. */
export class Density {
  bins = 0;
  /** The most at once in what is seen. */
  peak = 0;
  /** `counts[look * bins + bin]`. */
  counts = new Float32Array(0);

  measure(model: Model, group: Group, start: number, msPerPx: number, width: number, now: number): void {
    const bins = Math.max(1, Math.ceil(width / BIN_PX));
    const stride = bins + 1;
    if (this.counts.length < stride * LOOKS.length) this.counts = new Float32Array(stride * LOOKS.length);
    else this.counts.fill(0, 0, stride * LOOKS.length);
    this.bins = stride;
    const { counts } = this;
    const perBin = msPerPx * BIN_PX;
    const add = (look: number, from: number, to: number, by: number) => {
      const first = Math.floor((from - start) / perBin);
      const last = Math.floor((to - start) / perBin);
      if (last < 0 || first >= bins || last < first) return;
      const row = look * stride;
      const at = row + Math.max(0, first);
      const beyond = row + Math.min(bins, last + 1);
      counts[at] = (counts[at] as number) + by;
      counts[beyond] = (counts[beyond] as number) - by;
    };
    for (let i = 0; i < group.members.length; i++) {
      const index = group.members[i] as number;
      const begun = model.begun[index] as number;
      if (Number.isNaN(begun)) continue;
      const look = model.look[index] as number;
      const end = endOf(model, index, now);
      add(look, begun, end, 1);
      const waits = model.waits.size > 0 ? model.waits.get(index) : undefined;
      for (let at = 0; waits && at < waits.length; at += 2) {
        const until = Math.min(waits[at + 1] as number, end);
        add(look, waits[at] as number, until, -1);
        add(RETRY, waits[at] as number, until, 1);
      }
    }
    this.sum(bins, stride);
  }

  private sum(bins: number, stride: number): void {
    const { counts } = this;
    for (let look = 0; look < LOOKS.length; look++) {
      let running = 0;
      for (let bin = 0; bin < stride; bin++) {
        running += counts[look * stride + bin] as number;
        counts[look * stride + bin] = running;
      }
    }
    this.peak = 0;
    for (let bin = 0; bin < bins; bin++) {
      let all = 0;
      for (let look = 0; look < LOOKS.length; look++) all += counts[look * stride + bin] as number;
      if (all > this.peak) this.peak = all;
    }
  }
}
