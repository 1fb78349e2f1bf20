# One image for every process; docker-compose.yml says which. Everything by environment variables only.
FROM python:3.11-slim-bookworm

# The chat model's runtime needs GCC's OpenMP library.
RUN apt-get update \
    && apt-get install -y --no-install-recommends libgomp1 \
    && rm -rf /var/lib/apt/lists/* \
    && useradd --create-home --uid 10001 cardia \
    && install -d -o cardia -g cardia /app /data /data/media /models

ENV PYTHONUNBUFFERED=1 \
    PYTHONDONTWRITEBYTECODE=1 \
    PIP_NO_CACHE_DIR=1 \
    PIP_DISABLE_PIP_VERSION_CHECK=1 \
    VAR_DIR=/data \
    STATIC_ROOT=/app/static \
    MODEL_CACHE_DIR=/models \
    HOST=0.0.0.0 \
    PORT=8000

WORKDIR /app
COPY requirements.txt ./
RUN pip install --require-hashes -r requirements.txt

COPY --chown=cardia:cardia . .
USER cardia
# Neither step needs a database; the key is of this build alone and stays in no layer's environment.
RUN SECRET_KEY=only-for-the-build-0123456789-0123456789-0123456789 VAR_DIR=/tmp/build \
    sh -c "python manage.py messages compile && python manage.py collectstatic --noinput -v 0"

VOLUME ["/data", "/models"]
EXPOSE 8000
HEALTHCHECK --interval=15s --timeout=5s --start-period=30s CMD \
    ["python", "-c", "import os, urllib.request as r; r.urlopen('http://127.0.0.1:' + os.environ['PORT'] + '/healthz', timeout=4)"]
CMD ["sh", "-c", "exec python -m companion_site.serving"]
