/** Papilio's version; it stands in every model and run folder. */
export const version = "0.1.0";
