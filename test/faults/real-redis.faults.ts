import { holdsFor } from './real/check.ts';
import { REDIS_FAULTS } from './real/fault-kinds.ts';

holdsFor(REDIS_FAULTS);
