import { parseIdentity } from '../config/workload.ts';
import { serviceName } from '../wiring/names.ts';
import { fieldsOf, textOf } from '../wiring/objects.ts';
import { rolloutOf } from '../wiring/rollout.ts';
import { aimOf, isScalable, placeOf } from '../wiring/target.ts';
import { finding, ofEachTrigger, type Rule, type TriggerRule } from './scaled.ts';

const REF = ['spec', 'scaleTargetRef'];

/** Nothing is there to be scaled, but the same by another kind or in another namespace. */
const unfound: Rule = (scaled) => {
  const { object, near, all, target, triggers } = scaled;
  const { kind, name } = aimOf(object);
  const isNamed = near.some((other) => other.kind === kind && other.name === name);
  if (target !== null || isNamed) return [];
  const alike = near.find((other) => isScalable(other) && other.name === name);
  if (alike !== undefined) {
    const fix = `set apiVersion: ${alike.apiVersion} and kind: ${alike.kind}`;
    return [finding(scaled, 'target_wrong', 'error', [...REF, 'kind'], fix)];
  }
  const namespaces = triggers.map(({ metadata }) => parseIdentity(metadata.workload ?? ''));
  const far = all.find(
    (other) =>
      isScalable(other) &&
      other.kind === kind &&
      other.name === name &&
      namespaces.some((each) => each?.namespace && each.namespace === other.namespace),
  );
  if (far === undefined || object.namespace === null) return [];
  const fix = `${placeOf(far)} is there: put the ScaledObject beside it`;
  return [finding(scaled, 'target_wrong', 'error', ['metadata', 'namespace'], fix)];
};

const ofRollout: Rule = (scaled) => {
  const rollout = scaled.target && rolloutOf(scaled.target.object, scaled.near);
  if (!rollout) return [];
  const fix = `name ${rollout.apiVersion} Rollout ${rollout.name}: Argo keeps this one at 0`;
  return [finding(scaled, 'target_wrong', 'error', REF, fix)];
};

/** The forecast is of one workload, and another one is scaled. */
const ofAnother: TriggerRule = (scaled, { metadata, host, way }) => {
  const { object, near, options } = scaled;
  const named = parseIdentity(metadata.workload ?? '');
  const isKnown = options !== undefined && way === 'direct';
  const { name } = aimOf(object);
  if (!named || isKnown || named.name === name || options?.workload.name === named.name) return [];
  const other = near.find((each) => isScalable(each) && each.name === named.name);
  if (other === undefined) return [];
  const isOfItsPods = host.split('.')[0] === serviceName(other.name);
  const fix = `the forecast is of ${placeOf(other)}: scale that, or ask for ${String(name)}`;
  const severity = isOfItsPods ? 'error' : 'warning';
  return [finding(scaled, 'target_wrong', severity, [...REF, 'name'], fix)];
};

const twice: Rule = (scaled) => {
  const keys = scaled.triggers.map(({ host, metadata }) => `${host} ${metadata.workload}`);
  return scaled.triggers.flatMap(({ path }, i) => {
    if (keys.indexOf(keys[i] as string) === i) return [];
    const fix = 'take one out; the longer leadTime has what the other one asks for';
    return [finding(scaled, 'forecast_twice', 'warning', path, fix)];
  });
};

const FORMULA = ['spec', 'advanced', 'scalingModifiers', 'formula'];
const THINNING = /\b(?:avg|mean|median|min)\b/;

/** The HPA sees what the formula makes of the forecast alone. */
const formula: Rule = (scaled) => {
  const { formula: given } = fieldsOf(fieldsOf(scaled.spec.advanced).scalingModifiers);
  const text = textOf(given);
  if (text === undefined) return [];
  return scaled.triggers.flatMap(({ value }) => {
    const name = textOf(value.name) ?? '';
    const isThere = name !== '' && text.includes(name);
    // Divided or lessened before a comma or a question mark ends what it is part of.
    const rest = text.slice(text.indexOf(name) + name.length).split(/[,?:\]]/)[0] as string;
    const isThinned = /[/-]|\*\s*0?\.\d/.test(rest) || THINNING.test(text);
    if (isThere && !isThinned) return [];
    const fix = `take the larger, such as max([${name || 'forecast'}, …]), or no formula`;
    return [finding(scaled, 'formula_thins', isThere ? 'warning' : 'error', FORMULA, fix)];
  });
};

/** Rules of what is scaled, and by which number. */
export const TARGET_RULES = [unfound, ofRollout, ofEachTrigger(ofAnother), twice, formula];
