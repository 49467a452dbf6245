declare module 'asl-validator' {
  /** Checks a definition against the schemas of the Amazon States Language. */
  export default function validate(definition: object): {
    isValid: boolean;
    errorsText: (separator?: string) => string;
  };
}
