/** The product of the numbers; 1 for none. */
export const product = (numbers: readonly number[]): number => numbers.reduce((a, b) => a * b, 1);

/** Whether both hold the same numbers in the same order. */
export const sameNumbers = (a: readonly number[], b: readonly number[]): boolean =>
  a.length === b.length && a.every((value, index) => value === b[index]);

/** `[0, 1, …, count - 1]`. */
export const range = (count: number): number[] =>
  Array.from({ length: count }, (_, index) => index);

/** The element at an index that is known to be inside. */
export const at = <T>(items: ArrayLike<T>, index: number): T => items[index] as T;

/** `items` rearranged: `result[i] = items[order[i]]`. */
export const arrange = <T>(items: readonly T[], order: readonly number[]): T[] =>
  order.map((index) => at(items, index));

/** The order that undoes `order`. */
export const inverse = (order: readonly number[]): number[] =>
  order.map((_, index) => order.indexOf(index));

/** An axis counted from the front, whatever the caller counted from. */
export const axisOf = (axis: number, rank: number): number => axis < 0 ? axis + rank : axis;

/** Row-major data of `shape`, with its axes rearranged: `result` has the shape `arrange(shape, order)`. */
export function permuteData<T extends Float32Array | Int32Array | Uint8Array>(
  data: T,
  shape: readonly number[],
  order: readonly number[],
): T {
  if (sameNumbers(order, range(order.length))) return data;
  const strides = shape.map((_, axis) => product(shape.slice(axis + 1)));
  const dims = arrange(shape, order);
  const steps = arrange(strides, order);
  const result = new (data.constructor as new (length: number) => T)(data.length);
  const position = new Array<number>(dims.length).fill(0);
  let source = 0;
  for (let target = 0; target < result.length; target++) {
    result[target] = at(data, source);
    for (let axis = dims.length - 1; axis >= 0; axis--) {
      source += at(steps, axis);
      position[axis] = at(position, axis) + 1;
      if (at(position, axis) < at(dims, axis)) break;
      source -= at(steps, axis) * at(dims, axis);
      position[axis] = 0;
    }
  }
  return result;
}
