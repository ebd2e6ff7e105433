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
    "makefile.am",
    "makefile.in",
    "makefile.pl",
    "kbuild",
    "dockerfile",
    "containerfile",
    "rakefile",
    "appraisals",
    "dangerfile",
    "thorfile",
    "cpanfile",
    "pkgbuild",
    "apkbuild",
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
    "build",
    "build.bazel",
    "module.bazel",
    "workspace",
    "workspace.bazel",
    "tiltfile",
    "earthfile",
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
    r"(^|/)(node_modules|bower_components|vendors?|vendored|third[-_]?party|3rd[-_]?party|externals?|extern|godeps|_vendor|dist"
    r"|site-packages|carthage|pods|jspm_packages|\.yarn|\.venv|venv|gradle/wrapper|\.github|\.vscode|\.idea|\.husky|testdata"
    r"|(tests?|specs?|__tests__)/fixtures|ace-builds|mathjax|tiny_mce|bootstrap-datepicker|extjs|flow-typed|\.mvn/wrapper"
    r"|codemirror/(\d[\d.]*/)?(lib|mode|theme|addon|keymap))/|^(deps|dependencies|debian)/"
    r"|(?-i:(^|/)(jquery([-.](\d|ui\b|effects\b|validate\b|unobtrusive|fancybox|fileupload|migrate)[\w.-]*)?"
    r"|bootstrap([-.]\d[\w.-]*)?|modernizr[\w.-]*|underscore|backbone|d3(\.v\d+)?|require|mootools[\w.-]*|prototype"
    r"|raphael|yui\w*|MochiKit|dojo|ember[\w.-]*|angular([-.]\d[\w.-]*)?|react([-.]\d[\w.-]*)?|html5shiv|ckeditor"
    r"|cordova([-.]\d[\w.-]*)?|knockout-\d[\w.-]*|foundation(\.\w+)?|less([.-]\d[\w.-]*)?)\.(js|css|scss|less)$"
    r"|(^|/)(normalize|font-?awesome|animate|fontello[\w-]*)\.(css|scss|less|styl)$)"
    r"|(^|/)(gradlew|gradlew\.bat|mvnw|mvnw\.cmd|configure|config\.guess|config\.sub|aclocal\.m4|install-sh|ltmain\.sh"
    r"|(libtool|lt(options|sugar|version|~obsolete))\.m4|cpplint\.py|erlang\.mk|waf|versioneer\.py|_version\.py"
    r"|ez_setup\.py|get-pip\.py|\.pnp\.[cm]?js)$",
    re.IGNORECASE,
)
GENERATED = re.compile(
    r"(^|/)(generated|__generated__)/|[-.]min\.(js|css)$|[-._]bundle\.js$|\.(pb|pb\.gw|grpc\.pb)\.(go|cc|h|swift)$"
    r"|_pb2(_grpc)?\.pyi?$|_pb\.(js|ts|d\.ts)$|\.designer\.(cs|vb)$|\.g(enerated)?\.(dart|cs|ts|go|java)$|\.freezed\.dart$"
    r"|_generated\.(go|h|rs)$|zz_generated\.\w+\.go$|bindata\.go$|(^|/)(parser|lexer)\.tab\.[ch]$",
    re.IGNORECASE,
)
DOCUMENTATION = re.compile(
    r"^(?i:docs?|man|examples?|samples?|demos?)/|(^|/)(?i:documentation|javadoc|groovydoc)/"
    r"|(^|/)(README|[Rr]eadme|CHANGES?|CHANGELOG|[Cc]hangelog|CONTRIBUTING|COPYING|INSTALL|LICEN[SC]E|AUTHORS|NOTICE|TODO|NEWS)(\.|$)"
)


def is_source(path: str) -> bool:
    """Whether the file at `path` (relative to the repository, with forward slashes) is source somebody writes here."""
    if VENDORED.search(path) or GENERATED.search(path) or DOCUMENTATION.search(path):
        return False
    name = path.rpartition("/")[2].lower()
    stem, _, extension = name.rpartition(".")
    return name in NAMES or (bool(stem) and extension in extensions())


@cache
def extensions() -> frozenset[str]:
    text = resources.files(__package__).joinpath("tables/source_extensions.txt").read_text(encoding="utf-8")
    return frozenset(word for line in text.splitlines() if not line.startswith("#") for word in line.split())
