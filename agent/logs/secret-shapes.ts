/** A name of a header or of a parameter whose value is a secret, whatever it is. */
const secretNames =
  /^(?:(?:proxy-)?authorization|x-auth-token|x-auth-client|x-api-key|(?:set-)?cookie|access[_-]?token|refresh[_-]?token|client[_-]?secret|api[_-]?key|password)$/i

/** Whether what stands under this name is masked unseen. */
export function isSecretName(name: string): boolean {
  return secretNames.test(name)
}

/** Most texts hold none of these, and looking closer costs more. */
const hint = /bearer|basic|authorization|x-auth|api[-_]?key|cookie|:\/\/|token=|secret=|password=|signature=/i

/** Quantities are bounded, so that no text can make a match take long. */
const shapes: readonly RegExp[] = [
  // `Authorization: Bearer x`, `"x-auth-token":"x"`, inside JSON inside JSON too.
  /(\b(?:authorization|x-auth-token|x-auth-client|x-api-key|(?:set-)?cookie)(?:\\{0,7}")?\s{0,3}[:=]\s{0,3}(?:\\{0,7}")?)(?!\[|\{|null)(?:(?:bearer|basic|digest)\s{1,3})?[^\s"\\,;\]}]{1,8000}/gi,
  /(\b(?:bearer|basic)\s{1,3})[A-Za-z0-9._~+/=-]{12,8000}/gi,
  // `https://user:x@host`
  /(:\/\/[^\s/:@"\\]{0,100}:)[^\s/@"\\]{1,1000}(?=@)/g,
  // `?access_token=x`
  /([?&](?:access_token|refresh_token|token|api_key|apikey|client_secret|secret|password|signature)=)[^\s&"'#\\]{1,8000}/gi,
]

/** Masks what stands where secrets stand: in headers of authorization, in the user part of URLs, in parameters. */
export function maskShapes(text: string, mask: string): string {
  if (!hint.test(text)) return text
  return shapes.reduce((masked, shape) => masked.replace(shape, `$1${mask}`), text)
}
