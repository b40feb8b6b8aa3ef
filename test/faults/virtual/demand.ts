/** How the demand of a scenario moves around its middle; `night` ends and `morning` starts at 0. */
export const SHAPES = ['steady', 'rise', 'fall', 'night', 'morning'] as const;

export type Shape = (typeof SHAPES)[number];

const MINUTE_SECONDS = 60;
const HOUR_SECONDS = 3_600;
/** Demand at the middle of a scenario: ten pods of 200. */
const LEVEL = 2_000;

/**
 * Demand at any instant: a pure function, so that the truth of every cutoff is known.
 *
 * @param middleSeconds the instant around which the shape lies
 */
export function demandOf(shape: Shape, middleSeconds: number): (atSeconds: number) => number {
  return (atSeconds) => {
    const hours = (atSeconds - middleSeconds) / HOUR_SECONDS;
    const level = Math.max(0, LEVEL * factorOf(shape, hours));
    return Math.round(level * (1 + 0.05 * noise(Math.floor(atSeconds / MINUTE_SECONDS))));
  };
}

function factorOf(shape: Shape, hours: number): number {
  switch (shape) {
    case 'steady':
      return 1 + 0.1 * Math.sin(2 * Math.PI * hours);
    case 'rise':
      return 1 + 0.8 * Math.tanh(2 * hours);
    case 'fall':
      return 1 - 0.8 * Math.tanh(2 * hours);
    case 'night':
      // As on the day before: a zero that no night knew would be doubted.
      return hours < -26 || (hours > -16 && hours < -2) ? 0.5 : 0;
    case 'morning':
      return hours < -0.05 ? 0 : 1;
  }
}

/** In -1..1, the same for the same minute. */
function noise(minute: number): number {
  const wave = Math.sin(minute * 12.9898) * 43_758.5453;
  return 2 * (wave - Math.floor(wave)) - 1;
}
