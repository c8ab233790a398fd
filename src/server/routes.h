// server/routes.h - the routes, by the kind of thing they answer for.
//
// Threads    share freely
// Source     docs/wire/hub.md
#pragma once

#include <string>

#include "server/hub.h"

namespace slipway::server {

// Accounts and calls without a repository.
void whoami(Hub& hub, Exchange& exchange, const Account& account);
void validate_yaml(Exchange& exchange);
void agent_harnesses(Exchange& exchange);

// Repositories, branches, tags, history.
void create_repo(Hub& hub, Exchange& exchange, const Account& account);
void delete_repo(Hub& hub, Exchange& exchange, const Account& account);
void list_repos(Hub& hub, Exchange& exchange, const Account& account);
void move_repo(Hub& hub, Exchange& exchange, const Account& account);
void change_settings(Hub& hub, Exchange& exchange, const RepoRow& repo);
void repo_info(Hub& hub, Exchange& exchange, const Place& place);
void list_refs(Hub& hub, Exchange& exchange, const RepoRow& repo);
void list_commits(Hub& hub, Exchange& exchange, const Place& place);
void create_branch(Hub& hub, Exchange& exchange, const RepoRow& repo, const std::string& branch);
void create_tag(Hub& hub, Exchange& exchange, const RepoRow& repo, const std::string& revision);
void delete_ref(Hub& hub, Exchange& exchange, const RepoRow& repo, const std::string& name, bool tag);

// Trees.
void list_tree(Hub& hub, Exchange& exchange, const Place& place, const std::string& folder);
void paths_info(Hub& hub, Exchange& exchange, const Place& place);

// Uploads.
void preupload(Hub& hub, Exchange& exchange, const Place& place);
void lfs_batch(Hub& hub, Exchange& exchange, const Account& account, const RepoRow& repo);
void lfs_object(Hub& hub, Exchange& exchange);  // OWNER/NAME/lfs/objects/..., which authorises itself
void lfs_verify(Hub& hub, Exchange& exchange, const Account& account, const RepoRow& repo);
void commit(Hub& hub, Exchange& exchange, const Account& account, const RepoRow& repo,
            const std::string& branch);

// Discussions and pull requests.
void list_discussions(Hub& hub, Exchange& exchange, const RepoRow& repo);
void create_discussion(Hub& hub, Exchange& exchange, const Account& account, const RepoRow& repo);
void discussion_details(Hub& hub, Exchange& exchange, const Account& account, const RepoRow& repo,
                        const std::string& num);
// comment, title, status, merge
void change_discussion(Hub& hub, Exchange& exchange, const Account& account, const RepoRow& repo,
                       const std::string& num, const std::string& what);

// Downloads and pages.
void resolve(Hub& hub, Exchange& exchange, const Place& place, const std::string& path);
void raw(Hub& hub, Exchange& exchange, const Place& place, const std::string& path);
void repo_page(Hub& hub, Exchange& exchange, const Place& place);

}  // namespace slipway::server
