export const logistic = (value: number): number => 1 / (1 + Math.exp(-value));

/** The intercept and each coefficient times its feature. */
export function sumOf<Name extends string>(
  coefficients: Readonly<Record<NoInfer<Name> | 'intercept', number>>,
  features: Readonly<Record<Name, number>>,
): number {
  const names = Object.keys(features) as Name[];
  return names.reduce((sum, name) => sum + coefficients[name] * features[name], coefficients.intercept);
}
