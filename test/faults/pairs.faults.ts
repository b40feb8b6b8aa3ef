import { holdsFor } from './virtual/check.ts';
import { SINGLES } from './virtual/scenario.ts';

const PAIRS = 300;

holdsFor(SINGLES, SINGLES + PAIRS);
