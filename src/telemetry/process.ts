import type { Registry } from 'prom-client';
import eventLoopLag from 'prom-client/lib/metrics/eventLoopLag.js';
import gc from 'prom-client/lib/metrics/gc.js';
import heapSizeAndUsed from 'prom-client/lib/metrics/heapSizeAndUsed.js';
import osMemoryHeap from 'prom-client/lib/metrics/osMemoryHeap.js';
import processCpuTotal from 'prom-client/lib/metrics/processCpuTotal.js';
import processMaxFileDescriptors from 'prom-client/lib/metrics/processMaxFileDescriptors.js';
import processOpenFileDescriptors from 'prom-client/lib/metrics/processOpenFileDescriptors.js';
import processStartTime from 'prom-client/lib/metrics/processStartTime.js';
import version from 'prom-client/lib/metrics/version.js';

/** Often enough to see the 20 ms that a slice of math may take, seldom enough to cost nothing. */
const EVENT_LOOP_RESOLUTION_MS = 20;

/**
 * Metrics of the process, the event loop and the heap.
 *
 * Not all of prom-client's defaults: its gauges of handles, requests and resources have names that
 * end in `_total`, which promtool warns of.
 */
export function collectProcess(registry: Registry): void {
  const collectors = [
    processCpuTotal,
    processStartTime,
    osMemoryHeap,
    processOpenFileDescriptors,
    processMaxFileDescriptors,
    heapSizeAndUsed,
    gc,
    version,
  ];
  for (const collect of collectors) collect(registry);
  eventLoopLag(registry, { eventLoopMonitoringPrecision: EVENT_LOOP_RESOLUTION_MS });
}
