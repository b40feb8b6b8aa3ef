import { afterAll } from 'vitest';
import { cleanUp } from './program.ts';

afterAll(cleanUp);
