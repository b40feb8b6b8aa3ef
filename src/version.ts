import manifest from '../package.json' with { type: 'json' };

/** The version of this program, from package.json; the bundles carry it inside. */
export const VERSION: string = manifest.version;
