/** Generated from the rest of this folder: a module and a shell that differ in it refuse each other. */
export const FINGERPRINT = 2062715633;
