/** Which functions of the core are called. */
import type { Runtime } from 'hmap-wasm';

/** How often each function of the core is called while `run` runs. */
export function calls(rt: Runtime, run: () => void): Record<string, number> {
  const { core } = rt.machine;
  const before = { ...core };
  const counted: Record<string, number> = {};
  for (const [name, call] of Object.entries(before)) {
    (core as unknown as Record<string, unknown>)[name] = (...args: unknown[]) => {
      counted[name] = (counted[name] ?? 0) + 1;
      return (call as (...args: unknown[]) => unknown)(...args);
    };
  }
  try {
    run();
  } finally {
    Object.assign(core, before);
  }
  return counted;
}
