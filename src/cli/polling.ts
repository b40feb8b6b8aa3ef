import type { Options } from '../config/options.ts';
import { ForecasterPolls } from '../loop/forecaster-polls.ts';
import { Overrides } from '../loop/overrides.ts';
import { RemoteWorkload } from '../loop/remote-workload.ts';
import { Workloads } from '../loop/workloads.ts';
import { createStore } from '../storage/registry.ts';
import type { Context, Work } from './context.ts';

/**
 * The work of role scaler: forecasts are fetched from every forecaster, in the background.
 *
 * @throws KedastralError option_invalid
 */
export async function polling(options: Options, context: Context): Promise<Work> {
  const workload = new RemoteWorkload(options.identity, options, context.clock);
  const polls = options.forecasterUrl.map((url) => new ForecasterPolls(url, options, context));
  const workloads = new Workloads([workload]);
  const store = await createStore(options);
  const overrides = new Overrides({ ...context, store });
  return {
    workloads,
    overrides,
    run: async (signal) => {
      const looks = polls.map((each) => each.run(() => [workload], signal));
      await Promise.all([...looks, overrides.run(workloads, signal)]);
    },
    close: () => store.close(),
  };
}
