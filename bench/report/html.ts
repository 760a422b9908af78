export const htmlOf = (_: unknown): string => 'todo';
