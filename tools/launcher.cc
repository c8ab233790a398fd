// bin/slipway of the bundle: starts the real program by the loader and the libraries that lie beside it, on
// any Linux, whatever its libc. Linked statically; it becomes the program (exec), so signals and exit codes
// are its own.
#include <sys/auxv.h>
#include <unistd.h>

#include <cerrno>
#include <climits>
#include <cstdio>
#include <cstdlib>
#include <cstring>

namespace {

constexpr int kCannotStart = 1;
constexpr int kHeadWords = 7;  // of the loader's command line, before the words of the program's
// They name libraries made for the libc of this machine; the program has its own.
constexpr const char* kOfThisMachine[] = {"LD_PRELOAD", "LD_LIBRARY_PATH", "LD_AUDIT"};
constexpr char kLibraries[] = "/lib/slipway";
#if defined(__x86_64__)
constexpr char kLoader[] = "/ld-linux-x86-64.so.2";
#elif defined(__aarch64__)
constexpr char kLoader[] = "/ld-linux-aarch64.so.1";
#else
#error "name the loader of this machine, as the bundle holds it"
#endif

struct Places {
  char libraries[PATH_MAX] = {};
  char loader[PATH_MAX] = {};
  char program[PATH_MAX] = {};
};

// DIR of DIR/bin/slipway; empty when `path` lies otherwise.
bool to_bundle(char* path) {
  for (int part = 0; part < 2; ++part) {
    char* slash = std::strrchr(path, '/');
    if (slash == nullptr) return false;
    *slash = '\0';
  }
  return true;
}

bool place(char (&out)[PATH_MAX], const char* folder, const char* name) {
  const int bytes = std::snprintf(out, sizeof out, "%s%s", folder, name);
  return bytes > 0 && bytes < PATH_MAX;
}

// Whether the bundle that holds `self`, a path without links, is whole.
bool find(char* self, Places& places) {
  return to_bundle(self) && place(places.libraries, self, kLibraries) &&
         place(places.loader, places.libraries, kLoader) &&
         place(places.program, places.libraries, "/slipway") && ::access(places.loader, X_OK) == 0;
}

bool find_by_proc(Places& places) {
  char self[PATH_MAX] = {};
  const ssize_t bytes = ::readlink("/proc/self/exe", self, sizeof self - 1);
  return bytes > 0 && find(self, places);
}

// Without /proc: the path that the kernel was given, which a shell has looked up in PATH already.
bool find_by_name(Places& places) {
  const auto* name = reinterpret_cast<const char*>(::getauxval(AT_EXECFN));
  char self[PATH_MAX] = {};
  return name != nullptr && ::realpath(name, self) != nullptr && find(self, places);
}

// The loader takes a list of folders, and in each a '$' as the beginning of a name of its own.
bool fits_a_list(const char* folder) {
  if (std::strpbrk(folder, ":;$") == nullptr) return true;
  std::fprintf(
      stderr,
      "slipway: no program can be loaded from %s: move the folder to a path without ':', ';' and '$'\n",
      folder);
  return false;
}

int become(const Places& places, int count, char** words) {
  auto** all =
      static_cast<char**>(std::calloc(static_cast<std::size_t>(count + kHeadWords + 1), sizeof(char*)));
  if (all == nullptr) return kCannotStart;
  // The cache lists libraries of this machine.
  const char* head[kHeadWords] = {places.loader,    "--inhibit-cache", "--library-path",
                                  places.libraries, "--argv0",         count > 0 ? words[0] : "slipway",
                                  places.program};
  int at = 0;
  for (const char* word : head) all[at++] = const_cast<char*>(word);
  for (int i = 1; i < count; ++i) all[at++] = words[i];
  for (const char* name : kOfThisMachine) ::unsetenv(name);
  ::execv(places.loader, all);
  std::fprintf(stderr, "slipway: %s does not start: %s\n", places.loader, std::strerror(errno));
  return kCannotStart;
}

}  // namespace

int main(int count, char** words) {
  static Places places;
  if (find_by_proc(places) || find_by_name(places)) {
    if (!fits_a_list(places.libraries)) return kCannotStart;
    return become(places, count, words);
  }
  std::fputs(
      "slipway: lib/slipway is not beside bin/; move or copy the whole folder, and link to bin/slipway\n",
      stderr);
  return kCannotStart;
}
