/**
 * The page's script: under the pointer, or the arrow keys, it reads the values of a plot's lines
 * from their paths, so that nothing is in the page twice; and it opens the series that a link leads
 * to. Without it only these two are missing.
 */
export const READOUT = `
'use strict';
(() => {
  const axisOf = (text) => {
    const [low, high, reading, ...unit] = text.split(' ');
    return { low: Number(low), high: Number(high), reading, unit: unit.join(' ') };
  };
  const shown = (value, { reading, unit }) => {
    if (reading === 'time') {
      return new Date(value * 1000).toISOString().slice(0, 16).replace('T', ' ') + ' UTC';
    }
    const size = Math.abs(value);
    const text = String(Number((reading === 'percent' ? value * 100 : value).toPrecision(3)));
    if (reading === 'percent') return text + ' %';
    return (size >= 1e15 ? value.toExponential(2) : text) + (unit ? ' ' + unit : '');
  };
  const pointsOf = (path) => {
    const points = [];
    let [x, y] = [0, 0];
    for (const [, command, text] of path.getAttribute('d').matchAll(/([Mlhv])([^Mlhvz]*)/g)) {
      const [first, second] = text.match(/-?\\d+/g).map(Number);
      if (command === 'M') [x, y] = [first, second];
      if (command === 'l') [x, y] = [x + first, y + second];
      if (command === 'h') x += first;
      if (command === 'v') y += first;
      points.push([x, y]);
    }
    return points;
  };
  const nearest = (points, x, isStep) => {
    let [low, high] = [0, points.length - 1];
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if (points[middle][0] <= x) low = middle;
      else high = middle - 1;
    }
    const next = points[low + 1];
    return !isStep && next && next[0] - x < x - points[low][0] ? next : points[low];
  };
  const unfold = () => {
    const target = document.getElementById(location.hash.slice(1));
    if (target instanceof HTMLDetailsElement) target.open = true;
  };
  addEventListener('hashchange', unfold);
  unfold();
  for (const plot of document.querySelectorAll('.plot')) {
    const paths = [...plot.querySelectorAll('[data-name]')].reverse();
    if (paths.length === 0) continue;
    const [across, up] = [axisOf(plot.dataset.x), axisOf(plot.dataset.y)];
    const cursor = document.createElement('div');
    const box = document.createElement('div');
    cursor.className = 'cursor';
    box.className = 'readout';
    box.setAttribute('role', 'status');
    cursor.hidden = box.hidden = true;
    plot.append(cursor, box);
    plot.tabIndex = 0;
    plot.setAttribute('role', 'group');
    const title = plot.querySelector('title').textContent;
    plot.setAttribute('aria-label', title + ', values by arrow keys');
    let lines = null;
    let at = 0.5;
    const show = () => {
      lines ??= paths.map((path) => ({
        name: path.dataset.name,
        isStep: path.dataset.step !== undefined,
        points: pointsOf(path),
      }));
      const x = at * 2000;
      const head = document.createElement('b');
      box.replaceChildren(head);
      let place = at;
      for (const { name, isStep, points } of lines) {
        const slack = Math.max(20, 2 * (points.at(-1)[0] - points[0][0]) / points.length);
        if (x < points[0][0] - slack || x > points.at(-1)[0] + slack) continue;
        const [found, y] = nearest(points, x, isStep);
        if (across.reading !== 'time') place = found / 2000;
        const value = up.low + (1 - y / 1000) * (up.high - up.low);
        box.append(document.createElement('br'), name + ': ' + shown(value, up));
      }
      head.textContent = shown(across.low + place * (across.high - across.low), across);
      cursor.hidden = box.hidden = false;
      cursor.style.left = at * 100 + '%';
      box.style.left = at < 0.5 ? 'calc(' + at * 100 + '% + 8px)' : 'auto';
      box.style.right = at < 0.5 ? 'auto' : 'calc(' + (100 - at * 100) + '% + 8px)';
    };
    const hide = () => {
      cursor.hidden = box.hidden = true;
    };
    const follow = (event) => {
      const { left, width } = plot.getBoundingClientRect();
      at = Math.min(1, Math.max(0, (event.clientX - left) / width));
      show();
    };
    plot.addEventListener('pointermove', follow);
    plot.addEventListener('pointerdown', follow);
    plot.addEventListener('pointerleave', hide);
    plot.addEventListener('blur', hide);
    plot.addEventListener('keydown', (event) => {
      const side = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
      if (event.key === 'Escape') hide();
      if (!side) return;
      event.preventDefault();
      at = Math.min(1, Math.max(0, at + side * 0.01));
      show();
    });
  }
})();
`;
