import { holdsFor } from './real/check.ts';
import { SIDECAR_FAULTS } from './real/fault-kinds.ts';

holdsFor(SIDECAR_FAULTS);
