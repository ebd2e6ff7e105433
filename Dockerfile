# The registry for those who run their own: one image, for web server and worker alike (see compose.yaml).
# `make frontend` first: the pages are built outside.
FROM python:3.11-slim-bookworm AS build
WORKDIR /opt/registry
COPY requirements.txt .
RUN python -m venv .venv && .venv/bin/pip install --no-cache-dir --no-deps --only-binary :all: -r requirements.txt
COPY manage.py ./
COPY registry_project registry_project
COPY accounts_app accounts_app
COPY packages_app packages_app
COPY metrics_app metrics_app
COPY lineage_app lineage_app
COPY frontend/dist frontend/dist
RUN SECRET_KEY="of no use outside this command" .venv/bin/python manage.py collectstatic --no-input --verbosity 0

FROM python:3.11-slim-bookworm
RUN apt-get update \
    && apt-get install --yes --no-install-recommends git tzdata \
    && rm -rf /var/lib/apt/lists/* \
    && useradd --system --create-home --home-dir /var/lib/registry --shell /usr/sbin/nologin registry \
    && install --directory --owner registry /var/lib/registry/data
COPY --from=build /opt/registry /opt/registry
WORKDIR /opt/registry
USER registry
ENV PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1 REGISTRY_BIND=0.0.0.0 REGISTRY_DATA_DIR=/var/lib/registry/data
VOLUME /var/lib/registry/data
EXPOSE 8000
HEALTHCHECK --interval=10s --start-period=30s CMD [".venv/bin/python", "-c", \
    "import urllib.request as r; r.urlopen('http://127.0.0.1:8000/health/live', timeout=3)"]
ENTRYPOINT [".venv/bin/python", "manage.py"]
# Without more words: everything, the embedded PostgreSQL included.
CMD ["serve"]
