# voicebot on a CPU. Build: docker build -t voicebot .    Proof without Docker: scripts/prove-dockerfile
#
# The image holds Piper (GPL-3.0-or-later) beside this code: whoever hands it to others offers the
# sources of all of it, as the GPL asks. Models are not in it but in the volume /cache.

FROM debian:bookworm-slim AS build

RUN apt-get update \
    && apt-get install -y --no-install-recommends python3 python3-venv g++ make git ca-certificates \
    && rm -rf /var/lib/apt/lists/*
RUN python3 -m venv /opt/voicebot
WORKDIR /src

# The slow step first and alone: it changes only with llama.cpp's version. Not for the processor
# that builds but for any x86-64 with AVX2; llama.cpp's vision library is left out.
ARG LLAMA_CMAKE_ARGS="-DLLAVA_BUILD=OFF -DGGML_NATIVE=OFF"
COPY pyproject.toml ./
RUN CMAKE_ARGS="$LLAMA_CMAKE_ARGS" /opt/voicebot/bin/pip install --no-cache-dir \
    "$(sed -n 's/.*"\(llama-cpp-python==[^"]*\)".*/\1/p' pyproject.toml)"

# The kiosk's and the operator's pages.
COPY scripts/web scripts/web
COPY web web
RUN ln -s /opt/voicebot .venv && VOICEBOT_CACHE=/tmp/cache scripts/web

COPY LICENSE README.md ./
COPY models models
COPY voicebot voicebot
RUN /opt/voicebot/bin/pip install --no-cache-dir ".[postgres]"


FROM debian:bookworm-slim

RUN apt-get update \
    && apt-get install -y --no-install-recommends python3 libgomp1 ca-certificates \
    && rm -rf /var/lib/apt/lists/* \
    && useradd --uid 10001 --home-dir /shop --create-home voicebot \
    && mkdir -p /cache /shop/state \
    && chown voicebot:voicebot /cache /shop/state
COPY --from=build /opt/voicebot /opt/voicebot

ENV PATH=/opt/voicebot/bin:$PATH VOICEBOT_CACHE=/cache PYTHONUNBUFFERED=1
WORKDIR /shop
USER voicebot
VOLUME ["/cache", "/shop/state"]
EXPOSE 8000

# Alive, not ready: a box that is full or whose LiveKit restarts is not to be killed for it.
HEALTHCHECK --interval=10s --timeout=3s --start-period=120s \
    CMD ["python3", "-c", "import urllib.request as r; r.urlopen('http://127.0.0.1:8000/health')"]
ENTRYPOINT ["voicebot"]
CMD ["serve"]
