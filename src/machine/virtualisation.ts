import type { Tree } from './tree.ts';

const vendors: readonly (readonly [RegExp, string])[] = [
  [/amazon ec2/i, 'kvm'],
  [/qemu|kvm|bochs|openstack|google|digitalocean|alibaba/i, 'kvm'],
  [/vmware/i, 'vmware'],
  [/virtualbox|innotek/i, 'virtualbox'],
  [/microsoft corporation.*virtual/is, 'hyper-v'],
  [/xen/i, 'xen'],
];

/**
 * Names what stands between this process and the hardware: `kvm`, `docker`, `docker on kvm`, `none`;
 * `unknown` for a hypervisor that does not tell its name.
 *
 * @param hypervisor Whether the processor says that it runs under one; null where it can't tell.
 */
export function readVirtualisation(tree: Tree, hypervisor: boolean | null): string {
  const machine = virtualMachine(tree, hypervisor);
  const container = containerName(tree);
  if (container === null) return machine ?? 'none';
  return machine === null ? container : `${container} on ${machine}`;
}

function virtualMachine(tree: Tree, hypervisor: boolean | null): string | null {
  const xen = tree.text('/sys/hypervisor/type');
  if (xen !== null) return xen;
  const firmware = ['sys_vendor', 'product_name', 'board_vendor', 'bios_vendor']
    .map((name) => tree.text(`/sys/class/dmi/id/${name}`) ?? '')
    .join(' ');
  const vendor = vendors.find(([pattern]) => pattern.test(firmware));
  // Clouds name themselves on their bare-metal machines too: the processor tells them apart, for ARM EC2's product name.
  const bare = hypervisor === false || (hypervisor === null && /\.metal/.test(firmware));
  if (vendor !== undefined && !bare) return vendor[1];
  return clockVendor(tree) ?? deviceTreeVendor(tree) ?? (hypervisor ? 'unknown' : null);
}

/** Small virtual machines (Firecracker, Cloud Hypervisor) have no DMI; their paravirtual clock tells. */
function clockVendor(tree: Tree): string | null {
  const clocks = tree.text('/sys/devices/system/clocksource/clocksource0/available_clocksource') ?? '';
  if (clocks.includes('kvm-clock')) return 'kvm';
  if (clocks.includes('hyperv')) return 'hyper-v';
  return clocks.includes('xen') ? 'xen' : null;
}

function deviceTreeVendor(tree: Tree): string | null {
  const compatible = tree.text('/proc/device-tree/hypervisor/compatible') ?? '';
  if (compatible.includes('kvm')) return 'kvm';
  return compatible.includes('xen') ? 'xen' : null;
}

function containerName(tree: Tree): string | null {
  if (tree.exists('/run/.containerenv')) return 'podman';
  const groups = tree.text('/proc/1/cgroup') ?? '';
  if (/kubepods/.test(groups) || tree.exists('/var/run/secrets/kubernetes.io')) return 'kubernetes';
  if (tree.exists('/.dockerenv') || /\/docker[-/]/.test(groups)) return 'docker';
  if (/\/lxc[./]/.test(groups)) return 'lxc';
  return tree.text('/run/systemd/container') || null;
}
