/**
 * Solves `(Σ + ε·1)·a = c` for each pixel, and writes `a` in place of `c`.
 *
 * Shapes: `covariances` the three planes of `c`; `variances` the six planes of Σ: rr, rg, rb, gg, gb, bb.
 */
export function solveSlopes(
  covariances: readonly Float32Array[],
  variances: readonly Float32Array[],
  epsilon: number,
): void {
  const [cr, cg, cb] = covariances as [Float32Array, Float32Array, Float32Array];
  const at = (plane: number, i: number) => variances[plane]![i] as number;
  for (let i = 0; i < cr.length; i++) {
    const [rr, rg, rb] = [at(0, i) + epsilon, at(1, i), at(2, i)];
    const [gg, gb, bb] = [at(3, i) + epsilon, at(4, i), at(5, i) + epsilon];
    const [r, g, b] = [cr[i] as number, cg[i] as number, cb[i] as number];
    // The cofactors of a symmetric matrix.
    const [xx, xy, xz] = [gg * bb - gb * gb, gb * rb - rg * bb, rg * gb - gg * rb];
    const [yy, yz, zz] = [rr * bb - rb * rb, rb * rg - rr * gb, rr * gg - rg * rg];
    const determinant = rr * xx + rg * xy + rb * xz;
    cr[i] = (xx * r + xy * g + xz * b) / determinant;
    cg[i] = (xy * r + yy * g + yz * b) / determinant;
    cb[i] = (xz * r + yz * g + zz * b) / determinant;
  }
}
