import { existsSync } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { ROOT } from '../house/sources.ts';
import { until } from '../parts/until.ts';
import { inNamespace } from './namespace.ts';
import { pictureOf } from './picture.ts';
import { ScaledWorkload } from './scaled-workload.ts';
import { leadsOf, median, needOf, watch } from './timeline.ts';

/** Eleven days of a database's queries, a sample a minute (../shared/data/README.md). */
const TRACE = join(ROOT, '../shared/data/forecast/ms_mongo_app01_1m.csv');
const SPEED = 60;
/** Of the trace, before the run. Two hours and a half later its daily jump comes. */
const PAST_SECONDS = ((4 * 24 + 4.5) * 3_600) / SPEED;
const RUN_SECONDS = 300;
/** A pod's start of 30 s, a poll, a sync, and 5 s until a forecast comes into force. */
const LEAD_SECONDS = 50;
/** A day of the trace takes 24 minutes here; this model is told so, and costs little a tick. */
const DAY_STEPS = (24 * 3_600) / SPEED;
const MODEL = { model: 'sarima', 'sarima-s': String(DAY_STEPS), 'sarima-d': '1', 'arima-p': '1' };
const REPLICAS = 12;
const OPTIONS = {
  ...MODEL,
  ...{ step: '1s', interval: '2s', settle: '1s', window: '30s', 'stale-after': '10s' },
  ...{ 'lead-time': `${LEAD_SECONDS}s`, horizon: '65s', history: `${PAST_SECONDS}s` },
  ...{ 'target-per-pod': '400', min: '2', max: '50' },
};
/** A value that has stood this long has been seen by the HPA, twice. */
const SETTLED_SECONDS = 12;
/** The HPA's own, which stays for scaling down. */
const TOLERANCE = 0.1;
const NAMESPACE = 'kedastral-scaling';
const PICTURE = join(ROOT, 'build/cluster/timeline.svg');

const cluster = inNamespace(NAMESPACE);

it.skipIf(!existsSync(TRACE))(
  'replicas follow the plan, ahead of the load',
  async () => {
    const wishes = { namespace: NAMESPACE, name: 'database', replicas: REPLICAS, options: OPTIONS };
    const workload = await ScaledWorkload.make(cluster(), wishes);
    await until('pods', async () => (await workload.replicas()).ready === REPLICAS, 120_000);
    const replay = ['--adapter=replay', `--replay-file=${TRACE}`, `--replay-speed=${SPEED}`];
    const sidecar = await workload.startSidecar(...replay);
    await sidecar.forecast();
    await workload.isScaled();
    const moments = await watch(workload, sidecar, RUN_SECONDS, LEAD_SECONDS);
    await mkdir(join(PICTURE, '..'), { recursive: true });
    await writeFile(PICTURE, pictureOf(moments, LEAD_SECONDS));
    await writeFile(PICTURE.replace('.svg', '.json'), JSON.stringify(moments));

    const leads = leadsOf(moments, LEAD_SECONDS);
    const short = moments.filter((each) => needOf(each) > each.ready);
    process.stdout.write(
      `the ${leads.length} pods of the steepest climb served ${median(leads)} s (median; ` +
        `${Math.min(...leads)} to ${Math.max(...leads)} s) before the load needed them; ` +
        `fewer served than it needed in ${short.length} of ${moments.length} s\n`,
    );
    expect(leads.length).toBeGreaterThan(3);
    expect(median(leads)).toBeGreaterThan(0);
    // KEDA hands on what the sidecar says; the HPA heeds it, but for its tolerance on the way down.
    const settled = moments.filter(({ asked }, i) => {
      const recent = moments.slice(Math.max(0, i - SETTLED_SECONDS), i + 1);
      return recent.length > SETTLED_SECONDS && recent.every((each) => each.asked === asked);
    });
    expect(settled.length).toBeGreaterThan(10);
    for (const { asked, replicas } of settled) {
      expect(replicas).toBeGreaterThanOrEqual(asked);
      expect(asked / replicas).toBeGreaterThanOrEqual(1 - TOLERANCE);
    }
    await sidecar.stop();
  },
  (RUN_SECONDS + 120) * 1_000,
);
