import { join } from "@std/path";

// A native addon and library with the names, the links and the interface of TensorFlow's.

const addonSource = `
#include <stdbool.h>
#include <stddef.h>
typedef struct env *napi_env;
typedef struct value *napi_value;
typedef struct info *napi_callback_info;
typedef napi_value (*napi_callback)(napi_env, napi_callback_info);
int napi_create_function(napi_env, const char *, size_t, napi_callback, void *, napi_value *);
int napi_create_string_utf8(napi_env, const char *, size_t, napi_value *);
int napi_get_boolean(napi_env, bool, napi_value *);
int napi_set_named_property(napi_env, napi_value, const char *, napi_value);
const char *TF_Version(void);
#ifdef FROM_THE_FUTURE
int napi_from_the_future(napi_env);
#endif

static napi_value is_using_gpu(napi_env env, napi_callback_info info) {
  napi_value no;
  napi_get_boolean(env, false, &no);
#ifdef FROM_THE_FUTURE
  napi_from_the_future(env);
#endif
  return no;
}

napi_value napi_register_module_v1(napi_env env, napi_value exports) {
  napi_value function, version;
  napi_create_function(env, "isUsingGpuDevice", (size_t)-1, is_using_gpu, NULL, &function);
  napi_set_named_property(env, exports, "isUsingGpuDevice", function);
  napi_create_string_utf8(env, TF_Version(), (size_t)-1, &version);
  napi_set_named_property(env, exports, "TF_Version", version);
  return exports;
}
`;

const librarySource = `const char *TF_Version(void) { return "2.9.1"; }\n`;

export interface BuildOptions {
  /** A library that libtensorflow needs, and that is nowhere: `"libcudart.so.11.0"`. */
  needed?: string;
  /** The addon calls a function that no Node-API has. */
  fromTheFuture?: boolean;
}

/** Compiles both; undefined without a C compiler on Linux. */
export async function buildNativeParts(
  folder: string,
  { needed, fromTheFuture = false }: BuildOptions = {},
): Promise<{ addon: Uint8Array; library: Uint8Array } | undefined> {
  if (Deno.build.os !== "linux" || !await compile(["--version"])) return undefined;
  const path = (name: string) => join(folder, name);
  await Deno.writeTextFile(path("addon.c"), addonSource);
  await Deno.writeTextFile(path("library.c"), librarySource);
  const library = path("libtensorflow.so.2");
  const more: string[] = [];
  if (needed !== undefined) {
    await shared(path("library.c"), path(needed), [`-Wl,-soname,${needed}`]);
    more.push("-Wl,--no-as-needed", path(needed));
  }
  await shared(path("library.c"), library, ["-Wl,-soname,libtensorflow.so.2", ...more]);
  const origin = "-Wl,--allow-shlib-undefined,-z,now,-rpath,$ORIGIN/../../deps/lib";
  await shared(path("addon.c"), path("addon.node"), [
    library,
    origin,
    ...fromTheFuture ? ["-DFROM_THE_FUTURE"] : [],
  ]);
  const addon = await Deno.readFile(path("addon.node"));
  return { addon, library: await Deno.readFile(library) };
}

async function shared(source: string, target: string, flags: string[]): Promise<void> {
  const args = ["-shared", "-fPIC", "-o", target, source, ...flags];
  if (!await compile(args)) throw new Error(`cc ${args.join(" ")} failed`);
}

async function compile(args: string[]): Promise<boolean> {
  try {
    return (await new Deno.Command("cc", { args, stdout: "null", stderr: "inherit" }).output())
      .success;
  } catch {
    return false;
  }
}
