/**
 * The same path with relative moves, which are shorter: a page of many long lines is half as large.
 *
 * @param d of whole numbers, with the absolute commands M, L, H, V and Z alone
 */
export function shortPath(d: string): string {
  let [x, y, startX, startY] = [0, 0, 0, 0];
  let short = '';
  for (const [, command, text] of d.matchAll(/([MLHVZ])([^MLHVZ]*)/g)) {
    const [first = 0, second = 0] = (text ?? '').split(',').map(Number);
    const nextX = command === 'V' ? x : first;
    const nextY = command === 'V' ? first : command === 'H' ? y : second;
    if (command === 'Z') {
      short += 'z';
      [x, y] = [startX, startY];
      continue;
    }
    if (command === 'M') {
      short += `M${nextX},${nextY}`;
      [startX, startY] = [nextX, nextY];
    } else short += moveBy(nextX - x, nextY - y);
    [x, y] = [nextX, nextY];
  }
  return short;
}

function moveBy(dx: number, dy: number): string {
  if (dx === 0) return dy === 0 ? '' : `v${dy}`;
  if (dy === 0) return `h${dx}`;
  // A minus sign parts two numbers.
  return `l${dx}${dy < 0 ? '' : ','}${dy}`;
}
