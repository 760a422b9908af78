/** Calls that the types refuse, and the classes of what they throw. */

/** The class of an error. */
export type ErrorClass = new (...args: never) => Error;

/** A call with arguments that TypeScript would refuse. */
export const loose = (call: unknown) => call as (...args: unknown[]) => unknown;
