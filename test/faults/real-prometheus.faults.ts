import { holdsFor } from './real/check.ts';
import { PROMETHEUS_FAULTS } from './real/fault-kinds.ts';

holdsFor(PROMETHEUS_FAULTS);
