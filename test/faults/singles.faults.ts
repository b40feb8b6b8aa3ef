import { holdsFor } from './virtual/check.ts';
import { SINGLES } from './virtual/scenario.ts';

holdsFor(0, SINGLES);
