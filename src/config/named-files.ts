import { access, constants, stat } from 'node:fs/promises';
import { type PemPart, readCertificate } from '../transport/certificate.ts';
import { type OptionFault, valueFault } from './faults.ts';
import { OPTIONS } from './options.ts';
import type { Resolved } from './resolve.ts';
import { errnoOf, type ReadText } from './sources.ts';

/** Options that name a file to read. */
export const FILE_FIELDS = [
  'promBearerTokenFile',
  'promPasswordFile',
  'promCaFile',
  'replayFile',
  'redisPasswordFile',
  'tlsCertFile',
  'tlsKeyFile',
  'tlsClientCaFile',
  'httpTokenFile',
  'forecasterTokenFile',
  'forecasterCaFile',
] as const;

/** Rejects with an errno when a file cannot be read. */
export type OpenFile = (path: string) => Promise<void>;

/** Opens and looks, but reads nothing: a pipe must still hold its text when its turn comes. */
export async function openFile(path: string): Promise<void> {
  await access(path, constants.R_OK);
  const isFolder = (await stat(path)).isDirectory();
  if (isFolder) throw Object.assign(new Error('a folder'), { code: 'EISDIR' });
}

/** The named files that cannot be read. */
export async function unreadableFiles(
  { values, given }: Resolved<typeof OPTIONS>,
  fields: readonly (typeof FILE_FIELDS)[number][],
  open: OpenFile,
): Promise<OptionFault[]> {
  const faults = fields.map(async (field): Promise<OptionFault[]> => {
    const path = values[field];
    if (path === null) return [];
    try {
      await open(path);
      return [];
    } catch (thrown) {
      const rule = `cannot be read (${errnoOf(thrown)})`;
      return [valueFault(field, OPTIONS[field], given[field], rule)];
    }
  });
  return (await Promise.all(faults)).flat();
}

const PEM_FIELDS = {
  cert: 'tlsCertFile',
  key: 'tlsKeyFile',
  clientCa: 'tlsClientCaFile',
} as const;

/** What is wrong between readable files: a key of another certificate, or no PEM at all. */
export async function certificateFaults(
  { values, given }: Resolved<typeof OPTIONS>,
  read: ReadText,
): Promise<OptionFault[]> {
  if (values.tlsCertFile === null || values.tlsKeyFile === null) return [];
  const pem: Record<PemPart, string | null> = { cert: null, key: null, clientCa: null };
  const faultOf = (part: PemPart, rule: string): OptionFault[] => {
    const field = PEM_FIELDS[part];
    return [valueFault(field, OPTIONS[field], given[field], rule)];
  };
  for (const part of ['cert', 'key', 'clientCa'] as const) {
    const path = values[PEM_FIELDS[part]];
    try {
      pem[part] = path === null ? null : await read(path);
    } catch (thrown) {
      return faultOf(part, `cannot be read (${errnoOf(thrown)})`);
    }
  }
  const found = readCertificate({ ...pem, cert: pem.cert ?? '', key: pem.key ?? '' });
  return 'rule' in found ? faultOf(found.part, found.rule) : [];
}

/** Looks at each path once: a thousand workloads may share a token's file. */
export function once(open: OpenFile): OpenFile {
  const opened = new Map<string, Promise<void>>();
  return (path) => {
    const known = opened.get(path) ?? open(path);
    opened.set(path, known);
    return known;
  };
}
