/** Lets work on large images wait until there is room for its pixels; first come, first served. */
export class PixelBudget {
  readonly #limit: number;
  readonly #waiting: { pixels: number; begin: () => void }[] = [];
  #inUse = 0;

  constructor(limit: number) {
    this.#limit = limit;
  }

  /** Runs `work` once its pixels fit beside those in use; more than the limit fit when alone. */
  async use<T>(pixels: number, work: () => Promise<T>): Promise<T> {
    await new Promise<void>((begin) => {
      this.#waiting.push({ pixels, begin });
      this.#beginNext();
    });
    try {
      return await work();
    } finally {
      this.#inUse -= pixels;
      this.#beginNext();
    }
  }

  #beginNext(): void {
    for (let next = this.#waiting[0]; next; next = this.#waiting[0]) {
      if (this.#inUse > 0 && this.#inUse + next.pixels > this.#limit) return;
      this.#waiting.shift();
      this.#inUse += next.pixels;
      next.begin();
    }
  }
}
