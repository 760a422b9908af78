/** From a target to the C ABI of its Linux. */
import type { Target } from '../../profile/index.ts';
import { AAPCS64 } from './aapcs64.ts';
import type { Abi } from './abi.ts';
import { SYSV } from './sysv.ts';

const ABIS: Readonly<Record<Target['name'], Abi>> = { 'linux/amd64': SYSV, 'linux/arm64': AAPCS64 };

export const abiOf = (target: Target): Abi => ABIS[target.name];

export type { Abi, FloatName, IntName } from './abi.ts';
