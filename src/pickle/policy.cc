#include "pickle/policy.h"

#include <algorithm>
#include <array>
#include <span>

namespace slipway::pickle {
namespace {

using Names = std::span<const std::string_view>;

bool has(Names names, std::string_view name) { return std::ranges::find(names, name) != names.end(); }

constexpr auto kStorages = std::to_array<std::string_view>(
    {"DoubleStorage", "FloatStorage", "HalfStorage", "BFloat16Storage", "LongStorage", "IntStorage",
     "ShortStorage", "CharStorage", "ByteStorage", "BoolStorage", "ComplexFloatStorage",
     "ComplexDoubleStorage", "QInt8Storage", "QUInt8Storage", "QInt32Storage", "QUInt4x2Storage",
     "QUInt2x4Storage"});

constexpr auto kDtypes = std::to_array<std::string_view>(
    {"float64",        "float32",         "float16",     "bfloat16",        "int64",
     "int32",          "int16",           "int8",        "uint8",           "uint16",
     "uint32",         "uint64",          "bool",        "complex32",       "complex64",
     "complex128",     "float8_e4m3fn",   "float8_e5m2", "float8_e4m3fnuz", "float8_e5m2fnuz",
     "float8_e8m0fnu", "float4_e2m1fn_x2"});

constexpr auto kRebuilds =
    std::to_array<std::string_view>({"_rebuild_tensor", "_rebuild_tensor_v2", "_rebuild_tensor_v3",
                                     "_rebuild_parameter", "_rebuild_parameter_with_state"});

class WeightsOnly : public Policy {
 public:
  bool takes_opcode(std::uint8_t code) const override {
    constexpr std::string_view kTaken =
        "\x80.(N\x88\x89JKM\x8aGXU}])\x8ft\x85\x86\x87"
        "aesuqrhjcR\x81"
        "bQ";
    return kTaken.find(static_cast<char>(code)) != std::string_view::npos;
  }

  bool takes_global(std::string_view module, std::string_view name, Role role) const override {
    if (module == "collections") return name == "OrderedDict" || (name == "Counter" && role != Role::kBuild);
    if (module == "torch._utils") return has(kRebuilds, name) && (role == Role::kName || role == Role::kCall);
    if (module == "torch._tensor") return name == "_rebuild_from_type_v2" && role <= Role::kCall;
    if (module == "torch.nn.parameter") return name == "Parameter";
    if (module == "torch" && (name == "Size" || name == "device")) return role != Role::kBuild;
    if (module == "torch" && name == "Tensor") return true;
    if (module == "torch" && has(kDtypes, name)) return role == Role::kName;
    return is_storage_class(module, name) && role == Role::kName;
  }

  bool strict() const override { return true; }
};

// Modules of which a training's settings hold nothing, and an attack does; with what they contain.
constexpr auto kRefusedModules = std::to_array<std::string_view>({"os",
                                                                  "posix",
                                                                  "nt",
                                                                  "sys",
                                                                  "subprocess",
                                                                  "runpy",
                                                                  "webbrowser",
                                                                  "functools",
                                                                  "operator",
                                                                  "importlib",
                                                                  "_pickle",
                                                                  "pickle",
                                                                  "cPickle",
                                                                  "marshal",
                                                                  "shelve",
                                                                  "ctypes",
                                                                  "_ctypes",
                                                                  "socket",
                                                                  "shutil",
                                                                  "pty",
                                                                  "code",
                                                                  "codeop",
                                                                  "commands",
                                                                  "popen2",
                                                                  "pdb",
                                                                  "bdb",
                                                                  "timeit",
                                                                  "trace",
                                                                  "profile",
                                                                  "cProfile",
                                                                  "doctest",
                                                                  "pip",
                                                                  "setuptools",
                                                                  "distutils",
                                                                  "urllib",
                                                                  "http",
                                                                  "ftplib",
                                                                  "smtplib",
                                                                  "telnetlib",
                                                                  "requests",
                                                                  "httpx",
                                                                  "types",
                                                                  "inspect",
                                                                  "asyncio",
                                                                  "threading",
                                                                  "_thread",
                                                                  "signal",
                                                                  "pydoc",
                                                                  "platform",
                                                                  "linecache",
                                                                  "tempfile",
                                                                  "zipimport",
                                                                  "site",
                                                                  "imp",
                                                                  "dill",
                                                                  "cloudpickle",
                                                                  "joblib",
                                                                  "_posixsubprocess",
                                                                  "multiprocessing",
                                                                  "posixpath",
                                                                  "ntpath",
                                                                  "io",
                                                                  "_io",
                                                                  "gc",
                                                                  "atexit"});

// Of builtins only what holds values.
constexpr auto kHarmlessBuiltins = std::to_array<std::string_view>(
    {"set", "frozenset", "bytearray", "complex", "slice", "range", "object", "dict", "list", "tuple", "int",
     "float", "str", "bytes", "bool", "NotImplemented", "Ellipsis"});

// The same of torch's own, by the last part of their name.
constexpr auto kRefusedTorch = std::to_array<std::string_view>(
    {"hub", "serialization", "jit", "package", "cpp_extension", "collect_env", "storage"});

class Opaque : public Policy {
 public:
  bool takes_opcode(std::uint8_t) const override { return true; }

  bool takes_global(std::string_view module, std::string_view name, Role role) const override {
    if (is_getattr(module, name)) return role == Role::kName || role == Role::kCall;
    if (module == "builtins" || module == "__builtin__") return has(kHarmlessBuiltins, name);
    if (module == "torch" && name == "load") return false;
    if (is_storage_class(module, name)) return true;
    const std::string_view first = module.substr(0, module.find('.'));
    if (first == "torch" && has(kRefusedTorch, module.substr(module.rfind('.') + 1))) return false;
    return !has(kRefusedModules, first);
  }

  bool strict() const override { return false; }
};

}  // namespace

bool is_getattr(std::string_view module, std::string_view name) {
  return name == "getattr" && (module == "builtins" || module == "__builtin__");
}

bool is_storage_class(std::string_view module, std::string_view name) {
  if (module == "torch.storage") return name == "UntypedStorage" || name == "TypedStorage";
  return module == "torch" && has(kStorages, name);
}

const Policy& weights_only() {
  static const WeightsOnly policy;
  return policy;
}

const Policy& opaque() {
  static const Opaque policy;
  return policy;
}

}  // namespace slipway::pickle
