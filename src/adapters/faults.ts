import { type FaultCode, KedastralError } from '../errors.ts';

export function adapterFault(code: FaultCode, message: string): KedastralError {
  return new KedastralError(code, 'adapter', message);
}
