import type { Options } from '../config/options.ts';
import { ForecasterPolls } from '../loop/forecaster-polls.ts';
import { RemoteWorkload } from '../loop/remote-workload.ts';
import { Workloads } from '../loop/workloads.ts';
import type { Context, Work } from './context.ts';

/**
 * The work of role scaler: forecasts are fetched from every forecaster, in the background.
 *
 * @throws KedastralError option_invalid
 */
export function polling(options: Options, context: Context): Work {
  const workload = new RemoteWorkload(options.identity, options, context.clock);
  const polls = options.forecasterUrl.map((url) => new ForecasterPolls(url, options, context));
  return {
    workloads: new Workloads([workload]),
    run: async (signal) => {
      await Promise.all(polls.map((each) => each.run(() => [workload], signal)));
    },
    close: async () => undefined,
  };
}
