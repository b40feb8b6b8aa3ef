/** Plain dense linear algebra for the twins: row-major arrays of rows, no blocking, no tricks. */

export type Vector = readonly number[];
export type Matrix = readonly Vector[];

/** xs[i], 0 outside. */
export const at = (xs: Vector, i: number): number => xs[i] ?? 0;

/** Entry (i, j), 0 outside. */
export const entry = (matrix: Matrix, i: number, j: number): number => matrix[i]?.[j] ?? 0;

export function sum(xs: Vector, term: (x: number, i: number) => number): number {
  let total = 0;
  for (let i = 0; i < xs.length; i++) total += term(at(xs, i), i);
  return total;
}

/** Σ a_i b_i of the first `count` elements. */
export function dot(a: Vector, b: Vector, count = a.length): number {
  let total = 0;
  for (let i = 0; i < count; i++) total += (a[i] as number) * (b[i] as number);
  return total;
}

export const zeros = (count: number): number[] => new Array<number>(count).fill(0);

/** Row i of the identity. */
export const unit = (count: number, i: number): number[] => zeros(count).fill(1, i, i + 1);

export function transpose(matrix: Matrix): number[][] {
  return (matrix[0] ?? []).map((_, j) => matrix.map((row) => at(row, j)));
}

/** Row echelon form by Gaussian elimination with partial pivoting; `sign` counts row exchanges. */
function echelon(matrix: Matrix, columns: number) {
  const rows = matrix.map((row) => [...row]);
  let [rank, sign] = [0, 1];
  for (let column = 0; column < columns && rank < rows.length; column++) {
    let best = rank;
    for (let i = rank; i < rows.length; i++) {
      if (Math.abs(entry(rows, i, column)) > Math.abs(entry(rows, best, column))) best = i;
    }
    const pivot = rows[best] as number[];
    if (Math.abs(at(pivot, column)) < 1e-10) continue;
    if (best !== rank) sign = -sign;
    rows[best] = rows[rank] as number[];
    rows[rank] = pivot;
    for (let i = rank + 1; i < rows.length; i++) {
      const factor = entry(rows, i, column) / at(pivot, column);
      rows[i] = (rows[i] as number[]).map((x, j) => x - factor * at(pivot, j));
    }
    rank++;
  }
  return { rows, rank, sign };
}

export const rank = (matrix: Matrix): number => echelon(matrix, (matrix[0] ?? []).length).rank;

/** Of a square matrix; 1 when it is empty. */
export function determinant(matrix: Matrix): number {
  const { rows, sign } = echelon(matrix, matrix.length);
  return rows.reduce((product, row, i) => product * at(row, i), sign);
}

/** x of A x = b, A square and regular. */
export function solve(matrix: Matrix, right: Vector): number[] {
  const n = matrix.length;
  const { rows, rank: found } = echelon(
    matrix.map((row, i) => [...row, at(right, i)]),
    n,
  );
  if (found < n) throw new RangeError('the matrix is singular');
  const x = zeros(n);
  for (let i = n - 1; i >= 0; i--) {
    const row = rows[i] as number[];
    let rest = at(row, n);
    for (let j = i + 1; j < n; j++) rest -= at(row, j) * at(x, j);
    x[i] = rest / at(row, i);
  }
  return x;
}

/** Lower triangular L of A = L Lᵀ, rows of growing length. A: positive definite. */
export function cholesky(matrix: Matrix): number[][] {
  const factor: number[][] = [];
  matrix.forEach((line, i) => {
    const row: number[] = [];
    for (let j = 0; j <= i; j++) {
      const other = j === i ? row : (factor[j] as number[]);
      const rest = at(line, j) - dot(row, other, j);
      if (j === i && !(rest > 0)) throw new RangeError('the matrix is not positive definite');
      row.push(j === i ? Math.sqrt(rest) : rest / at(other, j));
    }
    factor.push(row);
  });
  return factor;
}

/** x of L x = b. */
export function forwardSolve(factor: Matrix, right: Vector): number[] {
  const x: number[] = [];
  factor.forEach((row, i) => {
    x.push((at(right, i) - dot(row, x, i)) / at(row, i));
  });
  return x;
}
