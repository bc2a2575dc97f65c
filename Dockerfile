# Two images from one file: `--target bot` (small, no torch) and `--target engine`.
FROM python:3.12-slim AS base
ENV PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1 PIP_NO_CACHE_DIR=1 \
    PAGEWRIGHT_DATABASE__PATH=/data/pagewright.db \
    PAGEWRIGHT_ENGINE__ADDRESS=unix:/run/pagewright/engine.sock
WORKDIR /app
RUN useradd --create-home --uid 10001 pagewright \
 && mkdir -p /data /models /run/pagewright && chown pagewright /data /models /run/pagewright \
 && chmod 700 /data /models /run/pagewright
COPY pyproject.toml setup.py constraints.txt README.md LICENSE config.toml ./
COPY bot bot
COPY engine engine
COPY migrations migrations
VOLUME ["/data", "/run/pagewright"]

FROM base AS bot
# The engine runs in its own container; this one never starts any.
ENV PAGEWRIGHT_ENGINE__START=false
RUN pip install --constraint constraints.txt --editable .
USER pagewright
HEALTHCHECK --interval=30s --timeout=10s --start-period=20s \
  CMD ["pagewright", "doctor", "--only", "database"]
ENTRYPOINT ["pagewright"]
CMD ["--help"]

FROM base AS engine
RUN pip install --constraint constraints.txt --editable '.[engine]'
USER pagewright
HEALTHCHECK --interval=30s --timeout=10s --start-period=60s \
  CMD ["pagewright", "doctor", "--only", "engine"]
ENTRYPOINT ["pagewright"]
CMD ["engine"]
