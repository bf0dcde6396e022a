//! A pull request as GitHub writes it.

use serde_json::{Value, json};

use crate::local::api::account::simple_user;
use crate::local::api::error::ApiResult;
use crate::local::api::links::Links;
use crate::local::api::repositories::repository_body;
use crate::local::pull_request::Standing;
use crate::local::repository::{OWNER, Repository};
use crate::local::{Cloud, clock};

/// `pull-request-simple`: what lists hold. `whole` is the repository, which stands in it twice.
pub(super) fn short(links: &Links, repository: &Repository, whole: &Value, standing: &Standing) -> Value {
    let pull = &standing.pull;
    let number = pull.number;
    let api = links.repository(repository);
    let url = format!("{api}/pulls/{number}");
    let issue = format!("{api}/issues/{number}");
    let page = format!("{}/pull/{number}", links.repository_page(repository));
    let user = simple_user(links);
    let side = |name: &str, sha: &str| json!({ "label": format!("{OWNER}:{name}"), "ref": name, "sha": sha, "user": user, "repo": whole });
    let statuses = format!("{api}/statuses/{}", standing.head);
    let review_comment = format!("{api}/pulls/comments{{/number}}");
    let link = |href: &str| json!({ "href": href });
    let addresses = json!({
        "self": link(&url),
        "html": link(&page),
        "issue": link(&issue),
        "comments": link(&format!("{issue}/comments")),
        "review_comments": link(&format!("{url}/comments")),
        "review_comment": link(&review_comment),
        "commits": link(&format!("{url}/commits")),
        "statuses": link(&statuses),
    });
    json!({
        "_links": addresses,
        "id": pull.id,
        "node_id": pull.node_id,
        "number": number,
        "state": if pull.open { "open" } else { "closed" },
        "locked": false,
        "title": pull.title,
        "body": if pull.body.is_empty() { Value::Null } else { Value::from(pull.body.as_str()) },
        "user": user,
        "author_association": "OWNER",
        "draft": pull.draft,
        "head": side(&pull.head_ref, &standing.head),
        "base": side(&pull.base_ref, &standing.base),
        "labels": [],
        "assignee": null,
        "assignees": [],
        "requested_reviewers": [],
        "requested_teams": [],
        "milestone": null,
        "auto_merge": null,
        "active_lock_reason": null,
        "created_at": clock::to_iso(pull.created_at),
        "updated_at": clock::to_iso(pull.updated_at),
        "closed_at": pull.closed_at.map(clock::to_iso),
        "merged_at": pull.merged_at.map(clock::to_iso),
        "merge_commit_sha": pull.merge_commit,
        "url": url,
        "html_url": page,
        "diff_url": format!("{page}.diff"),
        "patch_url": format!("{page}.patch"),
        "issue_url": issue,
        "commits_url": format!("{url}/commits"),
        "review_comments_url": format!("{url}/comments"),
        "review_comment_url": review_comment,
        "comments_url": format!("{issue}/comments"),
        "statuses_url": statuses,
    })
}

/// `pull-request`: one alone, with its counts and whether it can be merged.
pub(super) async fn full(
    cloud: &Cloud,
    links: &Links,
    repository: &Repository,
    standing: &Standing,
) -> ApiResult<Value> {
    let whole = repository_body(cloud, links, repository).await?;
    let mut body = short(links, repository, &whole, standing);
    let pull = &standing.pull;
    let totals = standing.totals(repository).await?;
    let mergeable = standing.is_mergeable(repository).await?;
    let state = match mergeable {
        Some(true) if pull.draft => "draft",
        Some(true) => "clean",
        Some(false) => "dirty",
        None => "unknown",
    };
    let more = json!({
        "merged": pull.merged_at.is_some(),
        "merged_by": if pull.merged_at.is_some() { simple_user(links) } else { Value::Null },
        "mergeable": mergeable,
        "rebaseable": mergeable,
        "mergeable_state": state,
        "maintainer_can_modify": false,
        "comments": cloud.store.conversation(pull.id)?.len(),
        "review_comments": cloud.store.review_comments(pull.id)?.len(),
        "commits": standing.commit_count(repository).await?,
        "additions": totals.additions,
        "deletions": totals.deletions,
        "changed_files": totals.files,
    });
    if let (Some(body), Value::Object(more)) = (body.as_object_mut(), more) {
        body.extend(more);
    }
    Ok(body)
}
