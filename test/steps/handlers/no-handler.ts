// A module without a default export.
export const handler = (): null => null;
