import { quietVulkan } from "papilio/engine/_environment.ts";

/** A graphics processor, or a program that stands in for one, as Vulkan names it. */
export interface VulkanDevice {
  name: string;
  /** Whether the processor itself draws: Mesa's llvmpipe, SwiftShader. */
  isSoftware: boolean;
}

const symbols = {
  vkCreateInstance: { parameters: ["buffer", "pointer", "buffer"], result: "i32" },
  vkDestroyInstance: { parameters: ["pointer", "pointer"], result: "void" },
  vkEnumeratePhysicalDevices: { parameters: ["pointer", "buffer", "buffer"], result: "i32" },
  vkGetPhysicalDeviceProperties: { parameters: ["pointer", "buffer"], result: "void" },
} as const;

/** `VkInstanceCreateInfo`: its type (1), and no extensions, layers or application. */
const CREATE_INFO_BYTES = 64;
/** More than `VkPhysicalDeviceProperties` takes (824). */
const PROPERTIES_BYTES = 2048;
const DEVICE_TYPE_OFFSET = 16;
const CPU_DEVICE_TYPE = 4;
const NAME_OFFSET = 20;
const NAME_BYTES = 256;

/**
 * The devices that Vulkan's drivers offer; asking computes nothing.
 *
 * Source: the Vulkan specification, `VkPhysicalDeviceProperties` (offsets on 64-bit machines).
 * @throws {Error} if there is no Vulkan on this machine, or its library may not be loaded.
 */
export function listVulkanDevices(): VulkanDevice[] {
  const name = Deno.build.os === "windows" ? "vulkan-1.dll" : "libvulkan.so.1";
  quietVulkan();
  const library = Deno.dlopen(name, symbols);
  try {
    return devicesOf(library.symbols);
  } finally {
    library.close();
  }
}

type Vulkan = Deno.DynamicLibrary<typeof symbols>["symbols"];

function devicesOf(vulkan: Vulkan): VulkanDevice[] {
  const createInfo = new Uint32Array(CREATE_INFO_BYTES / 4);
  createInfo[0] = 1;
  const created = new BigUint64Array(1);
  const failure = vulkan.vkCreateInstance(createInfo, null, created);
  if (failure !== 0) return []; // The loader is there, and no driver answers.
  const instance = Deno.UnsafePointer.create(created[0] ?? 0n);
  try {
    return handlesOf(vulkan, instance).map((handle) => describe(vulkan, handle));
  } finally {
    vulkan.vkDestroyInstance(instance, null);
  }
}

function handlesOf(vulkan: Vulkan, instance: Deno.PointerValue): bigint[] {
  const count = new Uint32Array(1);
  vulkan.vkEnumeratePhysicalDevices(instance, count, null);
  const handles = new BigUint64Array(count[0] ?? 0);
  if (handles.length > 0) vulkan.vkEnumeratePhysicalDevices(instance, count, handles);
  return [...handles];
}

function describe(vulkan: Vulkan, handle: bigint): VulkanDevice {
  const properties = new Uint8Array(PROPERTIES_BYTES);
  vulkan.vkGetPhysicalDeviceProperties(Deno.UnsafePointer.create(handle), properties);
  const type = new DataView(properties.buffer).getUint32(DEVICE_TYPE_OFFSET, true);
  const text = properties.subarray(NAME_OFFSET, NAME_OFFSET + NAME_BYTES);
  const name = new TextDecoder().decode(text.subarray(0, text.indexOf(0)));
  return { name, isSoftware: type === CPU_DEVICE_TYPE };
}
