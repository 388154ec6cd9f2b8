/** The product's version; assistant and intermediate come together. */
export const productVersion = "0.1.0";
