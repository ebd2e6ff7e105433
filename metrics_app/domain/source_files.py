"""Which files of a repository are its source: not documentation, data, vendored, generated or weights.

After what GitHub's Linguist counts as programming and markup and leaves out as vendored, generated or documentation,
which the truck factor's authors used as their filter; decided by path alone.
"""

import re
from functools import cache
from importlib import resources

NAMES = {
    "makefile",
    "gnumakefile",
    "dockerfile",
    "containerfile",
    "rakefile",
    "gemfile",
    "cmakelists.txt",
    "jenkinsfile",
    "vagrantfile",
    "podfile",
    "guardfile",
    "capfile",
    "berksfile",
    "sconstruct",
    "sconscript",
    "meson.build",
    "build.bazel",
    "wscript",
    "justfile",
    "configure.ac",
    "procfile",
    "brewfile",
    "fastfile",
    "snakefile",
    "cakefile",
    "jakefile",
}
VENDORED = re.compile(
    r"(^|/)(node_modules|bower_components|vendors?|vendored|third[-_]?party|3rd[-_]?party|externals?|extern|deps|godeps|_vendor"
    r"|site-packages|carthage|pods|jspm_packages|\.yarn|\.venv|venv|gradle/wrapper|\.github|\.vscode|\.idea|\.husky)/"
    r"|(^|/)(jquery([-.]\d[\w.-]*)?|bootstrap([-.]\d[\w.-]*)?|modernizr[\w.-]*|underscore|backbone|d3(\.v\d+)?|require|mootools[\w.-]*"
    r"|prototype|raphael|yui\w*|MochiKit|dojo|ember[\w.-]*|angular([-.]\d[\w.-]*)?|react([-.]\d[\w.-]*)?|normalize|font-?awesome|animate"
    r"|html5shiv|less([.-]\d[\w.-]*)?)\.(js|css|scss|less)$"
    r"|(^|/)(gradlew|gradlew\.bat|mvnw|mvnw\.cmd|configure|config\.guess|config\.sub|aclocal\.m4|install-sh|ltmain\.sh|libtool\.m4"
    r"|waf|versioneer\.py|_version\.py|ez_setup\.py|get-pip\.py|\.pnp\.[cm]?js)$",
    re.IGNORECASE,
)
GENERATED = re.compile(
    r"(^|/)(dist|build|out|target|generated|__generated__|gen|coverage|\.next|\.nuxt)/"
    r"|[-.]min\.(js|css)$|[-._]bundle\.js$|\.(pb|pb\.gw|grpc\.pb)\.(go|cc|h|swift)$|_pb2(_grpc)?\.pyi?$|_pb\.(js|ts|d\.ts)$|\.designer\.(cs|vb)$"
    r"|\.g(enerated)?\.(dart|cs|ts|go|java)$|\.freezed\.dart$|_generated\.(go|h|rs)$|zz_generated\.\w+\.go$|bindata\.go$|\.xib$|\.nib$"
    r"|(^|/)(parser|lexer)\.tab\.[ch]$|\.lock$|(^|/)(package-lock|npm-shrinkwrap)\.json$",
    re.IGNORECASE,
)
DOCUMENTATION = re.compile(
    r"(^|/)(docs?|documentation|man|manual|javadoc|groovydoc|examples?|samples?|demos?|website)/"
    r"|(^|/)(readme|changes|changelog|changelogs|contributing|contributors|copying|install|licen[sc]e|licenses|authors|notice|todo|news|security)"
    r"(\.[\w-]+)*$",
    re.IGNORECASE,
)


def is_source(path: str) -> bool:
    """Whether the file at `path` (relative to the repository, with forward slashes) is source somebody writes here."""
    if VENDORED.search(path) or GENERATED.search(path) or DOCUMENTATION.search(path):
        return False
    name = path.rpartition("/")[2].lower()
    return name in NAMES or any(
        name.endswith(f".{extension}") and len(name) > len(extension) + 1 for extension in _ends(name)
    )


def _ends(name: str) -> list[str]:
    """The extensions of `name` that are source: `d.ts` is found by `ts`."""
    extension = name.rpartition(".")[2]
    return [extension] if extension in extensions() else []


@cache
def extensions() -> frozenset[str]:
    text = resources.files(__package__).joinpath("tables/source_extensions.txt").read_text(encoding="utf-8")
    return frozenset(word for line in text.splitlines() if not line.startswith("#") for word in line.split())
