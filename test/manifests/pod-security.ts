// biome-ignore lint/suspicious/noExplicitAny: pods are looked into
type Any = any;

const VOLUMES = [
  ...['configMap', 'csi', 'downwardAPI', 'emptyDir', 'ephemeral', 'image'],
  ...['persistentVolumeClaim', 'projected', 'secret'],
];

/**
 * What of a pod breaks the `restricted` Pod Security Standard (which holds `baseline`), by the
 * rules of kubernetes.io/docs/concepts/security/pod-security-standards.
 */
export function restrictedFaults(spec: Any): string[] {
  const faults: string[] = [];
  const forbid = (isBroken: unknown, rule: string) => {
    if (isBroken) faults.push(rule);
  };
  for (const field of ['hostNetwork', 'hostPID', 'hostIPC']) forbid(spec[field] === true, field);
  for (const { name, ...volume } of spec.volumes ?? []) {
    const kinds = Object.keys(volume);
    forbid(
      kinds.some((kind) => !VOLUMES.includes(kind)),
      `volume ${name}`,
    );
  }
  const pod = spec.securityContext ?? {};
  forbid((pod.sysctls ?? []).length > 0, 'sysctls');
  forbid(pod.runAsUser === 0, 'runAsUser');
  for (const container of [...spec.containers, ...(spec.initContainers ?? [])]) {
    const own = container.securityContext ?? {};
    const { add = [], drop = [] } = own.capabilities ?? {};
    const seccomp = (own.seccompProfile ?? pod.seccompProfile)?.type;
    const rules: [unknown, string][] = [
      [own.privileged === true, 'privileged'],
      [own.allowPrivilegeEscalation !== false, 'allowPrivilegeEscalation'],
      [(own.runAsNonRoot ?? pod.runAsNonRoot) !== true, 'runAsNonRoot'],
      [own.runAsUser === 0, 'runAsUser'],
      [!['RuntimeDefault', 'Localhost'].includes(seccomp), 'seccompProfile'],
      [!drop.includes('ALL'), 'capabilities.drop'],
      [add.some((name: string) => name !== 'NET_BIND_SERVICE'), 'capabilities.add'],
      [(container.ports ?? []).some(({ hostPort }: Any) => hostPort), 'hostPort'],
      [own.procMount !== undefined && own.procMount !== 'Default', 'procMount'],
      [own.windowsOptions?.hostProcess === true, 'hostProcess'],
      [own.seLinuxOptions?.user || own.seLinuxOptions?.role, 'seLinuxOptions'],
    ];
    for (const [isBroken, rule] of rules) forbid(isBroken, `${container.name}: ${rule}`);
  }
  return faults;
}
