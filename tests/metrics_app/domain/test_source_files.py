import pytest

from metrics_app.domain.source_files import is_source


@pytest.mark.parametrize(
    "path",
    [
        "setup.py",
        "src/main.rs",
        "lib/index.js",
        "include/foo.h",
        "types/index.d.ts",
        "page/index.html",
        "style/site.scss",
        "notebook.ipynb",
        "Makefile",
        "docker/Dockerfile",
        "tests/test_model.py",
        "src/security.py",
        "src/docs/build.py",
        "src/build/make.js",
        "install.py",
        "lib/react-native.jsx",
        "scripts/RUN.SH",
        "tensorflow/BUILD",
        "rails.gemspec",
        "include/class.inc",
        "features/search.feature",
        "grammar.g4",
        "src/Makefile.am",
    ],
)
def test_is_source(path: str) -> None:
    assert is_source(path) is True


@pytest.mark.parametrize(
    "path",
    [
        "README.md",
        "docs/conf.py",
        "examples/use.py",
        "demo/app.js",
        "CHANGELOG",
        "LICENSE",
        "data.json",
        "data/train.csv",
        "config.yaml",
        "schema.sql",
        "service.proto",
        "build.gradle",
        "paper.tex",
        "man/tool.1",
        "frozen_model.pb",
        "release.sig",
        "package-lock.json",
        "yarn.lock",
        "model.safetensors",
        "pytorch_model.bin",
        "logo.svg",
        "node_modules/left-pad/index.js",
        "vendor/lib/x.go",
        "src/third_party/x.c",
        "third-party/x.c",
        "deps/zlib/inflate.c",
        "dist/bundle.js",
        "lib/jquery-3.7.1.js",
        "static/site.min.js",
        "api/service_pb2.py",
        "api/service.pb.go",
        "src/__generated__/types.ts",
        "configure",
        "gradlew",
        "test/fixtures/a.js",
        ".github/workflows/x.py",
        ".py",
        "",
    ],
)
def test_is_not_source(path: str) -> None:
    assert is_source(path) is False
