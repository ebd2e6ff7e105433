"""What GitHub is asked: each question with the most that a page of it may hold."""

ACTOR = "login __typename"
REVIEWED = f"""
    number merged author {{ {ACTOR} }} baseRepository {{ nameWithOwner }}
    reviews(first: 50, states: [APPROVED, CHANGES_REQUESTED, COMMENTED, DISMISSED]) {{ nodes {{ author {{ {ACTOR} }} }} }}
"""
ANSWERS = f"comments(first: 30) {{ nodes {{ createdAt author {{ {ACTOR} }} }} }}"
PAGE = "pageInfo { hasNextPage endCursor }"

OVERVIEW = """
query($owner: String!, $name: String!, $since: GitTimestamp!) {
  repository(owner: $owner, name: $name) {
    nameWithOwner createdAt isArchived licenseInfo { spdxId }
    open: issues(states: OPEN) { totalCount }
    closed: issues(states: CLOSED) { totalCount }
    defaultBranchRef { target { ... on Commit { history(since: $since) { totalCount } } } }
  }
}
"""
#: Issues by their opening, the last opened first.
ISSUES = f"""
query($owner: String!, $name: String!, $after: String) {{
  repository(owner: $owner, name: $name) {{
    issues(first: 50, after: $after, orderBy: {{field: CREATED_AT, direction: DESC}}) {{
      {PAGE} nodes {{ number createdAt author {{ {ACTOR} }} {ANSWERS} }}
    }}
  }}
}}
"""
PULLS = f"""
query($owner: String!, $name: String!, $after: String) {{
  repository(owner: $owner, name: $name) {{
    pullRequests(first: 50, after: $after, orderBy: {{field: CREATED_AT, direction: DESC}}) {{
      {PAGE} nodes {{
        number createdAt author {{ {ACTOR} }} {ANSWERS}
        reviews(first: 10) {{ nodes {{ createdAt: submittedAt author {{ {ACTOR} }} }} }}
      }}
    }}
  }}
}}
"""
#: Issues in which something happened since, and the last that was said there.
COMMENTS = f"""
query($owner: String!, $name: String!, $since: DateTime!, $after: String) {{
  repository(owner: $owner, name: $name) {{
    issues(first: 50, after: $after, filterBy: {{since: $since}}, orderBy: {{field: UPDATED_AT, direction: DESC}}) {{
      {PAGE} nodes {{ comments(last: 30) {{ nodes {{ createdAt authorAssociation author {{ {ACTOR} }} }} }} }}
    }}
  }}
}}
"""
#: The last merged, and how their checks ended. GitHub does not sort by merging; the last changed come close.
MERGED = f"""
query($owner: String!, $name: String!) {{
  repository(owner: $owner, name: $name) {{
    pullRequests(first: 60, states: MERGED, orderBy: {{field: UPDATED_AT, direction: DESC}}) {{
      nodes {{
        mergedAt {REVIEWED}
        commits(last: 1) {{ nodes {{ commit {{ statusCheckRollup {{ state }} }} }} }}
      }}
    }}
  }}
}}
"""


def pulls_of(commits: int) -> str:
    """The question which pull requests so many commits, `$c0` and on, belong to."""
    wanted = ", ".join(f"$c{number}: GitObjectID!" for number in range(commits))
    belongs = f"... on Commit {{ associatedPullRequests(first: 5) {{ nodes {{ {REVIEWED} }} }} }}"
    asked = " ".join(f"c{number}: object(oid: $c{number}) {{ {belongs} }}" for number in range(commits))
    return (
        f"query($owner: String!, $name: String!, {wanted}) {{ repository(owner: $owner, name: $name) {{ {asked} }} }}"
    )
