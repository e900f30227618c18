/**
 * Every code that a problem of a configuration may carry. A code is a promise and never changes; a message may.
 * One line each, printed by the documentation.
 */

export const PROBLEM_CODES = {
  UNREADABLE: 'the file is missing, a folder, too large, not UTF-8 or may not be read',
  YAML_SYNTAX: 'the text is not YAML 1.2, or uses a part of it that a configuration may not use',
  TOO_COMPLEX: 'the text nests too deeply, or its aliases expand to too much',
  NOT_A_MAP: 'the file is empty, or its top level is no map of sections',
  UNKNOWN_KEY: 'no such key exists here',
  DUPLICATE_KEY: 'the same key stands twice in one map',
  WRONG_TYPE: 'a text stands where a number, list or map belongs, or the other way round',
  MISSING_KEY: 'a key that must be there is not',
  BAD_VALUE: 'the value is of the right type but cannot be used',
  BAD_DURATION: 'not a duration, or out of its range',
  BAD_SIZE: 'not a size, or out of its range',
  BAD_ADDRESS: 'not an address that can be listened on or connected to',
  BAD_CIDR: 'not an address range such as 10.0.0.0/8',
  BAD_HOST: 'not a host name, or a wildcard other than *.name',
  BAD_PATH: 'not a path of a URL',
  BAD_METHOD: 'not a method of HTTP',
  BAD_HEADER: 'not a header name or value, or a header that may not be changed',
  UNKNOWN_SERVICE: 'a route names a service that is not defined',
  DUPLICATE_ROUTE: 'two routes match the very same requests',
  DUPLICATE_NAME: 'two things share a name that must be unique',
  MISSING_ENV: 'an environment variable that the file refers to is not set',
  MISSING_FILE: 'a file that the configuration refers to cannot be read',
  MISSING_SECRET: 'a secret that the file refers to is not defined',
  BAD_REFERENCE: 'a ${…} of an unknown form',
  ADMIN_EXPOSED: 'the admin endpoints would be open to the network without a token',
  CONFLICT: 'two settings exclude each other',
  CERT_MISSING: 'a host of a route is covered by no certificate of the file, and none can be obtained for it',
  ACME_EMAIL: 'a certificate is obtained without a mail address, or under another one than a route says',
  CERT_DUPLICATE: 'two certificates are for the same server name',
  ENGINE_UNAVAILABLE: 'the HTTP engine that is asked for cannot be loaded here',
  RESTART_NEEDED: 'the change can only be made by starting penstock anew',
  NOT_SUPPORTED_YET: 'a part of the configuration that this version does not have yet',
} as const;

export type ProblemCode = keyof typeof PROBLEM_CODES;
