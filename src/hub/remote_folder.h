// hub/remote_folder.h - a repository at one commit, seen as a folder that can only be read.
//
// Contract   Its files lie under root(), "hf://owner/name[@revision]". Names and sizes are those of the tree
//            at one commit, which is looked up once; bytes come by ranges of that commit, a little ahead of
//            what is asked for, so that a header costs a few kilobytes and a file read to its end is fetched
//            once. Texts laid over it stand in place of the files; every other write is kUnsupported.
// Limits     memory: one window of at most kWindowBytesMax for each open file; 1,000,000 files
// Threads    share freely; a file that is open belongs to one thread
// Errors     kNotFound (repository, revision, file); as Client::download
#pragma once

#include <map>
#include <set>
#include <string>

#include "hub/client.h"
#include "slipway/file_system.h"

namespace slipway::hub {

// "hf://owner/name[@revision]"; a revision may hold slashes.
struct RemoteAddress {
  wire::RepoId repo{};
  std::string revision = "main";
};
bool is_remote_address(std::string_view text);
Result<RemoteAddress> parse_remote_address(std::string_view text);

class RemoteFolder : public os::FileSystem {
 public:
  static constexpr std::size_t kWindowBytesMin = 16u << 10;
  static constexpr std::size_t kWindowBytesMax = 8u << 20;

  static Result<std::unique_ptr<RemoteFolder>> open(Client& client, std::string_view address);

  const os::Path& root() const { return root_; }
  const RemoteAddress& address() const { return address_; }
  const std::string& commit() const { return commit_; }
  const std::map<std::string, RemoteFile>& tree() const { return tree_; }  // by path
  void lay_over(const std::string& path, std::string text);

  Result<std::unique_ptr<os::ReadFile>> open_read(const os::Path& path) override;
  Result<std::vector<os::DirEntry>> list(const os::Path& path) override;
  Result<os::FileStat> stat(const os::Path& path) override;
  Result<os::FileStat> link_stat(const os::Path& path) override { return stat(path); }
  Result<os::Path> real_path(const os::Path& path) override;

  Result<std::unique_ptr<os::WriteFile>> create_new(const os::Path& path, std::uint32_t mode) override;
  Result<std::unique_ptr<os::WriteFile>> open_write(const os::Path& path) override;
  Result<void> rename(const os::Path& from, const os::Path& to) override;
  Result<void> remove(const os::Path& path) override;
  Result<void> remove_dir(const os::Path& path) override;
  Result<void> sync_dir(const os::Path& path) override;
  Result<void> make_dir(const os::Path& path) override;
  Result<void> make_symlink(const os::Path& target, const os::Path& path) override;
  Result<void> set_mode(const os::Path& path, std::uint32_t mode) override;
  Result<std::uint64_t> free_space(const os::Path& path) override;
  Result<std::unique_ptr<os::FileLock>> lock(const os::Path& path) override;

 private:
  RemoteFolder(Client& client, RemoteAddress address, os::Path root, std::string commit)
      : client_(client), address_(std::move(address)), root_(std::move(root)), commit_(std::move(commit)) {}

  // The path in the repository, "" for its root; kNotFound for what does not lie below root().
  Result<std::string> inside(const os::Path& path) const;
  bool is_folder(const std::string& inner) const;

  Client& client_;
  RemoteAddress address_;
  os::Path root_;
  std::string commit_;
  std::map<std::string, RemoteFile> tree_{};
  std::map<std::string, std::string> laid_over_{};
};

}  // namespace slipway::hub
