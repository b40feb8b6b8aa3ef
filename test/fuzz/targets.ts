import { FILE_TARGETS } from './files.ts';
import { FORECAST_TARGETS } from './forecast.ts';
import { GRPC_TARGETS } from './grpc.ts';
import { HTTP_TARGETS } from './http.ts';
import { INJECTOR_TARGETS } from './injector.ts';
import { OPTION_TARGETS } from './options.ts';
import { SOURCE_TARGETS } from './sources.ts';
import { STORED_TARGETS } from './stored.ts';
import type { Target } from './target.ts';

/** Every way in. */
export const TARGETS = [
  ...SOURCE_TARGETS,
  ...FILE_TARGETS,
  ...OPTION_TARGETS,
  ...INJECTOR_TARGETS,
  ...STORED_TARGETS,
  ...HTTP_TARGETS,
  ...GRPC_TARGETS,
  ...FORECAST_TARGETS,
] as readonly unknown[] as readonly Target[];
