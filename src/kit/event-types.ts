/** The types of events. A name is a promise and never changes; new ones may be added. Configurations choose among them. Any thread. */

export const EVENT_TYPES = [
  'ConfigurationApplied',
  'ConfigurationRejected',
  'ConfigurationFailed',
  'DomainAdded',
  'DomainVerified',
  'DomainRemoved',
  'CertificateIssued',
  'CertificateFailed',
  'CertProvisioned',
  'CertExpiring',
] as const;

export type EventType = (typeof EVENT_TYPES)[number];
