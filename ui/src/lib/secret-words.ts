const TELLTALE = /passw|secret|token|api_?key|credential|private_?key/i;
const REFERENCE = /\{\{.*\}\}/s;

/** Whether a name, or a text that can't be taken apart, speaks of a secret. */
export const soundsSecret = (text: string): boolean => TELLTALE.test(text);

/** Whether a text refers to a value that is kept elsewhere, and so is no secret itself. */
export const isReference = (text: string): boolean => REFERENCE.test(text);
