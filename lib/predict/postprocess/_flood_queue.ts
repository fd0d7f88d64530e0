/** Room for this many pixels at first; doubled as needed. */
const FIRST_CAPACITY = 1024;

/**
 * Pixels waiting for the flood: the highest first, of equals the one that came first.
 *
 * Those that wait from the beginning are of the same age; the heap decides, as in scikit-image.
 */
export class FloodQueue {
  #heights = new Float32Array(FIRST_CAPACITY);
  #ages = new Int32Array(FIRST_CAPACITY);
  #pixels = new Int32Array(FIRST_CAPACITY);
  #size = 0;
  #age = 0;

  /** Lets a pixel wait from the beginning. */
  pushFirst(pixel: number, height: number): void {
    this.#push(pixel, height, 0);
  }

  /** Lets a pixel wait behind those of its height. */
  push(pixel: number, height: number): void {
    this.#push(pixel, height, ++this.#age);
  }

  get size(): number {
    return this.#size;
  }

  #push(pixel: number, height: number, age: number): void {
    if (this.#size === this.#pixels.length) this.#grow();
    let slot = this.#size++;
    while (slot > 0) {
      const parent = (slot - 1) >> 1;
      // What comes later never precedes an equal.
      if ((this.#heights[parent] as number) >= height) break;
      this.#move(parent, slot);
      slot = parent;
    }
    this.#put(slot, pixel, height, age);
  }

  /** Takes the first pixel out; there must be one. */
  pop(): number {
    const first = this.#pixels[0] as number;
    const last = --this.#size;
    const [pixel, height, age] = [
      this.#pixels[last] as number,
      this.#heights[last] as number,
      this.#ages[last] as number,
    ];
    let slot = 0;
    while (2 * slot + 1 < last) {
      const child = this.#firstChild(slot, last);
      if (!this.#precedes(child, height, age)) break;
      this.#move(child, slot);
      slot = child;
    }
    this.#put(slot, pixel, height, age);
    return first;
  }

  #firstChild(slot: number, size: number): number {
    const [left, right] = [2 * slot + 1, 2 * slot + 2];
    if (right >= size) return left;
    const isRight = this.#precedes(
      right,
      this.#heights[left] as number,
      this.#ages[left] as number,
    );
    return isRight ? right : left;
  }

  #precedes(slot: number, height: number, age: number): boolean {
    const own = this.#heights[slot] as number;
    return own > height || (own === height && (this.#ages[slot] as number) < age);
  }

  #move(from: number, to: number): void {
    this.#heights[to] = this.#heights[from] as number;
    this.#ages[to] = this.#ages[from] as number;
    this.#pixels[to] = this.#pixels[from] as number;
  }

  #put(slot: number, pixel: number, height: number, age: number): void {
    this.#heights[slot] = height;
    this.#ages[slot] = age;
    this.#pixels[slot] = pixel;
  }

  #grow(): void {
    const doubled = <T extends Float32Array | Int32Array>(array: T, larger: T) => {
      larger.set(array);
      return larger;
    };
    const capacity = 2 * this.#pixels.length;
    this.#heights = doubled(this.#heights, new Float32Array(capacity));
    this.#ages = doubled(this.#ages, new Int32Array(capacity));
    this.#pixels = doubled(this.#pixels, new Int32Array(capacity));
  }
}
